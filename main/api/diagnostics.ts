// One file with everything that helps to find a fault and nothing that is nobody's business: the state, what happened, the
// newest log lines. It is written beside the program's other exports and sent nowhere.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FileError, writeFileAtomic } from '../../core/files.ts'
import { ApiError } from '../../proto/api/index.ts'
import { redact } from './redact.ts'
import type { State } from '../../proto/api/index.ts'
import type { NodeEventLine } from '../../proto/node-events.ts'

/** Enough for a day of a quiet node. */
export const MAX_LINES = 500

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
export function diagnosticsText({ at, state, events, logLines, home }: DiagnosticsFacts): string {
  const { activity: _activity, ...slices } = state
  const facts = {
    about: 'Nodetrust diagnostics. Keys, passphrases and invitations are left out, addresses are shortened.',
    ...{ at: new Date(at).toISOString(), version: state.app.version },
    machine: { platform: process.platform, arch: process.arch, node: process.versions.node },
    state: slices,
    events: events.slice(-MAX_LINES),
    log: logLines.slice(-MAX_LINES).map((line) => readLine(line)),
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
    return { fileName, content }
  } catch (error) {
    throw new ApiError('disk', { detail: error instanceof FileError ? error.message : String(error) }, { cause: error })
  }
}

/** A log line as data, so that fields can be told from each other. */
function readLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return line.trim()
  }
}
