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
    { level, base: null, redact: { paths, censor: '[removed]' }, timestamp: pino.stdTimeFunctions.isoTime },
    destination ?? STANDARD_ERROR,
  )
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
