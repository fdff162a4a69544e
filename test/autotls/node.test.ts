// A whole node and a whole forge on loopback: broker, DNS and CA as they are hosted, a node that chose nothing but the forge.
// What counts is looked at on the wire.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { readFile } from 'node:fs/promises'
import { type TestContext, describe, test } from 'node:test'
import * as v from 'valibot'
import { createResolver } from '../../core/dns/index.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { secureWebSockets } from '../../core/net/secure-websockets.ts'
import { type App, createApp } from '../../main/app.ts'
import { createNodeHost, type OutsideView } from '../../main/node/node-host.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { autotlsName, peerToBase36Label } from '../../proto/names.ts'
import { forgeNames } from '../../main/issuers/autotls/forge.ts'
import { countedCa, startNetwork } from '../support/network.ts'
import {
  collectEvents,
  type Collected,
  LOOPBACK,
  makeBundle,
  newIdentity,
  testAuthority,
  until,
} from '../main/support.ts'
import type { SandboxNetwork } from '../../servers/sandbox/network.ts'

interface World {
  readonly net: SandboxNetwork
  readonly issued: () => number
  /** A node that chose the forge. */
  readonly start: (name: string, autotls?: Record<string, unknown>, more?: Record<string, unknown>) => Promise<Running>
}

interface Running {
  readonly app: App
  readonly events: Collected
}

async function world(t: TestContext): Promise<World> {
  const { startCa, ca } = countedCa()
  const net = await startNetwork({ startCa })
  t.after(() => net.stop())
  const start = async (name: string, autotls: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => {
    const forge = { domain: net.forge, broker: net.broker, directory: net.acme }
    const config = v.parse(NodeConfigSchema, {
      dir: join(net.dir, name),
      network: {
        ...{ trustAnchor: net.root, resolver: net.dns, ...more },
        autotls: { forges: [forge], addressClasses: ['loopback'], ...autotls },
      },
      listen: { addresses: '/ip4/127.0.0.1/tcp/0', wss: '/ip4/127.0.0.1/tcp/0/tls/ws' },
      discovery: { addressClasses: ['loopback'] },
    })
    const app = createApp(config)
    const events = collectEvents()
    app.events.on((line) => events.emit(line))
    t.after(() => app.stop())
    await app.start()
    return { app, events }
  }
  return { net, start, issued: () => ca().stats().certificates }
}

const served = (events: Collected, count = 1) =>
  until('a certificate in service', () => events.of('certificate').length >= count)

/** One handshake as a browser makes it, under a name and with the root of the network. */
async function fingerprintOf(net: SandboxNetwork, port: number, servername: string): Promise<string> {
  const ca = await readFile(net.root)
  const socket = connect({ host: '127.0.0.1', port, servername, ca })
  try {
    await once(socket, 'secureConnect')
    assert.ok(socket.authorized)
    return socket.getPeerX509Certificate()?.fingerprint256 ?? ''
  } finally {
    socket.on('error', () => undefined)
    socket.destroy()
  }
}

function placeOf(address = ''): { readonly name: string; readonly port: number } {
  const [, name = '', port = ''] = /^\/dns4\/([^/]+)\/tcp\/([0-9]+)\/tls\/ws/.exec(address) ?? []
  return { name, port: Number(port) }
}

describe('a node with a forge', () => {
  test('gets its certificate, announces itself under its name, is renewed on the wire, and starts again with it', async (t) => {
    const { net, start, issued } = await world(t)
    const { app, events } = await start('a')
    await served(events)
    const label = peerToBase36Label((await newPeerOf(app)).peer)
    const { name, port } = placeOf(events.of('wss')[0]?.addresses[0])
    assert.equal(name, `127-0-0-1.${label}.${net.forge}`)
    const [first] = await createResolver({ servers: [splitHostPort(net.dns)] }).lookupIp(name)
    assert.equal(first?.text, '127.0.0.1')
    const before = await fingerprintOf(net, port, name)
    const old = connect({ host: '127.0.0.1', port, servername: name, ca: await readFile(net.root) })
    await once(old, 'secureConnect')

    await app.getCertificate()
    const after = await fingerprintOf(net, port, name)
    assert.notEqual(after, before)
    assert.equal(old.destroyed, false)
    old.destroy()
    assert.equal(issued(), 2)

    await app.stop()
    const again = await start('a')
    await served(again.events)
    assert.equal(again.events.of('certificate')[0]?.reused, true)
    const place = placeOf(again.events.of('wss')[0]?.addresses[0])
    assert.equal(await fingerprintOf(net, place.port, place.name), after)
    assert.equal(issued(), 2)
  })

  test('announces the long form where that is wanted, and a peer verifies it without any DNS', async (t) => {
    const { net, start } = await world(t)
    const { events } = await start('a', { announce: 'both' })
    await served(events)
    const [short, long] = events.of('wss')[0]?.addresses ?? []
    assert.match(short ?? '', /^\/dns4\/127-0-0-1\.k51.*\/tls\/ws$/)
    assert.match(long ?? '', /^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/tls\/sni\/127-0-0-1\.k51.*\/ws$/)
    assert.ok(secureWebSockets({ trustAnchorPem: await readFile(net.root, 'utf8') }))
    const { app: other } = await start('b', { addressClasses: ['public'] })
    const peer = events.of('started')[0]?.peerId ?? ''
    await other.connectTo(`${long}/p2p/${peer}`)
  })

  test('whose issue server does not do it goes to the forge, and says which did', async (t) => {
    const { net, start } = await world(t)
    const dead = net.issue.replace(/\/tcp\/\d+/, '/tcp/1')
    const { app, events } = await start('a', {}, { issue: [dead] })
    await served(events)
    assert.equal(app.state().certificate?.source, 'autotls')
  })

  test('with an issue server that does it never asks the forge', async (t) => {
    const { net, start } = await world(t)
    const { app, events } = await start('a', {}, { issue: [net.issue] })
    await served(events)
    assert.equal(app.state().certificate?.source, 'nodetrust')
  })
})

describe('a change of address', () => {
  test('is announced at once under the same certificate, and taken back when the address is gone', async (t) => {
    const identity = await newIdentity()
    const peer = identity.peerId
    const node = await createNodeHost({
      ...{ identity, listen: LOOPBACK, wss: ['/ip4/127.0.0.1/tcp/0/tls/ws'], discovery: false },
      forge: { classes: ['public'], form: 'short', ips: ['4.4.4.4', '10.0.0.1'] },
    })
    t.after(() => node.host.stop())
    const authority = await testAuthority()
    await node.serve(await makeBundle({ authority, names: forgeNames(peer, 'f.example.net'), addresses: ['1.1.1.1'] }))
    const secure = () =>
      node
        .announced()
        .map(String)
        .filter((text) => text.includes('/tls/'))
    const parent = autotlsName(peer, 'f.example.net')
    const port = node.ports().wss
    const known = (to = port) => `/dns4/4-4-4-4.${parent}/tcp/${to}/tls/ws`
    assert.deepEqual(secure(), [known()])
    const outside = (ips: readonly string[], wssPort?: number): OutsideView => ({ wssPort, addresses: [], ips })
    await node.useOutside(outside(['1.1.1.1', '192.168.1.5']))
    assert.deepEqual(secure(), [known(), `/dns4/1-1-1-1.${parent}/tcp/${port}/tls/ws`])
    await node.useOutside(outside(['2.2.2.2', '3.3.3.3', '2606:4700::1111'], 443))
    assert.deepEqual(secure(), [
      known(443),
      `/dns4/2-2-2-2.${parent}/tcp/443/tls/ws`,
      `/dns4/3-3-3-3.${parent}/tcp/443/tls/ws`,
    ])
    await node.useOutside(outside([]))
    assert.deepEqual(secure(), [known()])
  })
})

async function newPeerOf(app: App) {
  const { peerIdFromString } = await import('@libp2p/peer-id')
  return { peer: peerIdFromString(app.peerId() ?? '') }
}
