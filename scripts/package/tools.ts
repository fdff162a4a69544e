// What packs the desktop app: electron-builder and its hundreds of packages, which nothing else needs. They have a lock file of
// their own in `packaging/`, and are installed when somebody packs.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { waitForLock } from '../wait-for-lock.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'packaging')

const run = promisify(execFile)

/** Another process may be installing them; npm empties the folder itself. */
const LOCK = join(FOLDER, '..', 'build', '.tools')
const LOCK_PATIENCE_MS = 5 * 60_000

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
  const content = await readFile(join(FOLDER, 'package-lock.json'))
  const hash = createHash('sha256').update(content).digest('hex')
  const stamp = toolPath('.installed-from')
  const installed = async () => (await readFile(stamp, 'utf8').catch(() => '')) === hash
  if (await installed()) return
  await mkdir(dirname(LOCK), { recursive: true })
  const lock = await waitForLock(LOCK, LOCK_PATIENCE_MS)
  try {
    if (await installed()) return
    await install()
    await writeFile(stamp, hash)
  } finally {
    await lock.release()
  }
}

async function install(): Promise<void> {
  const windows = process.platform === 'win32'
  const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  try {
    await run(windows ? 'npm.cmd' : 'npm', args, { cwd: FOLDER, shell: windows })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new ToolsError(`cannot install what packs the app (npm ci in packaging/): ${message}`, { cause: error })
  }
}
