// A slow reader behind a line with a delay: the writer waits, and keeps little; the reader may pause for as long as it likes, and
// loses nothing. js-libp2p does neither by itself (scripts/patches/list.ts, core/net/muxer.ts).
import assert from 'node:assert/strict'
import { type TestContext, describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { AbstractMessageStream, byteStream, streamPair } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { createHost, type Host, stopHost } from '../../core/host.ts'
import { limitedYamux } from '../../core/net/muxer.ts'
import { startSlowLine } from './slow-line.ts'
import type { Logger, Stream } from '@libp2p/interface'

const PROTOCOL = '/test/flood/1.0.0'
const CHUNK = new Uint8Array(65_536)
const DELAY_MS = 20

async function newHost(t: TestContext, listen: readonly string[] = []): Promise<Host> {
  const host = await createHost({ privateKey: await generateKeyPair('Ed25519'), listen })
  t.after(() => stopHost(host))
  return host
}

interface Scene {
  readonly writer: Stream
  readonly reader: Stream
}

/** A stream from one host to another over a line that takes 20 ms each way. */
async function scene(t: TestContext, kind: 'tcp' | 'ws'): Promise<Scene> {
  const [near, far] = [await newHost(t), await newHost(t, [`/ip4/127.0.0.1/tcp/0${kind === 'ws' ? '/ws' : ''}`])]
  const { promise, resolve } = Promise.withResolvers<Stream>()
  await far.handle(PROTOCOL, (stream) => resolve(stream))
  const port = Number(/\/tcp\/(\d+)/.exec(String(far.getMultiaddrs()[0]))?.[1])
  const line = await startSlowLine(t, port, DELAY_MS)
  const address = multiaddr(`/ip4/127.0.0.1/tcp/${line}${kind === 'ws' ? '/ws' : ''}`)
  const writer = await near.dialProtocol(address, PROTOCOL)
  return { writer, reader: await promise }
}

const KINDS = ['tcp', 'ws'] as const

describe(
  'A1 makes a writer that waits for onDrain() keep no more than it has just written',
  { timeout: 120_000 },
  () => {
    for (const kind of KINDS) {
      it(kind, async (t) => {
        const { writer, reader } = await scene(t, kind)
        const all = 400 * CHUNK.length
        let received = 0
        const done = new Promise<void>((resolve) =>
          reader.addEventListener('message', ({ data }) => {
            received += data.byteLength
            if (received >= all) resolve()
          }),
        )
        let most = 0
        let waits = 0

        for (let count = 0; count < 400; count += 1) {
          const goesOn = writer.send(CHUNK)
          most = Math.max(most, writer.writeBufferLength)
          if (goesOn) continue
          waits += 1
          await writer.onDrain()
        }
        await done

        assert.ok(waits > 5, `waited ${waits} times`)
        assert.ok(most <= 2 * CHUNK.length, `kept ${most} bytes`)
      })
    }
  },
)

describe('A1 neither resets nor loses anything for a reader that pauses again and again', { timeout: 120_000 }, () => {
  for (const kind of KINDS) {
    it(kind, async (t) => {
      const { writer, reader } = await scene(t, kind)
      const all = 24 * 1_048_576
      let received = 0
      let pauses = 0
      let unread = 0
      const failed = new Promise<never>((_resolve, reject) => {
        for (const stream of [writer, reader]) stream.addEventListener('close', ({ error }) => error && reject(error))
      })
      const done = new Promise<void>((resolve) => {
        reader.addEventListener('message', ({ data }) => {
          received += data.byteLength
          if (received >= all) resolve()
          // after the window has grown: as somebody does whose own line is full
          if (received < 8 * 1_048_576) return
          pauses += 1
          reader.pause()
          // for several round trips, so that everything comes that was under way
          setTimeout(() => {
            unread = Math.max(unread, reader.readBufferLength)
            reader.resume()
          }, 5 * DELAY_MS)
        })
      })
      const write = async (): Promise<void> => {
        for (let sent = 0; sent < all; sent += CHUNK.length) if (!writer.send(CHUNK)) await writer.onDrain()
      }

      await Promise.race([Promise.all([write(), done]), failed])

      assert.equal(received, all)
      assert.ok(pauses > 5 && unread > 0 && unread <= 1_048_576 + 65_536, `${pauses} pauses, ${unread} bytes`)
    })
  }
})

const log: Logger = Object.assign(() => undefined, {
  ...{ enabled: false, trace: () => undefined, error: () => undefined, newScope: () => log },
})

/** A connection whose other side reads nothing. */
class Full extends AbstractMessageStream {
  sendData() {
    return { sentBytes: 0, canSendMore: false }
  }
  async close() {}
  sendReset() {}
  sendPause() {}
  sendResume() {}
}

describe('a connection', () => {
  it('A1 ends where a peer makes us answer a thousand times and reads nothing', () => {
    const connection = new Full({ log, direction: 'inbound' })
    const muxer = limitedYamux()().createStreamMuxer(connection)
    // whatever it is that the muxer answers: pings, windows and refusals of streams are frames of twelve bytes
    const answer = new Uint8Array(12)

    for (let count = 0; count < 1_000; count += 1) connection.send(answer)
    assert.equal(connection.status, 'open')
    for (let count = 0; count < 4_000 && connection.status === 'open'; count += 1) connection.send(answer)

    assert.equal(connection.status, 'aborted')
    assert.equal(connection.writeBufferLength, 0)
    muxer.abort(new Error('the test is over'))
  })

  it('A1 keeps half a MiB of a stream that its reader does not come to read, and resets it beyond', async () => {
    const [mine, theirs] = await streamPair()
    const reader = byteStream(mine)
    const reset = new Promise<void>((resolve) => mine.addEventListener('close', () => resolve(), { once: true }))

    for (let count = 0; count < 10 && mine.status === 'open'; count += 1) {
      if (!theirs.send(new Uint8Array(131_072))) await theirs.onDrain().catch(() => undefined)
    }

    await reset
    await assert.rejects(reader.read(), { name: 'StreamBufferError' })
  })

  it('A1 that is slow and read again is not ended for what it had to wait with', () => {
    const connection = new Full({ log, direction: 'inbound' })
    const muxer = limitedYamux()().createStreamMuxer(connection)
    const answer = new Uint8Array(12)

    for (let round = 0; round < 5; round += 1) {
      for (let count = 0; count < 3_000; count += 1) connection.send(answer)
      connection.writableNeedsDrain = false
    }

    assert.equal(connection.status, 'open')
    muxer.abort(new Error('the test is over'))
  })
})
