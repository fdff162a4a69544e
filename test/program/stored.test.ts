// Whatever lies in the data folder, the program opens, tells a state that the window can show, and goes on or says in a sentence what is
// wrong. Every file that it keeps, each with every kind of rubbish: what a disk, another version or another program may leave there.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { createApi } from '../../main/api/api.ts'
import { loadShellMemory } from '../../main/shell/shell-memory.ts'
import { StateSchema } from '../../proto/api/index.ts'
import { temporaryFolder, testProgram } from '../support/program.ts'

/** Everything that the program writes into its data folder and reads again. */
const FILES = [
  ...['settings.json', 'shell.json', 'identity.json', 'peer.key', 'peer.key.enc', 'bridge.json', 'in-use.lock'],
  ...['certificate.json', 'certificate.pending.json', 'certificate.order.json', 'certificate.retry.json'],
  ...['certificate.history.jsonl', 'certificate.hook.json', 'peers.sqlite', 'peers.sqlite-wal', 'peers.jsonl'],
  ...[
    'peers.json',
    'peer-record.seq',
    'network-zone.json',
    'network-root.pem',
    'forges.silence.json',
    'bridge-port.json',
    'bridge-secret.json',
  ],
  ...[
    'name.json',
    'name-key.json',
    'name-certificate.json',
    'names-seen.json',
    'names-known.json',
    'name-authority.json',
  ],
] as const

/** Folders that it makes there. */
const FOLDERS = ['exports', 'sandbox', 'certificate-files', 'certificates'] as const

const RUBBISH: Readonly<Record<string, string | Buffer>> = {
  nothing: '',
  zeros: Buffer.alloc(4_096),
  bytes: Buffer.from(Array.from({ length: 1_024 }, (_, index) => (index * 167) % 256)),
  null: 'null',
  'an empty object': '{}',
  'an object of wrong types':
    '{"version":1,"values":7,"network":{"kind":"joined","invitation":"x"},"peers":{},"at":"x","told":1,"peerId":[],"store":0}',
  'numbers beyond dates': '{"version":1,"at":1e300,"until":1e300,"seq":1e300,"updateCheckedAt":1e300,"told":[]}',
  'a deep nest': '['.repeat(50_000),
  'a half of it': '{"version":1,"peerId":"12D3KooW',
}

const PORTS = { 'listen.addresses': '/ip4/127.0.0.1/tcp/0', 'listen.wss': '/ip4/127.0.0.1/tcp/0/tls/ws' }

/** Starts a program in a folder and looks at what it tells. @returns the code of its problem; undefined where it runs */
async function tell(t: Parameters<typeof testProgram>[0], dir: string): Promise<string | undefined> {
  const memory = await loadShellMemory(dir, silentLog)
  assert.ok(Array.isArray(memory.values.told))
  const program = await testProgram(t, { dir, flags: PORTS })
  await program.start().catch(() => undefined)
  const api = createApi({
    ...{ program, clock: systemClock, log: silentLog, host: 'desktop', version: '1', platform: 'linux' },
    can: { startAtLogin: true, tray: true, notify: true, openFolders: true },
    desk: { quit: () => undefined },
  })
  const { state } = api.state.snapshot()
  assert.doesNotThrow(() => v.parse(StateSchema, state))
  const { phase, problem } = program.facts()
  if (phase !== 'running') {
    assert.ok(problem, 'a program that does not run says why')
    assert.notEqual(problem.code, 'internal', `no rule knows what is wrong: ${JSON.stringify(problem)}`)
    assert.notEqual(problem.detail ?? '', '')
  }
  api.stop()
  await program.stop()
  return problem?.code
}

describe('whatever is stored', () => {
  for (const [title, content] of Object.entries(RUBBISH)) {
    it(`the program opens with ${title} in all its files, and in each alone`, async (t) => {
      const all = await temporaryFolder(t)
      for (const file of FILES) await writeFile(join(all, file), content)
      await tell(t, all)
      for (const file of FILES) {
        const dir = await temporaryFolder(t)
        await writeFile(join(dir, file), content)
        const code = await tell(t, dir)
        // only who one is cannot be made up
        const vital = ['identity.json', 'peer.key', 'peer.key.enc'].includes(file)
        assert.ok(code === undefined || vital, `${file} with ${title} kept the node from running: ${code}`)
      }
    })
  }

  it('the program opens with folders in the place of its files, and files in the place of its folders', async (t) => {
    for (const file of FILES) {
      const dir = await temporaryFolder(t)
      await mkdir(join(dir, file, 'below'), { recursive: true })
      await tell(t, dir)
    }
    for (const folder of FOLDERS) {
      const dir = await temporaryFolder(t)
      await writeFile(join(dir, folder), 'x')
      assert.equal(await tell(t, dir), undefined)
    }
  })

  it('the program opens where the data folder is a file', async (t) => {
    const dir = join(await temporaryFolder(t), 'file')
    await writeFile(dir, '')
    assert.notEqual(await tell(t, dir), undefined)
  })

  it('no file that the program keeps is left out of this test', async (t) => {
    const source = execFileSync('git', ['grep', '-hoE', "join\\((init\\.)?dir, '[a-z.-]+'", '--', 'main', 'core'], {
      encoding: 'utf8',
    })
    const named = [...source.matchAll(/'([^']+)'/g)].map(([, name = '']) => name)
    assert.ok(named.includes('certificate.json'))
    const known: readonly string[] = [...FILES, ...FOLDERS]
    assert.deepEqual(
      [...new Set(named)].filter((name) => !known.includes(name)),
      [],
    )
    const dir = await temporaryFolder(t)
    await tell(t, dir)
    assert.deepEqual(
      (await readdir(dir)).filter((name) => !known.includes(name)),
      [],
    )
  })
})
