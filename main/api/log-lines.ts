// What `nodetrust logs` is given: the newest lines of the log as data, with as little of other people in them as a diagnostics file has
// (redact.ts). Whoever follows says how far it has read, and gets what is new.
import * as v from 'valibot'
import { redact, redactText } from '../../core/redact.ts'
import type { LogLine, Output } from '../../proto/api/index.ts'
import type { RecentLines } from './recent-lines.ts'

/** A line as pino writes it; its fields stand beside these. */
const Written = v.looseObject({ level: v.number(), time: v.pipe(v.string(), v.isoTimestamp()), msg: v.string() })

const Fields = v.record(v.string(), v.unknown())

/** pino's numbers. */
const LEVELS: Readonly<Record<number, LogLine['level']>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' }

/** What is asked for, and of which log. */
export interface LogLinesInit {
  readonly recent: Pick<RecentLines, 'lines' | 'written'>
  /** Lines that were written before; those behind them are given. */
  readonly after: number
  /** How many of the newest are given. */
  readonly most: number
  /** What is replaced by `~`. @default the home folder */
  readonly home?: string
}

/** The answer. */
export function logLines({ recent, after, most, home }: LogLinesInit): Output<'log.read'> {
  const written = recent.written()
  // who has read more than there is speaks of a node that ran before
  const fresh = after > written ? written : written - after
  const lines = fresh === 0 ? [] : recent.lines().slice(-Math.min(fresh, most))
  return { lines: lines.map((line) => readLine(line, home)), written }
}

/** What cannot be read as one of our lines is a text, such as a line that was cut. */
function readLine(line: string, home?: string): LogLine {
  const parsed = v.safeParse(Written, parse(line))
  if (!parsed.success) return { at: null, level: 'info', message: redactText(line.trim(), home), fields: {} }
  const { level, time, msg, ...fields } = parsed.output
  return {
    ...{ at: Date.parse(time), level: LEVELS[level] ?? 'info', message: redactText(msg, home) },
    fields: v.parse(Fields, redact(fields, home)),
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
