// Peers that have proved a key, which costs nothing, and then say little that takes long: addresses that are slow to read, news of
// themselves without end, streams that are opened and reset at once.
import assert from 'node:assert/strict'
import { type TestContext, describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { createHost, type Host, stopHost } from '../../core/host.ts'
import { createStreamRate } from '../../core/net/stream-rate.ts'
import { until } from '../main/support.ts'
import type { Connection } from '@libp2p/interface'

const PUSH = '/ipfs/id/push/1.0.0'
const PING = '/ipfs/ping/1.0.0'

async function newHost(t: TestContext, listen: readonly string[] = []): Promise<Host> {
  const host = await createHost({ privateKey: await generateKeyPair('Ed25519'), listen })
  t.after(() => stopHost(host))
  return host
}

/** A host, and somebody who is connected to it and known to it. */
async function scene(t: TestContext) {
  const [host, stranger] = [await newHost(t, ['/ip4/127.0.0.1/tcp/0']), await newHost(t)]
  const [address] = host.getMultiaddrs()
  assert.ok(address)
  const told: number[] = []
  const known = new Promise<void>((resolve) =>
    host.addEventListener('peer:identify', ({ detail }) => {
      told.push(detail.listenAddrs.length)
      resolve()
    }),
  )
  const connection = await stranger.dial(address)
  await known
  return { host, stranger, address, connection, told }
}

/** The length of something below 16 KiB as protobuf and multiaddr write it. */
const length = (count: number) => (count < 128 ? [count] : [(count & 127) | 128, count >> 7])

/** An identify message that says these addresses and no more. */
function identifyOf(addresses: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(addresses.flatMap((address) => [0x12, ...length(address.length), ...address]))
}

async function push(connection: Connection, messages: readonly Uint8Array[]): Promise<void> {
  const stream = await connection.newStream(PUSH, { signal: AbortSignal.timeout(30_000) })
  const wire = lpStream(stream)
  try {
    for (const message of messages) await wire.write(message, { signal: AbortSignal.timeout(30_000) })
    await stream.close({ signal: AbortSignal.timeout(30_000) })
  } catch {
    // it was reset
  }
}

/** Frames of yamux that open streams and reset them at once. */
function openedAndReset(count: number): Uint8Array {
  const frames = Buffer.alloc(24 * count)
  for (let index = 0; index < count; index++) {
    for (const [at, flag] of [
      [24 * index, 1],
      [24 * index + 12, 8],
    ] as const) {
      frames[at + 1] = 1
      frames.writeUInt16BE(flag, at + 2)
      frames.writeUInt32BE(10_001 + 2 * index, at + 4)
    }
  }
  return frames
}

describe('an address whose peer id is thousands of bytes long', () => {
  it('A8 is not even written as text, which takes the square of its length', () => {
    const bytes = Uint8Array.from([0xa5, 3, ...length(8_000), ...Array.from({ length: 8_000 }, () => 0xfe)])
    assert.throws(() => multiaddr(bytes), /A peer id of 8000 bytes is none/)
    assert.throws(() => multiaddr(`/p2p/1${'z'.repeat(8_000)}`).bytes, /A peer id of 8001 letters is none/)
  })

  it('A8 is read where it is as long as the longest that there is', () => {
    const bytes = Uint8Array.from([0xa5, 3, 66, 0x13, 64, ...Array.from({ length: 64 }, () => 0xfe)])
    assert.equal(multiaddr(bytes).getComponents()[0]?.value?.length, 90)
  })
})

describe('a peer that tells what it is', { timeout: 120_000 }, () => {
  it('A8 has no more than 64 of its addresses read, however many it tells', async (t) => {
    const { connection, told } = await scene(t)
    const address = (port: number) => Uint8Array.from([4, 192, 0, 2, 1, 6, port >> 8, port & 255])
    const messages = Array.from({ length: 10 }, (_, part) =>
      identifyOf(Array.from({ length: 780 }, (_one, port) => address(780 * part + port + 1))),
    )

    await push(connection, messages)
    await until('the second identify', () => told.length > 1)

    assert.deepEqual(told.slice(1), [64])
  })

  it('A8 is heard so often and no more', async (t) => {
    const { connection, told, stranger, address } = await scene(t)
    const before = told.length

    for (let count = 0; count < 60; count++) await push(connection, [identifyOf([])])
    await stranger.services.ping.ping(address)

    const heard = told.length - before
    assert.ok(heard >= 10 && heard < 40, `was heard ${heard} times`)
  })
})

describe('a peer that opens streams and resets them at once', { timeout: 120_000 }, () => {
  it('A1 is cut off when it goes on', async (t) => {
    const { host, stranger, connection } = await scene(t)
    const raw: unknown = Reflect.get(Object(Reflect.get(connection, 'muxer')), 'maConn')
    assert.ok(typeof raw === 'object' && raw !== null && 'send' in raw && typeof raw.send === 'function')

    raw.send(openedAndReset(20_000))
    await until('the connection to be cut', () => host.getConnections(stranger.peerId).length === 0)
    await until('the stranger to notice', () => connection.status !== 'open')
  })

  it('A1 is told from one that needs two hundred at a time', async (t) => {
    const { connection, host } = await scene(t)
    await host.handle('/test/many/1.0.0', () => undefined, { maxInboundStreams: 200 })

    const streams = await Promise.all(
      Array.from({ length: 200 }, () =>
        connection.newStream('/test/many/1.0.0', { maxOutboundStreams: 200, signal: AbortSignal.timeout(60_000) }),
      ),
    )

    assert.equal(streams.filter(({ status }) => status === 'open').length, 200)
    await connection.newStream(PING, { signal: AbortSignal.timeout(60_000) })
  })

  it('A1 takes from others what they all share, and never what is their own', () => {
    const connect = createStreamRate({ own: { burst: 4, perSecond: 1 }, shared: { burst: 10, perSecond: 1 } })
    const [greedy, quiet] = [connect(), connect()]

    const got = Array.from({ length: 40 }, () => greedy(0))

    assert.equal(got.filter((one) => one === 'open').length, 14)
    assert.equal(got.at(14), 'refuse')
    assert.equal(got.at(-1), 'cut')
    assert.deepEqual(
      Array.from({ length: 5 }, () => quiet(0)),
      ['open', 'open', 'open', 'open', 'refuse'],
    )
    assert.equal(greedy(1_000), 'open')
  })
})
