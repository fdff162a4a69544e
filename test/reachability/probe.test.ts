// The WSS port before there is a certificate: it can be tried from outside, nothing of that is told to others, and the
// certificate's listener gets it when it comes.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { stopHost } from '../../core/host.ts'
import { createNodeHost } from '../../main/node/node-host.ts'
import { freePorts } from '../support/free-port.ts'
import { LOOPBACK, makeBundle, namesOf, newIdentity, startHost, testAuthority } from '../main/support.ts'

const freePort = async () => (await freePorts(1))[0] ?? 0

async function scene(t: TestContext, wssPort: number) {
  const identity = await newIdentity()
  const wss = [`/ip4/127.0.0.1/tcp/${wssPort}/tls/ws`]
  const node = await createNodeHost({ identity, listen: LOOPBACK, wss, discovery: false })
  t.after(() => stopHost(node.host))
  const now = Date.now()
  const bundle = await makeBundle({ authority: await testAuthority(now), names: namesOf(identity.peerId), now })
  const dial = async () => {
    const other = await startHost(t)
    const connection = await other.dial(multiaddr(`/ip4/127.0.0.1/tcp/${wssPort}`), {
      signal: AbortSignal.timeout(5_000),
    })
    return connection.remotePeer.equals(identity.peerId)
  }
  return { node, bundle, dial, told: () => node.announced().map(String).join(' ') }
}

describe('the probe of the WSS port', () => {
  test('takes plain connections while it is open, and is told to nobody', async (t) => {
    const port = await freePort()
    const { node, dial, told } = await scene(t, port)
    const before = told()
    const { tcp } = node.ports()
    const probe = await node.openWssProbe()
    assert.equal(await dial(), true)
    assert.equal(told(), before)
    assert.deepEqual(node.ports(), { tcp, wss: port })
    await probe?.close()
    await assert.rejects(dial())
  })

  test('makes way for the certificate', async (t) => {
    const { node, bundle, dial } = await scene(t, await freePort())
    const probe = await node.openWssProbe()
    const [bound] = await node.serve(bundle)
    assert.ok(bound?.toString().endsWith('/tls/ws'))
    await assert.rejects(dial())
    await probe?.close()
    assert.equal(await node.look(Date.now(), new AbortController().signal), undefined)
    assert.equal(await node.openWssProbe(), undefined)
  })

  test('says that the port is another program’s, and opens once it is free', async (t) => {
    const port = await freePort()
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve))
    const { node, dial } = await scene(t, port)
    await assert.rejects(node.openWssProbe(), { name: 'ListenError' })
    await new Promise((resolve) => holder.close(resolve))
    const probe = await node.openWssProbe()
    assert.equal(await dial(), true)
    await probe?.close()
  })

  test('is not there where the port is any', async (t) => {
    const { node } = await scene(t, 0)
    assert.equal(await node.openWssProbe(), undefined)
    assert.equal(node.ports().wss, undefined)
  })
})

describe('the way in from outside', () => {
  test('is told to others: the router’s port, and plain addresses that somebody reached', async (t) => {
    const { node, bundle, told } = await scene(t, 0)
    await node.serve(bundle)
    const own = told()
    const reached = multiaddr('/ip4/8.8.4.4/tcp/24431')
    await node.useOutside({ wssPort: 24_430, addresses: [reached] })
    assert.match(told(), /^\/dns4\/127-0-0-1\.\S+\/tcp\/24430\/tls\/ws .*\/ip4\/8\.8\.4\.4\/tcp\/24431$/)
    assert.equal(await node.look(Date.now(), new AbortController().signal), undefined)
    await node.useOutside({ wssPort: undefined, addresses: [] })
    assert.equal(told(), own)
  })
})
