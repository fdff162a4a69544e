import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../core/config.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { effectiveSettings, isForTests, layerOf, lockedSettings, portOf } from '../../main/settings/layer.ts'
import { DEFAULT_SETTINGS } from '../../main/settings/store.ts'
import { PUBLIC_INVITATION } from '../../main/issuers/autotls/forge.ts'
import { ROOT_PEM, rootText } from '../support/roots.ts'
import type { Stored } from '../../main/settings/store.ts'

const PEER = '12D3KooWB3TYWnao4oSdF54eUcCPqFkFmNHhw6Vq37V96jwLVvp4'
const ISSUE = `/dns4/issue.example.org/tcp/4431/p2p/${PEER}`
const NOTHING: Stored = {
  values: DEFAULT_SETTINGS,
  network: null,
  wanted: false,
  peers: [],
  peerNames: {},
  backupAt: null,
  dismissed: [],
}

const load = (invitation: string | undefined, flags: Record<string, string> = {}, stored = NOTHING) =>
  loadConfig(NodeConfigSchema, { base: layerOf(stored, { invitation, rootPath: '/root.pem', tcpPort: 4_431 }), flags })

test('without a network nobody is asked', async () => {
  const { network } = await load(undefined)
  assert.deepEqual(network.issue, [])
  assert.equal(network.autotls, undefined)
})

test('A10 a network with a root of its own, or with a CA for tests, is one that browsers do not trust', () => {
  assert.equal(isForTests({}), false)
  assert.equal(isForTests({ rootPem: ROOT_PEM }), true)
  assert.equal(isForTests({ directory: 'https://acme-staging-v02.api.letsencrypt.org/directory' }), true)
  assert.equal(isForTests({ directory: 'https://acme-v02.api.letsencrypt.org/directory' }), false)
})

test('an invitation names the issue server, and its root where it has one', async () => {
  const { network } = await load(
    `nodetrust://join/example.org?issue=${ISSUE}&root=${rootText(ROOT_PEM)}&resolver=127.0.0.1:53`,
  )
  assert.deepEqual(network.issue, [ISSUE])
  assert.equal(network.trustAnchor, '/root.pem')
  assert.equal(network.resolver, '127.0.0.1:53')
})

test('an invitation to a forge names its broker, its CA and the token', async () => {
  const text =
    'nodetrust://join/f.example.org?broker=https://b.example.org&directory=https://ca.example.org/d&token=T-1'
  const { network } = await load(text)
  assert.deepEqual(network.issue, [])
  assert.deepEqual(network.autotls?.forges, [
    { domain: 'f.example.org', broker: 'https://b.example.org', directory: 'https://ca.example.org/d', token: 'T-1' },
  ])
})

test('a broker on this computer is told addresses of this computer, and no other broker is', async () => {
  const here = 'nodetrust://join/f.example.org?broker=http://127.0.0.1:4711&resolver=127.0.0.1:53'
  assert.deepEqual((await load(here)).network.autotls?.addressClasses, ['loopback'])
  assert.equal((await load(here)).network.resolver, '127.0.0.1:53')
  assert.deepEqual((await load(PUBLIC_INVITATION)).network.autotls?.addressClasses, ['public'])
})

test('the public forge is asked at Let’s Encrypt', async () => {
  const [forge] = (await load(PUBLIC_INVITATION)).network.autotls?.forges ?? []
  assert.deepEqual(forge, {
    domain: 'libp2p.direct',
    broker: 'https://registration.libp2p.direct',
    directory: 'letsencrypt',
  })
})

test('a flag counts more than a choice, and the window shows it as fixed', async () => {
  const wss = '/ip4/127.0.0.1/tcp/5555/tls/ws'
  const config = await load(undefined, { 'listen.wss': wss })
  assert.deepEqual(config.listen.wss, [wss])
  const locked = lockedSettings(new Set(['listen', 'listen.wss', 'discovery.enabled']))
  assert.deepEqual(locked, ['wssPort', 'discoverable'])
  const settings = effectiveSettings({ ...DEFAULT_SETTINGS, tcpPort: 1_234 }, config, locked)
  assert.equal(settings.wssPort, 5_555)
  assert.equal(settings.tcpPort, 1_234)
})

test('a dial policy of the configuration counts more than the chosen one, and its own one is shown by its name', async () => {
  const shown = async (dial: unknown) => {
    const config = await loadConfig(NodeConfigSchema, { base: { dial }, flags: {} })
    const locked = lockedSettings(new Set(['dial.policy']))
    return effectiveSettings({ ...DEFAULT_SETTINGS, dialPolicy: 'any' }, config, locked).dialPolicy
  }
  assert.equal(await shown({ policy: 'certified-only' }), 'certified-only')
  assert.equal(await shown({ policy: 'mine', policies: { mine: [{ kinds: ['private'] }] } }), 'mine')
  const chosen = { ...DEFAULT_SETTINGS, dialPolicy: 'any' } as const
  assert.equal(effectiveSettings(chosen, await load(undefined), []).dialPolicy, 'any')
  const gone = { ...DEFAULT_SETTINGS, dialPolicy: 'mine' }
  assert.equal(effectiveSettings(gone, await load(undefined), []).dialPolicy, 'default', 'which is there no more')
})

test('the sandbox does not bother the router', async () => {
  const config = await load(undefined, {}, { ...NOTHING, network: { kind: 'sandbox' } })
  assert.equal(config.reachability.mapPorts, false)
  assert.ok(config.discovery.addressClasses.includes('loopback'))
})

test('addresses without a TCP port have none', () => {
  assert.equal(portOf(['/ip4/127.0.0.1/udp/1', '/ip4/127.0.0.1/tcp/7']), 7)
  assert.equal(portOf([]), undefined)
})
