import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { systemClock } from '../../core/clock.ts'
import { MAX_PEER_NAMES, withName } from '../../main/settings/peer-names.ts'
import { DEFAULT_SETTINGS, openSettings } from '../../main/settings/store.ts'
import type { TestContext } from 'node:test'

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-settings-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

test('an empty folder has the defaults, and nothing is written before something is chosen', async (t) => {
  const dir = await folder(t)
  const { store, asidePath } = await openSettings(dir, systemClock)
  assert.deepEqual(store.get(), {
    values: DEFAULT_SETTINGS,
    network: null,
    wanted: false,
    peers: [],
    peerNames: {},
    backupAt: null,
    dismissed: [],
  })
  assert.equal(asidePath, undefined)
  assert.deepEqual(await readdir(dir), [])
})

test('what was chosen is there the next time, for its owner alone', async (t) => {
  const dir = await folder(t)
  const { store } = await openSettings(dir, systemClock)
  await store.set({ network: { kind: 'sandbox' }, values: { ...DEFAULT_SETTINGS, theme: 'dark' } })
  await store.set({ wanted: true })
  const again = (await openSettings(dir, systemClock)).store.get()
  assert.equal(again.values.theme, 'dark')
  assert.deepEqual(again.network, { kind: 'sandbox' })
  assert.equal(again.wanted, true)
  assert.equal((await stat(join(dir, 'settings.json'))).mode & 0o777, 0o600)
})

test('changes that are made at once are written in their order', async (t) => {
  const dir = await folder(t)
  const { store } = await openSettings(dir, systemClock)
  await Promise.all(Array.from({ length: 20 }, (_, index) => store.set({ backupAt: index })))
  assert.equal((await openSettings(dir, systemClock)).store.get().backupAt, 19)
})

for (const [title, text] of [
  ['no JSON', '{"version":1,'],
  ['another shape', '[]'],
  ['a version of the future', '{"version":2,"values":{},"network":null,"wanted":false,"peers":[],"backupAt":null}'],
  ['a wrong value', '{"version":1,"values":{"wssPort":"x"},"network":null,"wanted":false,"peers":[],"backupAt":null}'],
  [
    'an invitation that cannot be read',
    '{"version":1,"values":{},"network":{"kind":"joined","invitation":"x"},"wanted":true,"peers":[],"backupAt":null}',
  ],
  [
    'a peer without an address',
    '{"version":1,"values":{},"network":null,"wanted":false,"peers":["x"],"backupAt":null}',
  ],
  ['a date after the last', '{"version":1,"values":{},"network":null,"wanted":false,"peers":[],"backupAt":1e300}'],
  ['a megabyte', `{"version":1,"x":"${'y'.repeat(1_000_000)}"}`],
] as const) {
  test(`a settings file with ${title} is kept aside and the defaults are used`, async (t) => {
    const dir = await folder(t)
    await writeFile(join(dir, 'settings.json'), text)
    const { store, asidePath } = await openSettings(dir, systemClock)
    assert.deepEqual(store.get().values, DEFAULT_SETTINGS)
    assert.equal(await readFile(asidePath ?? '', 'utf8'), text)
    assert.ok(!(await readdir(dir)).includes('settings.json'))
  })
}

test('a folder in the place of the settings is kept aside and the defaults are used', async (t) => {
  const dir = await folder(t)
  await mkdir(join(dir, 'settings.json', 'below'), { recursive: true })
  const { store, asidePath } = await openSettings(dir, systemClock)
  assert.deepEqual(store.get().values, DEFAULT_SETTINGS)
  assert.deepEqual(await readdir(asidePath ?? ''), ['below'])
  await store.set({ wanted: true })
  assert.equal((await openSettings(dir, systemClock)).store.get().wanted, true)
})

test('a network that an older version joined, by an invitation without a check, stays joined', async (t) => {
  const dir = await folder(t)
  const network = { kind: 'joined', invitation: 'nodetrust://join/forge.example?broker=https://broker.forge.example' }
  const stored = { version: 1, values: {}, network, wanted: true, peers: [], backupAt: null }
  await writeFile(join(dir, 'settings.json'), JSON.stringify(stored))
  const { store, asidePath } = await openSettings(dir, systemClock)
  assert.deepEqual(store.get().network, network)
  assert.equal(asidePath, undefined)
})

test('keys of a newer version outlive a change by this one', async (t) => {
  const dir = await folder(t)
  const stored = {
    version: 1,
    values: { glow: 3 },
    network: null,
    wanted: false,
    peers: [],
    backupAt: null,
    later: 'x',
  }
  await writeFile(join(dir, 'settings.json'), JSON.stringify(stored))
  await (await openSettings(dir, systemClock)).store.set({ wanted: true })
  const after = JSON.parse(await readFile(join(dir, 'settings.json'), 'utf8')) as typeof stored
  assert.equal(after.later, 'x')
  assert.equal(after.values.glow, 3)
  assert.equal(after.wanted, true)
})

test('a choice that cannot be written holds for this run and says so', async (t) => {
  const dir = await folder(t)
  const { store } = await openSettings(join(dir, 'file', 'below'), systemClock)
  await writeFile(join(dir, 'file'), '')
  await assert.rejects(store.set({ wanted: true }), { name: 'FileError' })
  assert.equal(store.get().wanted, true)
  await rm(join(dir, 'file'))
  await mkdir(join(dir, 'file'))
  await store.set({ backupAt: 1 })
  assert.equal((await openSettings(join(dir, 'file', 'below'), systemClock)).store.get().wanted, true)
})

test('names of peers are kept, cleaned and bounded; what is no name costs nothing but itself', async (t) => {
  const dir = await folder(t)
  const { store } = await openSettings(dir, systemClock)
  const [one = '', ...more] = await Promise.all(Array.from({ length: MAX_PEER_NAMES + 1 }, madeUpPeer))
  let names = withName({}, one, '  Attic\u202e box\n ')
  await store.set({ peerNames: names, wanted: true })
  assert.deepEqual((await openSettings(dir, systemClock)).store.get().peerNames, { [one]: 'Attic box' })
  assert.deepEqual(withName(names, one, ' '), {})
  assert.throws(() => withName(names, 'x', 'Attic'), { name: 'ApiError', message: /peer id/ })
  for (const peer of more.slice(1)) names = withName(names, peer, '\u4e16'.repeat(100))
  assert.throws(() => withName(names, more[0] ?? '', 'Attic'), /200 peers have names/)
  assert.equal(withName(names, one, 'Cellar')[one], 'Cellar')
  await store.set({ peerNames: names, peers: Array.from({ length: 100 }, () => longest(one)) })
  const { store: again, asidePath } = await openSettings(dir, systemClock)
  assert.equal(asidePath, undefined, 'as much as there can be is still read')
  assert.deepEqual(again.get().peerNames, names)

  const text = await readFile(join(dir, 'settings.json'), 'utf8')
  await writeFile(join(dir, 'settings.json'), JSON.stringify({ ...JSON.parse(text), peerNames: { [one]: 7 } }))
  const damaged = (await openSettings(dir, systemClock)).store.get()
  assert.deepEqual([damaged.peerNames, damaged.wanted], [{}, true])
})

const madeUpPeer = async (): Promise<string> => peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()

/** An address as long as the API takes one. */
const longest = (peer: string): string => `/dns4/${'a'.repeat(1_024 - 80)}/tcp/4430/tls/ws/p2p/${peer}`
