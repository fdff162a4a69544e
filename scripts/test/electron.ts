// What the suites in a real Electron need is fetched and made before any of them runs: several of them would wait for it together, with
// nothing on the screen that says so.
import { readFileSync } from 'node:fs'
import { NoElectronError, realElectron, REQUIRE_VARIABLE } from '../../test/support/desktop/electron.ts'
import { packedApp } from '../../test/support/desktop/packed-app.ts'
import { whyNoSession } from '../../test/support/desktop/session.ts'
import { fetchTestElectron, TestElectronError, whyNoTestElectron } from '../test-electron.ts'

/** Whether any of the files asks for a real Electron. */
export function needsElectron(files: readonly string[]): boolean {
  return files.some((file) => readFileSync(file, 'utf8').includes('support/desktop/electron.ts'))
}

/**
 * Fetches Electron where it is required, and packs the app where it can be started.
 *
 * @param tell  hears what takes long
 * @returns false where Electron is required and cannot be had
 */
export async function prepareElectron(tell: (text: string) => void): Promise<boolean> {
  try {
    if (process.env[REQUIRE_VARIABLE] === '1' && typeof (await withoutFetching()) === 'string' && !whyNoTestElectron())
      await fetchTestElectron({ onProgress: tell })
    const electron = await realElectron()
    if (typeof electron === 'string' || (await whyNoSession()) !== undefined) return true
    tell('packing the app, unless that was done for these sources ...')
    await packedApp(electron)
    return true
  } catch (error) {
    if (!(error instanceof TestElectronError) && !(error instanceof NoElectronError)) throw error
    tell(error.message)
    return process.env[REQUIRE_VARIABLE] !== '1'
  }
}

/** Why there is none yet; one that is broken counts as none, because it will be made anew. */
async function withoutFetching(): Promise<unknown> {
  try {
    return await realElectron({ ...process.env, [REQUIRE_VARIABLE]: undefined })
  } catch (error) {
    if (error instanceof TestElectronError) return error.message
    throw error
  }
}
