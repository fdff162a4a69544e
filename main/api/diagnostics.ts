// One file with everything that helps to find a fault and nothing that is nobody's business: the state, what happened, the
// newest log lines. It is written beside the program's other exports and sent nowhere.
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FileError, writeFileAtomic } from '../../core/files.ts'
import { ApiError, MAX_LOG_LINES } from '../../proto/api/index.ts'
import { redact } from '../../core/redact.ts'
import { isEvent } from './recent-lines.ts'
import type { State } from '../../proto/api/index.ts'
import type { NodeEventLine } from '../../proto/node-events.ts'

/** Enough for a day of a quiet node. */
export const MAX_LINES = MAX_LOG_LINES

/** Older ones are removed: nobody looks at them again. */
export const MAX_FILES = 10

/** Enough for a whole state and MAX_LINES of events and of the log; longer ones lose their oldest lines. */
export const MAX_CONTENT_BYTES = 2_000_000

const FILE_NAME = /^diagnostics-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.json$/

/** What goes in. */
export interface DiagnosticsFacts {
  /** Wall clock, milliseconds. */
  readonly at: number
  readonly state: State
  /** Oldest first. */
  readonly events: readonly NodeEventLine[]
  readonly logLines: readonly string[]
  /** What is replaced by `~`. @default the home folder */
  readonly home?: string
}

/** The text of the file. */
export function diagnosticsText(facts: DiagnosticsFacts): string {
  for (let lines = MAX_LINES; ; lines = Math.floor(lines / 2)) {
    const text = textWith(facts, lines)
    if (lines === 0 || Buffer.byteLength(text) <= MAX_CONTENT_BYTES) return text
  }
}

/** @param lines  how many of the newest events, and of the newest lines of the log */
function textWith({ at, state, events, logLines, home }: DiagnosticsFacts, lines: number): string {
  const { activity: _activity, ...slices } = state
  const facts = {
    about: 'Nodetrust diagnostics. Keys, passphrases and invitations are left out, addresses are shortened.',
    ...{ at: new Date(at).toISOString(), version: state.app.version },
    machine: { platform: process.platform, arch: process.arch, node: process.versions.node },
    state: slices,
    events: newest(events, lines),
    log: newest(
      logLines.filter((line) => !isEvent(line)),
      lines,
    ).map((line) => readLine(line)),
  }
  return `${JSON.stringify(redact(facts, home), undefined, 2)}\n`
}

/**
 * Writes the file, for its owner only.
 *
 * @param dir  the data folder
 * @throws ApiError 'disk'
 */
export async function writeDiagnostics(
  dir: string,
  facts: DiagnosticsFacts,
): Promise<{ readonly fileName: string; readonly content: string }> {
  const content = diagnosticsText(facts)
  const fileName = `diagnostics-${new Date(facts.at).toISOString().slice(0, 19).replaceAll(':', '-')}.json`
  try {
    await mkdir(join(dir, 'exports'), { recursive: true, mode: 0o700 })
    await writeFileAtomic(join(dir, 'exports', fileName), content)
    await removeOld(join(dir, 'exports'))
    return { fileName, content }
  } catch (error) {
    throw new ApiError('disk', { detail: error instanceof FileError ? error.message : String(error) }, { cause: error })
  }
}

async function removeOld(folder: string): Promise<void> {
  const ours = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort()
  for (const name of ours.slice(0, -MAX_FILES)) await rm(join(folder, name), { force: true })
}

function newest<Item>(items: readonly Item[], count: number): readonly Item[] {
  return count === 0 ? [] : items.slice(-count)
}

/** A log line as data, so that fields can be told from each other. */
function readLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return line.trim()
  }
}
