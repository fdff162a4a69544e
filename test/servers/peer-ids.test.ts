// Peer ids that an operator pasted: each place of the configuration that takes one says which one is wrong, and what is wrong with
// it, whether it comes from the file, a variable or a flag.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { ConfigError, loadConfig } from '../../core/config.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { canBeDialled, whyNotPeerId, whyNotPeersOf } from '../../proto/peer-id-text.ts'
import { ServersConfig } from '../../servers/config.ts'

const PEER = '12D3KooWRA19YXJCPaMryqrGPCPLJGMebTE5oChvNnoM3nRteAfE'
const ADDRESS = '/ip4/192.0.2.1/tcp/1'

const SPOILT: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  ['cut off', PEER.slice(0, -3), /has 49 characters instead of 52: it was cut off/],
  ['with a full stop', `${PEER}.`, /contains "\.", which no peer id has/],
  ['with a bracket', `${PEER})`, /contains "\)", which no peer id has/],
  ['with a space without width', `${PEER}\u200b`, /cannot be seen \(U\+200B\), which no peer id has/],
  ['with a letter too many', `${PEER}a`, /has 53 characters instead of 52: something stuck to it/],
  ['with another letter', PEER.replace('RA19', 'R019'), /a letter of it was changed/],
  ['that is none', 'nonsense', /is no peer id/],
]

const dns = (rest: object) => ({
  control: [ADDRESS],
  nameServers: [{ name: 'ns1.x.example', addresses: ['192.0.2.1'] }],
  ...rest,
})
const issue = (rest: object) => ({
  listen: [ADDRESS],
  proofServers: [{ peer: PEER, addresses: [ADDRESS] }],
  dnsServers: [`${ADDRESS}/p2p/${PEER}`],
  ...rest,
})
const broker = (rest: object) => ({ url: 'https://x.example', dnsServers: [`${ADDRESS}/p2p/${PEER}`], ...rest })

const PLACES: readonly (readonly [where: string, base: (peer: string) => Record<string, unknown>])[] = [
  ['dns.admins', (peer) => ({ dns: dns({ admins: [peer] }) })],
  ['issue.proofServers.peer', (peer) => ({ issue: issue({ proofServers: [{ peer, addresses: [ADDRESS] }] }) })],
  [
    'an address of a proof server',
    (peer) => ({ issue: issue({ proofServers: [{ peer: PEER, addresses: [`${ADDRESS}/p2p/${peer}`] }] }) }),
  ],
  ['issue.dnsServers', (peer) => ({ issue: issue({ dnsServers: [`${ADDRESS}/p2p/${peer}`] }) })],
  ['issue.dnsServers.control', (peer) => ({ issue: issue({ dnsServers: [{ control: `${ADDRESS}/p2p/${peer}` }] }) })],
  ['issue.announce', (peer) => ({ issue: issue({ announce: [`${ADDRESS}/p2p/${peer}`] }) })],
  ['broker.access.peers', (peer) => ({ broker: broker({ access: { peers: [peer] } }) })],
  ['broker.dnsServers', (peer) => ({ broker: broker({ dnsServers: [`${ADDRESS}/p2p/${peer}`] }) })],
]

describe('B8 a peer id in the configuration of the servers', () => {
  const load = (section: Record<string, unknown>) =>
    loadConfig(ServersConfig, { base: { zone: 'x.example', dir: '/tmp/x', ...section } })

  for (const [where, section] of PLACES) {
    test(`of ${where} is decoded when it is read`, async () => {
      await load(section(PEER))
      for (const [, text, says] of SPOILT) {
        await assert.rejects(load(section(text)), (error) => error instanceof ConfigError && says.test(error.message))
      }
    })
  }
})

describe('B8 a peer id in the configuration of a node', () => {
  for (const key of ['network.issue', 'discovery.bootstrap']) {
    const variable = `NODETRUST_${key.toUpperCase().replace('.', '__')}`
    test(`of ${key} is decoded when it is read, from a flag and from a variable`, async () => {
      for (const [, text, says] of SPOILT) {
        const address = `${ADDRESS}/p2p/${text}`
        const named = (error: unknown) =>
          error instanceof ConfigError && says.test(error.message) && error.message.includes(key)
        await assert.rejects(loadConfig(NodeConfigSchema, { flags: { [key]: address } }), named)
        await assert.rejects(loadConfig(NodeConfigSchema, { env: { [variable]: address } }), named)
      }
    })
  }
})

describe('B8 a peer id', () => {
  for (const [what, text, says] of SPOILT) {
    test(`${what} is named`, () => {
      assert.match(whyNotPeerId(text) ?? '', says)
      assert.match(whyNotPeersOf(`${ADDRESS}/p2p/${text}`) ?? '', says)
    })
  }

  test('of every kind is taken', async () => {
    const secp256k1 = peerIdFromPrivateKey(await generateKeyPair('secp256k1')).toString()
    for (const good of [
      PEER,
      'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
      secp256k1,
      'k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r',
    ])
      assert.equal(whyNotPeerId(good), undefined, good)
  })
})

describe('B8 an address', () => {
  test('that names a peer twice is named', () => {
    assert.match(whyNotPeersOf(`${ADDRESS}/p2p/${PEER}/p2p/${PEER}`) ?? '', /twice/)
    assert.equal(whyNotPeersOf(`${ADDRESS}/p2p/${PEER}/p2p-circuit/p2p/${PEER}`), undefined)
  })

  test('is dialled by TCP at a place that is one', () => {
    for (const good of [
      ADDRESS,
      `/dns4/x.example/tcp/443/tls/ws/p2p/${PEER}`,
      '/dns6/x.example/tcp/443/wss',
      '/ip4/192.0.2.1/tcp/443/tls/sni/x.example/ws',
      `/dnsaddr/x.example/p2p/${PEER}`,
      '/ip6/::1/tcp/4431/ws',
    ])
      assert.equal(canBeDialled(good), true, good)
    for (const bad of [
      '/ip4/192.0.2.1/udp/4431/quic-v1',
      '/ip4/192.0.2.1/tcp/0',
      '/ip4/0.0.0.0/tcp/4431',
      '/ip6/::/tcp/4431',
      '/ip4/192.0.2.1',
      '/ip4/192.0.2.1/tcp/4431/http',
      `/p2p/${PEER}`,
      'nonsense',
    ])
      assert.equal(canBeDialled(bad), false, bad)
  })
})
