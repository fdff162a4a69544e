// A peer that asks for what the library does for everybody, again and again: real hosts, real streams, and what they were answered.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { byteStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { FairRate } from '../../core/fair-rate.ts'
import { type Host, type HostInit } from '../../core/host.ts'
import { limitedHandler, PUSH_RATES, type ProtocolRates } from '../../core/net/protocol-rates.ts'
import { LOOPBACK, startHost, until } from '../main/support.ts'
import type { Connection, Stream } from '@libp2p/interface'

const PUSH = '/ipfs/id/push/1.0.0'
const IDENTIFY = '/ipfs/id/1.0.0'
const PING = '/ipfs/ping/1.0.0'

const soon = () => ({ signal: AbortSignal.timeout(20_000) })

async function scene(t: TestContext, init: Partial<HostInit> = {}) {
  const host = await startHost(t, { listen: LOOPBACK, ...init })
  const connect = async (): Promise<{ readonly peer: Host; readonly connection: Connection }> => {
    const peer = await startHost(t)
    const identified = new Promise<void>((resolve) =>
      host.addEventListener('peer:identify', ({ detail }) => {
        if (detail.peerId.equals(peer.peerId)) resolve()
      }),
    )
    const connection = await peer.dial(host.getMultiaddrs())
    await identified
    return { peer, connection }
  }
  return { host, connect, ...(await connect()) }
}

/** Opens streams until the connection ends. @returns how many there were */
async function flood(connection: Connection, protocol: string, most: number): Promise<number> {
  let opened = 0
  while (opened < most && connection.status === 'open') {
    const stream = await connection.newStream(protocol, soon()).catch(() => undefined)
    opened++
    stream?.abort(new Error('enough of it'))
  }
  return opened
}

describe('A8 a peer that asks again and again', () => {
  for (const protocol of [PUSH, IDENTIFY, PING])
    it(`is cut off: ${protocol}`, async (t) => {
      const { host, peer, connection } = await scene(t)
      await flood(connection, protocol, 2_000)
      await until('the connection has ended', () => host.getConnections(peer.peerId).length === 0)
    })

  it('has few of its pushes read', async (t) => {
    const { host, peer, connection } = await scene(t)
    let identified = 0
    host.addEventListener(
      'peer:identify',
      ({ detail }) => void (identified += detail.peerId.equals(peer.peerId) ? 1 : 0),
    )
    for (let push = 0; push < 30; push++) {
      const stream = await connection.newStream(PUSH, soon())
      // what is empty is a push as well
      await byteStream(stream)
        .write(Uint8Array.of(0), soon())
        .catch(() => undefined)
      await stream.close(soon()).catch(() => undefined)
    }
    // answered after all pushes, over the same connection
    await peer.services.ping.ping(host.peerId, soon())
    await until('the first ones are read', () => identified >= 4)
    assert.ok(identified <= PUSH_RATES.connection.burst + 2, `${identified} were read`)
    assert.equal(connection.status, 'open')
  })

  it('for pings in one stream has the stream ended', async (t) => {
    const { connection } = await scene(t)
    const stream = await connection.newStream(PING, soon())
    for (let sent = 0; sent < 20_000 && stream.status === 'open'; sent++)
      if (!stream.send(new Uint8Array(32))) await stream.onDrain(soon()).catch(() => undefined)
      else if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    await until('the stream has ended', () => stream.status !== 'open')
    assert.equal(connection.status, 'open')
  })

  it('is cut off for pings of yamux', async (t) => {
    const { host, peer, connection } = await scene(t)
    const muxer: unknown = Reflect.get(connection, 'muxer')
    const send: unknown = Reflect.get(Object(muxer), 'sendFrame')
    assert.ok(typeof send === 'function')
    // the library's own would end the connection where an answer comes that it has not asked for
    Reflect.set(Object(muxer), 'handlePing', () => undefined)
    const [ping, begin] = [2, 1]
    for (let count = 0; count < 2_000 && connection.status === 'open'; count++)
      Reflect.apply(send, muxer, [{ type: ping, flag: begin, streamID: 0, length: count }])
    await until('it is cut off', () => host.getConnections(peer.peerId).length === 0)
  })

  it('does not use up what others may ask', () => {
    const handled: string[] = []
    const rates: ProtocolRates = {
      ...{ connection: { burst: 8, perSecond: 1 }, refusals: { burst: 4, perSecond: 1 } },
      all: { burst: 3, perSecond: 1, free: 2 },
    }
    const limited = limitedHandler(
      (_, { id }) => void handled.push(id),
      rates,
      () => 0,
    )
    const aborted: string[] = []
    const open = (id: string) => {
      const connection = {
        id,
        remoteAddr: multiaddr('/ip4/127.0.0.1/tcp/1'),
        abort: () => void aborted.push(id),
      } as unknown as Connection
      return (count: number) => {
        for (let one = 0; one < count; one++) void limited({ abort: () => undefined } as unknown as Stream, connection)
        return handled.filter((other) => other === id).length
      }
    }
    assert.equal(open('greedy')(8), 5)
    assert.equal(open('honest')(2), 2)
    const stubborn = open('stubborn')
    assert.equal(stubborn(6), 2)
    assert.deepEqual(aborted, [])
    stubborn(1)
    assert.deepEqual(aborted, ['stubborn'])
  })
})

describe('A8 a peer as it ought to be', () => {
  it('asks who we are, pings and pushes as often as implementations do', async (t) => {
    const { host, peer, connection } = await scene(t)
    for (let again = 0; again < 6; again++) {
      await peer.services.identify.identify(connection, soon())
      await peer.services.ping.ping(host.peerId, soon())
    }
    assert.equal(connection.status, 'open')
  })
})

describe('A8 what all may ask together', () => {
  const rates: ProtocolRates = {
    connection: { burst: 1_000, perSecond: 0 },
    all: { burst: 400, perSecond: 0, free: 0 },
    refusals: { burst: 10_000, perSecond: 0 },
  }
  const door = (set = rates, now: () => number = () => 0) => {
    let passed = 0
    const handle = limitedHandler(() => void (passed += 1), set, now)
    const from = (ip: string) => {
      const connection = { remoteAddr: multiaddr(`/ip4/${ip}/tcp/1`), abort: () => undefined } as unknown as Connection
      return (times: number) => {
        const before = passed
        for (let at = 0; at < times; at++) void handle({ abort: () => undefined } as unknown as Stream, connection)
        return passed - before
      }
    }
    return { from }
  }

  it('is used up by no network alone, and a quiet one finds room when it is full', () => {
    const { from } = door()
    assert.equal(from('9.9.9.1')(1_000), 50, 'an eighth')
    assert.equal(from('9.9.9.200')(10), 0, 'the same network')
    for (let network = 0; network < 200; network++) from(`11.0.${network}.1`)(100)
    assert.ok(from('12.1.1.1')(10) >= 1, 'whoever has used nothing')
    assert.ok(from('12.1.1.1')(10) <= 10)
  })

  it('is not counted apart at home', () => {
    const { from } = door()
    assert.equal(from('192.168.1.2')(1_000), 400)
  })

  it('is never more than twice that, from however many networks, and leaves room while some ask without end', () => {
    let now = 0
    const asked = { ...rates, all: { burst: 400, perSecond: 20, free: 0 } }
    const { from } = door(asked, () => now)
    let passed = 0
    for (let network = 0; network < 5_000; network++) passed += from(`20.${network >> 8}.${network & 255}.1`)(1)
    assert.equal(passed, 800)
    passed = 0
    for (; now < 120_000; now += 1_000)
      for (let network = 0; network < 30; network++) passed += from(`21.0.${network}.1`)(20)
    assert.ok(passed <= 120 * 20, `${passed} of ${120 * 20}`)
    assert.ok(from('12.1.1.1')(10) >= 5, 'whoever has used nothing')
  })

  it('is counted of so many networks and no more', () => {
    const rate = new FairRate({ burst: 100_000, perSecond: 100_000 })
    for (let count = 0; count < 10_000; count++) rate.take(String(count), 0)
    assert.equal(rate.size, 4_096)
    rate.take('later', 10_000)
    assert.equal(rate.size, 1)
  })
})
