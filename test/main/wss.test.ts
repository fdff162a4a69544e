// The WSS listener as a TLS client from outside sees it: which certificate, after a swap, without SNI, and what happens
// when it cannot begin.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { type TestContext, before, describe, test } from 'node:test'
import { createNodeHost, type NodeHost } from '../../main/node/node-host.ts'
import { lookAtServed } from '../../main/node/self-look.ts'
import { multiaddr } from '@multiformats/multiaddr'
import { stopHost } from '../../core/host.ts'
import { GOOD_TLS, tlsLook } from '../support/tls-look.ts'
import { DAY_MS, LOOPBACK, makeBundle, namesOf, newIdentity, startHost, testAuthority, until } from './support.ts'
import type { Authority } from '../../servers/ca/authority.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'

let authority: Authority

before(async () => {
  authority = await testAuthority(Date.now())
})

interface Scene {
  readonly host: NodeHost['host']
  readonly serve: NodeHost['serve']
  readonly announced: NodeHost['announced']
  readonly look: NodeHost['look']
  readonly name: string
  readonly newBundle: () => Promise<CertificateBundle>
}

async function scene(t: TestContext, wss = '/ip4/127.0.0.1/tcp/0/tls/ws'): Promise<Scene> {
  const identity = await newIdentity()
  const node = await createNodeHost({ identity, listen: LOOPBACK, wss: [wss], discovery: false })
  t.after(() => stopHost(node.host))
  const names = namesOf(identity.peerId)
  const newBundle = () => makeBundle({ authority, names, now: Date.now() })
  return { ...node, newBundle, name: `127-0-0-1.${names[0]}` }
}

function portOf(bound: Awaited<ReturnType<NodeHost['serve']>>): number {
  return Number(bound[0]?.getComponents().find(({ name }) => name === 'tcp')?.value)
}

/** Connects and gives the socket once the handshake is over. */
async function handshake(t: TestContext, port: number, servername?: string): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: authority.rootPem, ...(servername ? { servername } : {}) })
  t.after(() => socket.destroy())
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('secureConnect', resolve)
  socket.once('error', reject)
  socket.once('close', () => reject(new Error('closed before the handshake was over')))
  await promise
  socket.on('error', () => undefined)
  return socket
}

const fingerprint = (socket: TLSSocket) => socket.getPeerX509Certificate()?.fingerprint256
const leafOf = async ({ chainPem }: CertificateBundle) => {
  const { X509Certificate } = await import('node:crypto')
  return new X509Certificate(chainPem).fingerprint256
}

describe('the WSS listener', () => {
  test('is not there before the first certificate', async (t) => {
    const { announced } = await scene(t)
    assert.ok(announced().every((address) => !address.toString().includes('tls')))
  })

  test('shows the certificate to a client that names the node', async (t) => {
    const { serve, newBundle, name } = await scene(t)
    const bundle = await newBundle()
    const socket = await handshake(t, portOf(await serve(bundle)), name)
    assert.equal(socket.authorized, true)
    assert.equal(fingerprint(socket), await leafOf(bundle))
  })

  test('announces the name with the port that is bound', async (t) => {
    const { serve, newBundle, name, announced } = await scene(t)
    const port = portOf(await serve(await newBundle()))
    assert.equal(announced()[0]?.toString(), `/dns4/${name}/tcp/${port}/tls/ws`)
  })

  test('shows a swapped certificate to the next connection while an open one lives on', async (t) => {
    const { serve, newBundle, name } = await scene(t)
    const [first, second] = [await newBundle(), await newBundle()]
    const port = portOf(await serve(first))
    const open = await handshake(t, port, name)
    assert.equal(portOf(await serve(second)), port)
    assert.equal(fingerprint(await handshake(t, port, name)), await leafOf(second))
    const answered = new Promise((resolve) =>
      open.once('data', (data: Buffer) => resolve(data.toString().slice(0, 12))),
    )
    open.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.equal(await answered, 'HTTP/1.1 200')
    assert.equal(fingerprint(open), await leafOf(first))
  })

  test('refuses a pair that does not fit and keeps the certificate in use', async (t) => {
    const { serve, newBundle, name } = await scene(t)
    const [good, other] = [await newBundle(), await newBundle()]
    const port = portOf(await serve(good))
    await assert.rejects(serve({ ...good, keyPem: other.keyPem }), { name: 'TlsPairError' })
    await assert.rejects(serve({ ...good, chainPem: 'garbage' }), { name: 'TlsPairError' })
    assert.equal(fingerprint(await handshake(t, port, name)), await leafOf(good))
  })

  describe('shows the newest certificate, not a handshake that fails,', () => {
    for (const [who, servername] of [
      ['names nobody', undefined],
      ['names another host', 'example.org'],
    ] as const)
      test(`B18 to a client that ${who}`, async (t) => {
        const { serve, newBundle } = await scene(t)
        const [first, second] = [await newBundle(), await newBundle()]
        const port = portOf(await serve(first))
        for (const bundle of [first, second]) {
          // the first one is there already, since the listener began with it
          if (bundle !== first) await serve(bundle)
          const socket = connect({
            host: '127.0.0.1',
            port,
            rejectUnauthorized: false,
            ...(servername ? { servername } : {}),
          })
          t.after(() => socket.destroy())
          await once(socket, 'secureConnect')
          assert.equal(fingerprint(socket), await leafOf(bundle))
        }
      })
  })

  test('B18 speaks good suites and no other, before and after a swap', async (t) => {
    const { serve, newBundle, name } = await scene(t)
    const port = portOf(await serve(await newBundle()))
    assert.deepEqual(await tlsLook({ port, servername: name }), GOOD_TLS)
    await serve(await newBundle())
    assert.deepEqual(await tlsLook({ port, servername: name }), GOOD_TLS)
    assert.deepEqual(await tlsLook({ port }), GOOD_TLS)
  })

  test('speaks TLS 1.2 at least', async (t) => {
    const { serve, newBundle, name } = await scene(t)
    const port = portOf(await serve(await newBundle()))
    const old = connect({ host: '127.0.0.1', port, servername: name, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })
    t.after(() => old.destroy())
    const failed = new Promise<Error>((resolve) => old.once('error', resolve))
    assert.match((await failed).message, /version|protocol|alert/i)
  })

  test('says which port is in use, leaves nothing half started, and begins when the port is free', async (t) => {
    const holder = createServer()
    holder.listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const place = holder.address()
    assert.ok(typeof place === 'object' && place)
    const { serve, newBundle, announced, host, name } = await scene(t, `/ip4/127.0.0.1/tcp/${place.port}/tls/ws`)
    const bundle = await newBundle()
    await assert.rejects(serve(bundle), {
      name: 'ListenError',
      message: new RegExp(`127.0.0.1/tcp/${place.port}/tls/ws is in use`),
    })
    assert.ok(announced().every((address) => !address.toString().includes('tls')))
    assert.equal(host.getMultiaddrs().length, 1)
    await new Promise((resolve) => holder.close(resolve))
    assert.equal(fingerprint(await handshake(t, portOf(await serve(bundle)), name)), await leafOf(bundle))
  })

  test('lets go of the address that came up when another of the same call did not', async (t) => {
    const holder = createServer()
    holder.listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const place = holder.address()
    assert.ok(typeof place === 'object' && place)
    t.after(() => holder.close())
    const host = await startHost(t, { listen: LOOPBACK })
    const wanted = ['/ip4/127.0.0.1/tcp/0', `/ip4/127.0.0.1/tcp/${place.port}`].map((text) => multiaddr(text))
    await assert.rejects(host.services.listener.listen(wanted), { name: 'ListenError' })
    await until('only the first address is bound', () => host.getMultiaddrs().length === 1)
  })
})

describe('the look at what is served', () => {
  const signal = new AbortController().signal

  test('finds nothing wrong with the installed certificate, before and after a swap', async (t) => {
    const { serve, newBundle, look } = await scene(t)
    assert.equal(await look(Date.now(), signal), undefined)
    await serve(await newBundle())
    assert.equal(await look(Date.now(), signal), undefined)
    await serve(await newBundle())
    assert.equal(await look(Date.now(), signal), undefined)
  })

  test('looks at the loopback where all interfaces are bound', async (t) => {
    const { serve, newBundle, look } = await scene(t, '/ip4/0.0.0.0/tcp/0/tls/ws')
    await serve(await newBundle())
    assert.equal(await look(Date.now(), signal), undefined)
  })

  test('says that the certificate has expired, with its date', async (t) => {
    const { serve, newBundle, look } = await scene(t)
    await serve(await newBundle())
    assert.match((await look(Date.now() + 91 * DAY_MS, signal))?.message ?? '', /out of its time, .*good until 20/)
  })

  test('says that another certificate is shown than installed', async (t) => {
    const { serve, newBundle, name } = await scene(t)
    const [shown, installed] = [await newBundle(), await newBundle()]
    const [address] = await serve(shown)
    assert.ok(address)
    const fault = await lookAtServed({ address, servername: name, installed, now: Date.now(), signal })
    assert.match(fault?.message ?? '', /shows number [0-9a-f]+, .*, but installed is number/)
  })

  test('says that nobody answers', async (t) => {
    const { newBundle, name } = await scene(t)
    const address = multiaddr('/ip4/127.0.0.1/tcp/1/tls/ws')
    const installed = await newBundle()
    const fault = await lookAtServed({ address, servername: name, installed, now: Date.now(), signal })
    assert.match(fault?.message ?? '', /does not answer: .*ECONNREFUSED/)
  })
})

describe('a dial over WSS', () => {
  test('is verified where the certificate is, and says why where it is not', async (t) => {
    const server = await scene(t)
    await server.serve(await server.newBundle())
    const [address] = server.announced()
    assert.ok(address)
    const lookup = (_name: string, options: { all?: boolean }, answer: (...args: unknown[]) => void) =>
      options.all ? answer(null, [{ address: '127.0.0.1', family: 4 }]) : answer(null, '127.0.0.1', 4)
    const dialler = async (trustAnchorPem: string | undefined) => {
      const identity = await newIdentity()
      const node = await createNodeHost({
        ...{ identity, listen: [], wss: [], discovery: false, trustAnchorPem },
        lookup: lookup as never,
      })
      t.after(() => stopHost(node.host))
      return node
    }
    const trusting = await dialler(authority.rootPem)
    const { remoteAddr } = await trusting.host.dial(address)
    assert.equal(trusting.wasVerified(remoteAddr), true)
    const wary = await dialler(undefined)
    await assert.rejects(wary.host.dial(address), /self-signed|unable to (get|verify)/i)
    assert.equal(wary.wasVerified(address), false)
  })
})
