// What packs the desktop app: electron-builder and its hundreds of packages, which nothing else needs. They have a lock file of
// their own in `packaging/`, and are installed when somebody packs.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const FOLDER = join(import.meta.dirname, '..', '..', 'packaging')

const run = promisify(execFile)

/** The tools could not be installed; the message has npm's own words. */
export class ToolsError extends Error {
  override readonly name = 'ToolsError'
}

/** Path of a file of the tools' packages. */
export const toolPath = (...path: readonly string[]): string => join(FOLDER, 'node_modules', ...path)

/**
 * Installs the tools, once for each content of their lock file.
 *
 * @throws ToolsError
 */
export async function installTools(): Promise<void> {
  const lock = await readFile(join(FOLDER, 'package-lock.json'))
  const hash = createHash('sha256').update(lock).digest('hex')
  const stamp = toolPath('.installed-from')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === hash) return
  const windows = process.platform === 'win32'
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  try {
    await run(windows ? 'npm.cmd' : 'npm', args, { cwd: FOLDER, shell: windows })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new ToolsError(`cannot install what packs the app (npm ci in packaging/): ${message}`, { cause: error })
  }
  await writeFile(stamp, hash)
}
