// Messages on streams: what is sent arrives, and a stream that breaks a limit is reset with an error that says which.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { streamPair } from '@libp2p/utils'
import type { Stream } from '@libp2p/interface'
import {
  MalformedMessageError,
  MessageTooLargeError,
  StreamEndedError,
  StreamIdleError,
  wireStream,
} from '../../proto/wire/codec.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'

const MAX_BYTES = 300

describe('a message stream', () => {
  let local: Stream
  let remote: Stream

  beforeEach(async () => {
    ;[local, remote] = await streamPair()
  })

  afterEach(() => {
    local.abort(new Error('the test is over'))
    remote.abort(new Error('the test is over'))
  })

  const limits = { maxBytes: MAX_BYTES, idleMs: 200 }

  it('delivers what was sent, one message after the other', async () => {
    const sender = wireStream(local, limits)
    const receiver = wireStream(remote, limits)
    await sender.write(nodetrust.Dns01Request, { action: 1, name: 'a', value: 'b' })
    await sender.write(nodetrust.Dns01Request, { action: 2, name: 'x'.repeat(200), value: 'y' })
    assert.equal((await receiver.read(nodetrust.Dns01Request)).name, 'a')
    assert.equal((await receiver.read(nodetrust.Dns01Request)).name.length, 200)
  })

  it('delivers an empty message', async () => {
    await wireStream(local, limits).write(nodetrust.ProofRequest, {})
    assert.equal((await wireStream(remote, limits).read(nodetrust.ProofRequest)).agent, '')
  })

  it('is reset when a message is announced that is too large', async () => {
    const receiver = wireStream(remote, limits)
    local.send(Uint8Array.of(0xad, 0x02)) // 301
    await assert.rejects(receiver.read(nodetrust.ProofRequest), (error: Error) => {
      assert.ok(error instanceof MessageTooLargeError)
      return /300 bytes/.test(error.message)
    })
    assert.equal(remote.status, 'aborted')
  })

  it('is reset when the length itself has no end', async () => {
    const receiver = wireStream(remote, limits)
    local.send(new Uint8Array(16).fill(0x80))
    await assert.rejects(receiver.read(nodetrust.ProofRequest), MessageTooLargeError)
  })

  it('is reset when nothing comes', async () => {
    await assert.rejects(wireStream(remote, limits).read(nodetrust.ProofRequest), StreamIdleError)
    assert.equal(remote.status, 'aborted')
  })

  it('is reset when a message trickles in too slowly', async () => {
    const receiver = wireStream(remote, limits)
    const timer = setInterval(() => local.send(Uint8Array.of(0x81)), 40)
    local.send(Uint8Array.of(0xc8, 0x01))
    await assert.rejects(receiver.read(nodetrust.ProofRequest), StreamIdleError)
    clearInterval(timer)
  })

  it('says so when the other side ends in the middle', async () => {
    const receiver = wireStream(remote, limits)
    local.send(Uint8Array.of(0x0a, 0x01))
    await local.close()
    await assert.rejects(receiver.read(nodetrust.ProofRequest), StreamEndedError)
  })

  it('says so when the bytes are no message', async () => {
    const receiver = wireStream(remote, limits)
    local.send(Uint8Array.of(0x03, 0x0a, 0xff, 0xff))
    await assert.rejects(receiver.read(nodetrust.ProofRequest), MalformedMessageError)
  })

  it('ends at once when it is aborted from outside', async () => {
    const stop = new AbortController()
    const reading = wireStream(remote, { ...limits, idleMs: 60_000, signal: stop.signal }).read(nodetrust.ProofRequest)
    stop.abort()
    await assert.rejects(reading)
    assert.equal(remote.status, 'aborted')
  })
})
