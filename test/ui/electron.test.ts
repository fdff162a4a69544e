// The suite in real Electron: a visible skip where its program is not on the machine, a failure where it is there and broken, and
// where REQUIRE_ELECTRON=1 says that it must be there.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { electronHosts, NoElectronError, whyNoElectron } from './hosts/electron.ts'
import { tell } from './suite.ts'

describe('the program of Electron', () => {
  it('is a reason to leave the suite out where it is missing, unless it is required', async (t) => {
    const root = await mkdtemp(join(tmpdir(), 'nodetrust-no-electron-'))
    t.after(() => rm(root, { recursive: true }))
    assert.match(whyNoElectron({}, root) ?? '', /not on this machine/)
    assert.throws(() => whyNoElectron({ REQUIRE_ELECTRON: '1' }, root), NoElectronError)
  })

  it('is a failure where it is there and does not start', async (t) => {
    const root = await mkdtemp(join(tmpdir(), 'nodetrust-broken-electron-'))
    t.after(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))
    const broken = join(root, 'electron')
    await writeFile(broken, '#!/bin/sh\necho broken >&2\nexit 1\n')
    await chmod(broken, 0o755)
    assert.equal(whyNoElectron({ ELECTRON_EXE: broken }, root), undefined)
    // in a process of its own: the driver rejects a second promise that nobody holds
    const script = `import { startElectronHost } from ${JSON.stringify(join(import.meta.dirname, 'hosts', 'electron.ts'))}
      await startElectronHost({ home: ${JSON.stringify(root)}, context: () => undefined })`
    const env = { ...process.env, ELECTRON_EXE: broken, NODE_TEST_CONTEXT: undefined }
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env })
    await assert.rejects(run, /failed to launch/i)
  })
})

tell('electron', electronHosts, whyNoElectron())
