// Structured log lines (pino): what happened to whom, in fields. Keys, tokens and private material are removed by name
// before a line is made, whoever put them there.
import { pino, type DestinationStream } from 'pino'

/** The part of a logger the house uses; a field object first, then what happened. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A log whose lines all carry these fields. */
  child(fields: Record<string, unknown>): Log
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Field names whose values never reach a log, at the top and one level down. */
const SECRET_FIELDS = [
  'key',
  'privateKey',
  'accountKey',
  'token',
  'authorization',
  'password',
  'passphrase',
  'secret',
  'eabKey',
  'hmacKey',
]

/**
 * Makes a log that writes JSON lines.
 *
 * @param level  the least important level that is written
 * @param destination  where lines go; standard error where left out, because standard output belongs to results
 */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`])
  return pino(
    {
      ...{ level, base: null, redact: { paths, censor: '[removed]' }, timestamp: pino.stdTimeFunctions.isoTime },
      formatters: { log: (fields: object) => bounded(fields, 0) },
    },
    destination ?? STANDARD_ERROR,
  )
}

/** Words of strangers stand in logs: no field is longer than this, no list or group has more entries, none is deeper. */
const MAX_TEXT_CHARS = 512
const MAX_ENTRIES = 32
const MAX_DEPTH = 3

/** The fields with everything cut to size, and without characters that could steer a terminal or turn a line around. */
function bounded(fields: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(fields).slice(0, MAX_ENTRIES)
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(0, MAX_TEXT_CHARS), boundedValue(value, depth)]))
}

function boundedValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return boundedText(value)
  if (value instanceof Error) return boundedText(String(value))
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[left out]'
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((item: unknown) => boundedValue(item, depth + 1))
  if ('toJSON' in value || value instanceof Map || value instanceof Set || ArrayBuffer.isView(value))
    return boundedText(JSON.stringify(value) ?? '')
  return bounded(value, depth + 1)
}

function boundedText(text: string): string {
  const short = text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS)}… (${text.length} characters)` : text
  return short.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD')
}

/**
 * Not pino's own: that one throws on a full disk or a closed terminal, and keeps every line that it could not write. A log that
 * cannot be written is no reason to end.
 */
const STANDARD_ERROR: DestinationStream = {
  write(line) {
    if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => undefined)
    process.stderr.write(line)
  },
}

/** A log that says nothing. */
export const silentLog: Log = createLog('silent')
