// The suite in a real Electron: a visible skip where there is none on the machine, a failure where it is there and broken, and where
// REQUIRE_ELECTRON=1 says that it must be there.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { realElectron } from '../support/desktop/electron.ts'
import { openSession, whyNoSession } from '../support/desktop/session.ts'
import { electronHosts, startElectronHost } from './hosts/electron.ts'
import { practice } from './specs/newcomer.ts'
import { tell } from './suite.ts'

const electron = await realElectron()
const why = typeof electron === 'string' ? electron : await whyNoSession()

describe('the program of Electron', { skip: why ?? false }, () => {
  it('is a failure where it is there and does not start, with what it said', async (t) => {
    const session = await openSession()
    t.after(() => session.end())
    const home = join(session.account.home, 'broken')
    const init = { home, context: () => Promise.reject(new Error('there is nothing to show')) }
    await assert.rejects(
      startElectronHost({ program: '/bin/ls', file: 'main.js', session }, init),
      /failed to launch: .*unrecognized/s,
    )
  })
})

/** What an older one than ours cannot do. */
const TOO_OLD: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    practice.specs.map(({ title }) => [
      title,
      'the offline network keeps its records by node:sqlite, which this Electron is too old for',
    ]),
  ),
  'practising offline can be done like in the public network': 'the same',
}
/** The first Electron with a Node (22.13) that has it. */
const FIRST_WITH_SQLITE = 35

async function whatItIsTooOldFor(): Promise<Readonly<Record<string, string>>> {
  if (typeof electron === 'string') return {}
  const version = await readFile(join(electron.dist, 'version'), 'utf8')
  return Number.parseInt(version, 10) < FIRST_WITH_SQLITE ? TOO_OLD : {}
}

tell('electron', () => electronHosts(electron), why, await whatItIsTooOldFor())
