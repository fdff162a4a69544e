// Times as a tray line says them: "at 14:30", "on Monday at 08:00", "on 3 December". Everything is an argument, the time zone
// as well, so that a table can test it.
import type { ShellText } from '../../proto/text/shell.ts'

/** How times are said. */
export interface Telling {
  readonly text: ShellText
  /** BCP 47. */
  readonly locale: string
  /** IANA name. */
  readonly timeZone: string
  /** Wall clock, milliseconds. */
  readonly now: number
}

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/** A weekday's name is clear only within the week. */
const WEEK_MS = 6 * DAY_MS

/** A moment to come, inside a sentence: "Next try {when}". A moment that has passed is told as now. */
export function whenText(at: number, telling: Telling): string {
  return moment(at, telling, 'when')
}

/** A moment after "until". */
export function untilText(at: number, telling: Telling): string {
  return moment(at, telling, 'until')
}

function moment(at: number, { text, locale, timeZone, now }: Telling, kind: 'when' | 'until'): string {
  const then = Math.max(at, now)
  const say = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone, ...options }).format(then)
  const time = say({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const sameDay = dayOf(then, timeZone) === dayOf(now, timeZone)
  if (sameDay || then - now < 12 * HOUR_MS) return text(`${kind}.today`, { time })
  if (then - now < WEEK_MS) return text(`${kind}.weekday`, { day: say({ weekday: 'long' }), time })
  return text(`${kind}.date`, { date: say({ day: 'numeric', month: 'long' }) })
}

function dayOf(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at)
}
