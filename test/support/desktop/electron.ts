// Which real Electron the tests use: the one that a variable names, Electron's own where it was installed, or the one that was fetched
// for the tests. Where there is none, the tests say so and are left out; where REQUIRE_ELECTRON=1 says that there must be one, it is
// fetched.
import { dirname } from 'node:path'
import { findElectron } from '../../../scripts/electron-binary.ts'
import {
  cachedTestElectron,
  fetchTestElectron,
  HOW_TO_GET_IT,
  TestElectronError,
  whyNoTestElectron,
} from '../../../scripts/test-electron.ts'
import { ROOT } from '../command.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Set where a machine is meant to have Electron: its absence is a failure then. */
export const REQUIRE_VARIABLE = 'REQUIRE_ELECTRON'

/** A real Electron. */
export interface RealElectron {
  /** `program FILE` runs a file as the app. */
  readonly program: string
  /** Its folder without an app, for electron-builder. */
  readonly dist: string
}

/** Electron is required here, and not found. */
export class NoElectronError extends Error {
  override readonly name = 'NoElectronError'
}

/**
 * Looks for it, and fetches it where it is required.
 *
 * @returns why there is none
 * @throws NoElectronError where it is required and cannot be had, TestElectronError where it is there and broken
 */
export async function realElectron(
  env: Env = process.env,
  root = ROOT,
  cache?: string,
): Promise<RealElectron | string> {
  const own = findElectron(root, env)
  if (own !== undefined) return { program: own, dist: dirname(own) }
  const where = cache === undefined ? {} : { cache }
  const cached = await cachedTestElectron(where)
  if (cached) return cached
  const why = `no real Electron is on this machine (${whyNoTestElectron() ?? HOW_TO_GET_IT}; npx install-electron fetches Electron’s own)`
  if (env[REQUIRE_VARIABLE] !== '1') return why
  try {
    return await fetchTestElectron(where)
  } catch (error) {
    if (!(error instanceof TestElectronError)) throw error
    throw new NoElectronError(`${REQUIRE_VARIABLE}=1, but ${error.message}`, { cause: error })
  }
}
