// What js-libp2p does with streams, connections and listeners: each function shows one fault, and gives true while it is there. Plain
// js-libp2p without our patches (scripts/patches/list.ts), in a process of its own.
import { once } from 'node:events'
import { connect, type AddressInfo, type Server } from 'node:net'
import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import { type Connection, type Listener, type Logger, TypedEventEmitter, type Upgrader } from '@libp2p/interface'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { AbstractMessageStream, byteStream, lpStream, streamPair } from '@libp2p/utils'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { WebSocketServer } from 'ws'
import { createTestTls } from '../support/tls.ts'

/** What has not happened by then does not happen. */
const PATIENCE_MS = 150

const log: Logger = Object.assign(() => undefined, {
  ...{ enabled: false, trace: () => undefined, error: () => undefined, newScope: () => log },
})
const logger = { forComponent: () => log }

/** Whether something is still not over. */
async function isPending(work: Promise<unknown>): Promise<boolean> {
  const waiting = new AbortController()
  const over = work.then(
    () => false,
    () => false,
  )
  const late = delay(PATIENCE_MS, true, { signal: waiting.signal }).catch(() => true)
  const pending = await Promise.race([over, late])
  waiting.abort()
  return pending
}

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

/** A stream over a line that is full. */
class FullLine extends AbstractMessageStream {
  resumes = 0
  sendData(data: { readonly byteLength: number }) {
    return { sentBytes: data.byteLength, canSendMore: false }
  }
  async close() {}
  sendReset() {}
  sendPause() {}
  sendResume() {
    this.resumes += 1
  }
}

const failing = {
  upgradeOutbound: () => Promise.reject(new Error('the handshake failed')),
  upgradeInbound: () => Promise.reject(new Error('the handshake failed')),
} as unknown as Upgrader

/** A WebSocket transport with nothing of ours in it. */
function newTransport() {
  const events = new TypedEventEmitter()
  return { events, transport: webSockets()({ logger, events }) }
}

async function listen(
  address: string,
): Promise<{ readonly listener: Listener; readonly events: EventTarget; readonly port: number }> {
  const { events, transport } = newTransport()
  const listener = transport.createListener({ upgrader: failing })
  await listener.listen(multiaddr(address))
  const server = Reflect.get(listener, 'server') as Server
  return { listener, events, port: (server.address() as AddressInfo).port }
}

export const STREAM_FAULTS = {
  async 'length-prefix'() {
    const [mine, theirs] = await streamPair()
    const read = lpStream(mine).read()
    theirs.send(new Uint8Array(64).fill(0xff))
    const waits = await isPending(read)
    mine.abort(new Error('the end'))
    return waits
  },

  async 'unread-bytes'() {
    const [mine, theirs] = await streamPair()
    const reader = byteStream(mine)
    for (let count = 0; count < 16; count++) {
      if (theirs.status !== 'open') return false
      if (!theirs.send(new Uint8Array(65_536))) await theirs.onDrain()
      await setImmediate()
    }
    await delay(PATIENCE_MS)
    const kept = mine.status === 'open'
    reader.unwrap().abort(new Error('the end'))
    return kept
  },

  async 'on-drain'() {
    const line = new FullLine({ log, direction: 'outbound' })
    line.send(new Uint8Array(1))
    const first = line.onDrain()
    line.safeDispatchEvent('drain')
    await first
    await setImmediate()
    line.send(new Uint8Array(1))
    line.send(new Uint8Array(1))
    // nothing has been sent since
    return !(await isPending(line.onDrain()))
  },

  async 'pause-again'() {
    const line = new FullLine({ log, direction: 'inbound' })
    line.pause()
    line.onData(new Uint8Array(1))
    line.addEventListener('message', () => line.pause())
    line.resume()
    await setImmediate()
    return line.resumes > 0
  },

  async 'peer-id-length'() {
    try {
      // the code of /p2p, a length of 8,000, and as many bytes
      multiaddr(Uint8Array.of(0xa5, 0x03, 0xc0, 0x3e, ...new Uint8Array(8_000))).toString()
      return true
    } catch {
      return false
    }
  },

  async 'websocket-dial'() {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    const closed = Promise.withResolvers<void>()
    server.on('connection', (socket) => socket.on('close', () => closed.resolve()))
    const { port } = server.address() as AddressInfo
    const dialled: Promise<Connection> = newTransport().transport.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}/ws`), {
      upgrader: failing,
    } as never)
    await dialled.catch(() => undefined)
    const open = await isPending(closed.promise)
    for (const client of server.clients) client.terminate()
    server.close()
    return open
  },

  async 'listener-close'() {
    const { listener, port } = await listen('/ip4/127.0.0.1/tcp/0/ws')
    const silent = connect(port, '127.0.0.1')
    await once(silent, 'connect')
    await setImmediate()
    const closed = listener.close()
    const hangs = await isPending(closed)
    silent.destroy()
    await closed
    return hangs
  },

  async 'second-certificate'() {
    const { listener, events } = await listen('/ip4/127.0.0.1/tcp/0/ws')
    const servers: unknown[] = []
    for (const detail of [await createTestTls(), await createTestTls()]) {
      events.dispatchEvent(new CustomEvent('certificate:provision', { detail: { key: detail.key, cert: detail.cert } }))
      servers.push(Reflect.get(listener, 'https'))
    }
    await listener.close()
    return servers[0] !== undefined && servers[0] === servers[1]
  },

  async 'autotls-renewal'() {
    const { autoTLS } = await import('@ipshipyard/libp2p-auto-tls')
    const events = new TypedEventEmitter<Record<string, Event>>()
    const heard: string[] = []
    for (const name of ['certificate:provision', 'certificate:renew'])
      events.addEventListener(name, () => heard.push(name))
    const rsa = await generateKeyPair('RSA', 2_048)
    const peerId = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    const given = { events, logger, peerId, nodeInfo: {}, keychain: { exportKey: async () => rsa }, addressManager: {} }
    const client: object = autoTLS({ renewThreshold: 1_000 })(given as never)
    // a certificate that is to be renewed at once
    const cert = () => ({ pem: '', cert: { notAfter: new Date(Date.now() + 1_001) } })
    const fetchCertificate: unknown = Reflect.get(client, 'fetchCertificate')
    if (typeof fetchCertificate !== 'function') throw new Error('the client has no fetchCertificate()')
    const fetch = async () => void (await Reflect.apply(fetchCertificate, client, [[], {}]))
    const renewing = Promise.withResolvers<void>()
    Object.assign(client, { loadOrCreateCertificate: async () => cert(), onSelfPeerUpdate: () => renewing.resolve() })
    await fetch()
    await renewing.promise
    await fetch()
    clearTimeout(Reflect.get(client, 'renewTimeout') as NodeJS.Timeout)
    return heard[1] === 'certificate:provision'
  },

  async 'wrong-certificate'() {
    const { listener, events } = await listen('/ip4/127.0.0.1/tcp/0/ws')
    const [one, other] = [await createTestTls(), await createTestTls()]
    const crashed = once(process, 'uncaughtException')
    const renewed = { detail: { key: one.key, cert: other.cert } }
    try {
      events.dispatchEvent(new CustomEvent('certificate:renew', renewed))
      return !(await isPending(crashed))
    } catch {
      return true
    } finally {
      await listener.close()
    }
  },

  async 'stop-timers'() {
    const before = timers()
    const node = await createLibp2p({ addresses: { listen: ['/ip4/127.0.0.1/tcp/0/ws'] }, transports: [webSockets()] })
    await node.start()
    await node.stop()
    return timers() > before
  },
} satisfies Record<string, () => Promise<boolean>>
