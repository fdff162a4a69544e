// Where things stand on the line of a certificate's life, in per cent, and where their words fit without touching.

/** Words of the mark in the middle stay away from those at both ends. */
const MIDDLE_FROM = 33
const MIDDLE_TO = 67

/** Words at an edge are set from it instead of around their point. */
const EDGE = 8

/** A place on the line. */
export interface Place {
  /** Per cent from the left. */
  readonly at: number
  /** Where its words stand, per cent, and which side they hold on to. */
  readonly wordsAt: number
  readonly anchor: 'start' | 'middle' | 'end'
}

export interface TimelinePlaces {
  readonly now: Place
  readonly renew: Place | undefined
}

/** Finds the places. Arguments are milliseconds since 1970. */
export function timelinePlaces(
  notBefore: number,
  notAfter: number,
  renewAt: number | null,
  now: number,
): TimelinePlaces {
  const part = (at: number) => {
    const whole = notAfter - notBefore
    return whole <= 0 ? 100 : round(Math.min(100, Math.max(0, ((at - notBefore) / whole) * 100)))
  }
  const present = part(now)
  const anchor = present < EDGE ? 'start' : present > 100 - EDGE ? 'end' : 'middle'
  const wordsAt = anchor === 'start' ? 0 : anchor === 'end' ? 100 : present
  const renew = renewAt === null ? undefined : part(renewAt)
  return {
    now: { at: present, wordsAt, anchor },
    renew:
      renew === undefined
        ? undefined
        : { at: renew, wordsAt: Math.min(MIDDLE_TO, Math.max(MIDDLE_FROM, renew)), anchor: 'middle' },
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
