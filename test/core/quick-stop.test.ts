// Stopping a host: at once, and with nothing left that keeps the process. The 3 seconds that `stopHost` waits at most, and
// the timers of js-libp2p, are what these tests would show.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { createHost, type Host, stopHost } from '../../core/host.ts'

async function startHost(listen: readonly string[]): Promise<Host> {
  return createHost({ privateKey: await generateKeyPair('Ed25519'), listen, discovery: true })
}

/** Timers that keep the process. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
}

/** The library's queues end with timers of 1 ms; the ones that are meant here take 100 ms and more. */
const SHORT_TIMERS_MS = 30
const TURNS = 20

/** What is left once the short ones are over; looks without a timer of its own, on a busy machine for longer. */
async function lastingTimers(expected: number): Promise<number> {
  const deadline = performance.now() + SHORT_TIMERS_MS
  for (let turn = 0; timers() > expected && (turn < TURNS || performance.now() < deadline); turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  return timers()
}

describe('stopping a host', () => {
  it('leaves no timer behind that keeps the process', async () => {
    const before = timers()
    const host = await startHost(['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'])
    const other = await startHost([])
    await other.dial(host.getMultiaddrs())
    await stopHost(other)
    await stopHost(host)
    assert.equal(await lastingTimers(before), before)
  })

  it('does not wait for a client that never says anything', async (t) => {
    const host = await startHost(['/ip4/127.0.0.1/tcp/0/ws'])
    const port = host.getMultiaddrs()[0]?.getComponents()[1]?.value
    const client = connect({ port: Number(port), host: '127.0.0.1' })
    t.after(() => client.destroy())
    await once(client, 'connect')
    const closed = once(client, 'close')
    const began = performance.now()
    await stopHost(host)
    const ms = performance.now() - began
    assert.ok(ms < 1_500, `took ${ms.toFixed(0)} ms`)
    await closed
  })
})

describe('a WebSocket listener', () => {
  it('lets a client go that never says anything, and keeps one that speaks', async (t) => {
    const privateKey = await generateKeyPair('Ed25519')
    const listen = ['/ip4/127.0.0.1/tcp/0/ws']
    const host = await createHost({ privateKey, listen, firstByteMs: 100 })
    t.after(() => stopHost(host))
    const port = Number(host.getMultiaddrs()[0]?.getComponents()[1]?.value)
    const speaker = connect({ port, host: '127.0.0.1' })
    t.after(() => speaker.destroy())
    speaker.write('GET / HTTP/1.1\r\n')
    const silent = connect({ port, host: '127.0.0.1' })
    silent.on('error', () => undefined) // it is a reset
    await new Promise((resolve) => silent.once('close', resolve))
    assert.equal(speaker.destroyed, false)
    assert.equal(speaker.readyState, 'open')
  })
})
