// Moments and spans in a person's words. Everything comes from the platform (Intl); sentences only get the finished text. The
// present is an argument, so that countdowns follow the clock of whoever shows them.
import type { en } from './en.ts'
import type { Text } from './format.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Up to here a weekday's name says which day is meant. */
const WEEKDAY_DAYS = 6

/** Spans are told in the unit of which there are at least two, so that "1 day" never stands for 47 hours. */
const UNITS = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
] as const

/** Gives times as text. Arguments are milliseconds since 1970. */
export interface Times {
  /** `17:20` */
  readonly clock: (at: number) => string
  /** `1 November 2026` */
  readonly date: (at: number) => string
  /** `1 Nov` */
  readonly shortDate: (at: number) => string
  /** `1 Nov 2026` */
  readonly shortDateYear: (at: number) => string
  /** `Nov`, for a calendar's leaf. */
  readonly month: (at: number) => string
  /** `23`, for a calendar's leaf. */
  readonly dayOfMonth: (at: number) => string
  /** `tomorrow`, `Monday`, `23 November`; today's are told by the clock. */
  readonly day: (at: number, now: number) => string
  /** As a heading: `Today`, `Yesterday`, `1 November`. */
  readonly dayHeading: (at: number, now: number) => string
  /** `today at 17:20`, `Monday at 09:00`, `23 November at 09:00` */
  readonly moment: (at: number, now: number) => string
  /** `41 days`; rounded down. */
  readonly span: (ms: number) => string
  /** `in 41 days`, `5 minutes ago`; `just now` within half a minute. */
  readonly relative: (at: number, now: number) => string
  /** `0:14`, `1:02:03` */
  readonly lasted: (ms: number) => string
}

/**
 * Makes the functions that give times.
 *
 * @param locale  BCP 47; decides between 17:20 and 5:20 PM
 * @param text  sentences of the same language
 * @param timeZone  IANA name. @default the machine's
 */
export function createTimes(locale: string, text: Text<typeof en>, timeZone?: string): Times {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, timeZone === undefined ? options : { ...options, timeZone })
  const clockFormat = format({ timeStyle: 'short' })
  const dateFormat = format({ day: 'numeric', month: 'long', year: 'numeric' })
  const dayFormat = format({ day: 'numeric', month: 'long' })
  const shortFormat = format({ day: 'numeric', month: 'short' })
  const shortYearFormat = format({ day: 'numeric', month: 'short', year: 'numeric' })
  const monthFormat = format({ month: 'short' })
  const numberFormat = format({ day: 'numeric' })
  const weekdayFormat = format({ weekday: 'long' })
  const civil = format({ year: 'numeric', month: 'numeric', day: 'numeric' })
  const relativeFormat = new Intl.RelativeTimeFormat(locale, { numeric: 'always' })

  /** Days of the calendar between two moments, whatever the hours. */
  const daysBetween = (from: number, to: number): number => {
    const midnight = (at: number) => {
      const parts = Object.fromEntries(civil.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
      return Date.UTC(parts['year'] ?? 1970, (parts['month'] ?? 1) - 1, parts['day'] ?? 1)
    }
    return Math.round((midnight(to) - midnight(from)) / DAY)
  }

  const dayWord = (days: number): string | undefined =>
    days === 1 ? text('time.tomorrow') : days === -1 ? text('time.yesterday') : undefined

  const unitOf = (ms: number): readonly [Intl.RelativeTimeFormatUnit, number] => {
    const size = Math.abs(ms)
    return UNITS.find(([, unit]) => size >= 2 * unit) ?? (size >= MINUTE ? ['minute', MINUTE] : ['second', SECOND])
  }

  return {
    clock: (at) => clockFormat.format(at),
    date: (at) => dateFormat.format(at),
    shortDate: (at) => shortFormat.format(at),
    shortDateYear: (at) => shortYearFormat.format(at),
    month: (at) => monthFormat.format(at),
    dayOfMonth: (at) => numberFormat.formatToParts(at).find(({ type }) => type === 'day')?.value ?? '',
    day(at, now) {
      const days = daysBetween(now, at)
      if (days === 0) return clockFormat.format(at)
      return dayWord(days) ?? (days > 0 && days <= WEEKDAY_DAYS ? weekdayFormat.format(at) : dayFormat.format(at))
    },
    dayHeading(at, now) {
      const days = daysBetween(at, now)
      if (days === 0) return text('time.heading.today')
      return days === 1 ? text('time.heading.yesterday') : dayFormat.format(at)
    },
    moment(at, now) {
      const days = daysBetween(now, at)
      const time = clockFormat.format(at)
      if (days === 0) return text('time.today-at', { time })
      const word = dayWord(days)
      if (word !== undefined) return text('time.day-at', { day: word, time })
      return days > 0 && days <= WEEKDAY_DAYS
        ? text('time.weekday-at', { day: weekdayFormat.format(at), time })
        : text('time.date-at', { day: dayFormat.format(at), time })
    },
    span(ms) {
      const [unit, size] = unitOf(Math.max(0, ms))
      const style = { style: 'unit', unit, unitDisplay: 'long' } as const
      return new Intl.NumberFormat(locale, style).format(Math.floor(Math.max(0, ms) / size))
    },
    relative(at, now) {
      const ms = at - now
      if (Math.abs(ms) < MINUTE / 2) return text('time.now')
      const [unit, size] = unitOf(ms)
      return relativeFormat.format(Math.trunc(ms / size), unit)
    },
    lasted(ms) {
      const seconds = Math.max(0, Math.floor(ms / SECOND))
      const two = (value: number) => String(value).padStart(2, '0')
      const minutes = Math.floor(seconds / 60)
      return minutes < 60
        ? `${minutes}:${two(seconds % 60)}`
        : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
    },
  }
}
