// Peers that flood before anybody has said who they are. A length prefix that never ends once kept js-libp2p's reader busy with
// one byte after the other, so that the process did nothing else for ten seconds (scripts/patches/list.ts); here the process
// is watched while a real peer does that to a real host, and to the dial-backs of a broker.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { type TestContext, describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { createHost, type Host, stopHost } from '../../core/host.ts'
import { silentLog } from '../../core/log.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import { parseIp } from '../../proto/ip.ts'
import { createDialBack } from '../../servers/broker/dial-back.ts'

const CHILD = join(import.meta.dirname, 'flood-child.ts')

/**
 * Broken it is four to fifteen seconds, in one piece or a few, mended some twenty milliseconds; a machine that runs everything
 * else as well may make several times that of it.
 */
const MAX_BUSY_MS = 1_000

/** Longer than what is asserted: the end of a dial-back is also the end of its reading. */
const DIAL_TIMEOUT_MS = 4_000

/** A machine may be busy once; what is broken is slow every time. */
const LOOKS = 3

const Line = v.object({ port: v.optional(v.number()), closed: v.optional(v.boolean()) })
type Line = v.InferOutput<typeof Line>

/** Starts an attacker; its lines are awaited one by one. */
function startFlooder(t: TestContext, ...words: readonly string[]): { next(): Promise<Line> } {
  const child = spawn(process.execPath, [...nodeFlags(), CHILD, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async next() {
      const { value, done } = await lines.next()
      assert.ok(done !== true, 'the attacker has ended')
      return v.parse(Line, JSON.parse(value))
    },
  }
}

/** For how long this process was busy during something, in one piece or in several, milliseconds. */
async function busyFor(during: () => Promise<unknown>): Promise<number> {
  const before = performance.eventLoopUtilization()
  await during()
  return performance.eventLoopUtilization(before).active
}

/** Fails where this process is kept busy for too long at every look. */
async function staysResponsive(look: () => Promise<unknown>): Promise<void> {
  const times: number[] = []
  for (let count = 0; count < LOOKS; count += 1) {
    const busy = await busyFor(look)
    if (busy < MAX_BUSY_MS) return
    times.push(Math.round(busy))
  }
  assert.fail(`the event loop was busy for ${times.join(', ')} ms, expected less than ${MAX_BUSY_MS} ms`)
}

const newHost = async (t: TestContext, listen: readonly string[]): Promise<Host> => {
  const host = await createHost({ privateKey: await generateKeyPair('Ed25519'), listen })
  t.after(() => stopHost(host))
  return host
}

describe('a length that never ends', { timeout: 100_000 }, () => {
  for (const [transport, tail] of [
    ['tcp', ''],
    ['ws', '/ws'],
  ] as const) {
    it(`from a stranger ends the connection and keeps a host from nothing (${transport})`, async (t) => {
      const host = await newHost(t, [`/ip4/127.0.0.1/tcp/0${tail}`])
      const visitor = await newHost(t, [])
      const [address] = host.getMultiaddrs()
      assert.ok(address)
      const port = /\/tcp\/(\d+)/.exec(address.toString())?.[1] ?? ''
      await staysResponsive(async () => {
        assert.deepEqual(await startFlooder(t, transport, port).next(), { closed: true })
      })
      assert.deepEqual(host.getConnections(), [])
      assert.ok((await visitor.services.ping.ping(address)) >= 0)
    })

    it(`from a peer that is dialled back ends the connection and keeps a broker from nothing (${transport})`, async (t) => {
      const dialBack = createDialBack({ timeoutMs: DIAL_TIMEOUT_MS, atOnce: 1, clock: systemClock, log: silentLog })
      const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
      const ip = parseIp('127.0.0.1')
      assert.ok(ip)
      await staysResponsive(async () => {
        const flooder = startFlooder(t, transport)
        const { port } = await flooder.next()
        const address = multiaddr(`/ip4/127.0.0.1/tcp/${port}${tail}`)
        const { kind } = await dialBack(peer, [{ address, ip }], new AbortController().signal)
        assert.equal(kind, 'unreachable')
        assert.deepEqual(await flooder.next(), { closed: true })
      })
    })
  }
})
