// The node's and the servers' libp2p listeners under clients that nobody would want, each kind opened for real. What counts is that
// everybody else gets in meanwhile, and what it costs.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { createHost, stopHost } from '../../core/host.ts'
import { FIRST_BYTE_MS, PENDING_MS } from '../../core/net/door.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import {
  enter,
  frameHeader,
  heard,
  knock,
  MULTISTREAM,
  type Place,
  type Stranger,
  trickle,
  UPGRADE,
} from './strangers.ts'

const CHILD = join(import.meta.dirname, 'strangers-child.ts')
const PLACES = 40
const PER_NETWORK = 20

/** A busy machine lets timers wait; what is broken waits for ever. */
const SLACK_MS = 15_000

/** Only Linux has all of 127.0.0.0/8 without being told. */
const skip = process.platform === 'linux' ? false : 'needs addresses of more than one network on loopback, as Linux has'

const KINDS = ['tcp', 'ws', 'wss'] as const
type Kind = (typeof KINDS)[number]

interface Child {
  readonly place: (kind: Kind) => Place
  readonly address: (kind: 'tcp' | 'ws' | 'ip6') => string
  /** MiB. */
  readonly memory: () => number
}

async function startChild(t: TestContext): Promise<Child> {
  const args = [...nodeFlags(), CHILD, String(PLACES), String(PER_NETWORK)]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  const said = v.parse(v.object({ pid: v.number(), addresses: v.array(v.string()) }), JSON.parse(String(value)))
  const find = (tail: RegExp) => said.addresses.find((text) => text.includes('/127.0.0.1/') && tail.test(text)) ?? ''
  const tails = { tcp: /tcp\/\d+$/, ws: /\d+\/ws$/, wss: /\/tls\/ws$/ }
  return {
    place: (kind) => ({ port: Number(/tcp\/(\d+)/.exec(find(tails[kind]))?.[1]), tls: kind === 'wss' }),
    address: (kind) =>
      kind === 'ip6' ? (said.addresses.find((text) => text.startsWith('/ip6/')) ?? '') : find(tails[kind]),
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${said.pid}/status`, 'utf8'))?.[1]) / 1_024,
  }
}

/** Comes as a peer does and waits for the first answer of libp2p. */
async function comeIn(t: TestContext, kind: Kind, place: Place, from: string): Promise<void> {
  const guest = await enter(t, place, from)
  if (kind !== 'tcp') {
    const answer = heard(guest, '\r\n\r\n')
    guest.socket.write(UPGRADE)
    await answer
    guest.socket.write(frameHeader(MULTISTREAM.length))
  }
  const answered = heard(guest, '/multistream/1.0.0')
  guest.socket.write(MULTISTREAM)
  await answered
}

async function upgraded(t: TestContext, place: Place): Promise<Stranger> {
  const guest = await enter(t, place)
  const answer = heard(guest, '\r\n\r\n')
  guest.socket.write(UPGRADE)
  assert.match(await answer, /^HTTP\/1.1 101/)
  return guest
}

const times = <Value>(count: number, make: (index: number) => Promise<Value>) =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)))

/** A busy machine runs few of them at a time. */
const AT_ONCE = { concurrency: true, skip, timeout: 120_000 }

describe('A2 lets a newcomer from a quiet network in while silent connections fill a libp2p listener', AT_ONCE, () => {
  for (const kind of KINDS) {
    it(kind, async (t) => {
      const child = await startChild(t)
      const place = child.place(kind)
      await times(PLACES, (index) => knock(t, place, `127.0.${index % 4}.1`))

      await comeIn(t, kind, place, '127.9.9.9')
    })
  }
})

describe(
  'A2 lets newcomers in although connections come one after another and more often than one network may',
  AT_ONCE,
  () => {
    for (const kind of KINDS) {
      it(kind, async (t) => {
        const child = await startChild(t)
        const place = child.place(kind)
        for (let round = 0; round < 5; round += 1) {
          const crowd = await times(PER_NETWORK + 5, () => knock(t, place))
          await comeIn(t, kind, place, `127.9.${round}.9`)
          await Promise.race(crowd.map(({ gone }) => gone))
        }
      })
    }
  },
)

describe('A2 lets who says nothing go after two seconds, and who trickles after five', AT_ONCE, () => {
  for (const kind of KINDS) {
    it(kind, async (t) => {
      const child = await startChild(t)
      const place = child.place(kind)
      // the header of a ClientHello, the start of a request, or of a line
      const words = {
        tcp: '\x13/multistr',
        ws: 'GET / HTTP/1.1\r\nHost',
        wss: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      }
      const [byte, ...bytes] = [...Buffer.from(words[kind], 'latin1')].map((one) => Buffer.from([one]))
      // the slow one came first: it would be the first to go if both were given the same time
      const slow = await knock(t, place)
      slow.socket.write(byte ?? '')
      trickle(slow, bytes, 700)
      const silent = await knock(t, place)

      const first = await Promise.race([silent.gone.then(() => 'silent'), slow.gone.then(() => 'slow')])
      const [silentMs, slowMs] = [await silent.gone, await slow.gone]

      assert.equal(first, 'silent')
      assert.ok(silentMs > FIRST_BYTE_MS - 100 && silentMs < FIRST_BYTE_MS + SLACK_MS, `silent: ${silentMs}`)
      assert.ok(slowMs > FIRST_BYTE_MS && slowMs < PENDING_MS + SLACK_MS, `trickling: ${slowMs}`)
    })
  }
})

describe('A1 has room for frames of 64 KiB before a key is proved, and for no byte more', AT_ONCE, () => {
  for (const kind of ['ws', 'wss'] as const) {
    it(kind, async (t) => {
      const child = await startChild(t)
      const place = child.place(kind)
      // the header alone: nobody has to read anything to know that it is too much; who stays within the limit has five seconds
      const within = await upgraded(t, place)
      within.socket.write(frameHeader(65_536))
      const beyond = await upgraded(t, place)
      beyond.socket.write(frameHeader(65_537))

      const first = await Promise.race([within.gone.then(() => 'within'), beyond.gone.then(() => 'beyond')])

      assert.equal(first, 'beyond')
    })
  }
})

describe('A1 cuts off who promises a giant frame, at its header, and keeps nothing of it', AT_ONCE, () => {
  for (const kind of ['ws', 'wss'] as const) {
    it(kind, async (t) => {
      const child = await startChild(t)
      const place = child.place(kind)
      const before = child.memory()
      // whoever only waits is cut off after five seconds; this one came first and is there still when the other has gone
      const waiting = await upgraded(t, place)
      const promising = await upgraded(t, place)
      promising.socket.write(frameHeader(100 * 1_048_576))
      const first = await Promise.race([promising.gone.then(() => 'promising'), waiting.gone.then(() => 'waiting')])
      assert.equal(first, 'promising')
      const flood = Buffer.alloc(1_048_576)
      await times(6, async () => {
        const guest = await upgraded(t, place)
        guest.socket.write(frameHeader(100 * 1_048_576))
        for (let mib = 0; mib < 90 && !guest.socket.destroyed; mib += 1) {
          if (!guest.socket.write(flood))
            await Promise.race([guest.gone, new Promise((resolve) => guest.socket.once('drain', resolve))])
        }
        assert.ok((await guest.gone) < PENDING_MS + SLACK_MS)
      })

      assert.ok(child.memory() - before < 60, `${before} MiB before, ${child.memory()} after`)
    })
  }
})

/** Every one of them is within the limit of a frame. */
const FLOODS: Readonly<Record<string, Buffer>> = {
  'one frame after another': Buffer.concat([frameHeader(32_768), Buffer.alloc(32_768)]),
  'fragments that never end': Buffer.concat([frameHeader(1, 0x02), Buffer.alloc(1)]),
  pings: Buffer.concat([frameHeader(125, 0x89), Buffer.alloc(125)]),
  'empty frames': frameHeader(0),
}
describe('A1 cuts off who floods instead of proving a key, and keeps nothing of it', AT_ONCE, () => {
  for (const kind of ['ws', 'wss'] as const) {
    for (const [what, flood] of Object.entries(FLOODS)) {
      it(`${kind}, ${what}`, async (t) => {
        const child = await startChild(t)
        const place = child.place(kind)
        const before = child.memory()
        const many = Buffer.concat(Array.from({ length: Math.ceil(262_144 / flood.length) }, () => flood))
        await times(10, async () => {
          const guest = await upgraded(t, place)
          for (let count = 0; count < 40 && !guest.socket.destroyed; count += 1) {
            if (!guest.socket.write(many))
              await Promise.race([guest.gone, new Promise((resolve) => guest.socket.once('drain', resolve))])
          }
          assert.ok((await guest.gone) < PENDING_MS + SLACK_MS)
        })

        assert.ok(child.memory() - before < 60, `${before} MiB before, ${child.memory()} after`)
      })
    }
  }
})

/** What a stranger writes over plain TCP, again and again. */
const WORDS: Readonly<Record<string, Buffer>> = {
  'questions for what we speak': Buffer.from('\x03ls\n'),
  'protocols that nobody speaks': Buffer.from('\x04/no\n'),
  'the first message of noise without end': Buffer.alloc(65_536, 0xff),
}

describe('A1 cuts off who floods over TCP instead of proving a key, and keeps nothing of it', AT_ONCE, () => {
  for (const [what, words] of Object.entries(WORDS)) {
    it(what, async (t) => {
      const child = await startChild(t)
      const place = child.place('tcp')
      const before = child.memory()
      const many = Buffer.concat(Array.from({ length: Math.ceil(262_144 / words.length) }, () => words))
      await times(10, async () => {
        const guest = await knock(t, place)
        // answers are not read either
        guest.socket.pause()
        guest.socket.write(MULTISTREAM)
        if (words.length > 1_024) guest.socket.write(Buffer.from('\x07/noise\n\xff\xff', 'latin1'))
        for (let count = 0; count < 40 && !guest.socket.destroyed; count += 1) {
          if (!guest.socket.write(many))
            await Promise.race([guest.gone, new Promise((resolve) => guest.socket.once('drain', resolve))])
        }
        guest.socket.resume()
        const goneMs = await guest.gone
        assert.ok(goneMs < PENDING_MS + SLACK_MS, `after ${goneMs} ms`)
      })

      assert.ok(child.memory() - before < 60, `${before} MiB before, ${child.memory()} after`)
    })
  }

  it('a message of noise that comes byte by byte', async (t) => {
    const child = await startChild(t)
    const place = child.place('tcp')
    const before = child.memory()
    await times(10, async () => {
      const guest = await knock(t, place)
      guest.socket.write(Buffer.concat([MULTISTREAM, Buffer.from('\x07/noise\n\xff\xff', 'latin1')]))
      for (let count = 0; count < 60_000 && !guest.socket.destroyed; count += 1) {
        if (!guest.socket.write('x'))
          await Promise.race([guest.gone, new Promise((resolve) => guest.socket.once('drain', resolve))])
        if (count % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      assert.ok((await guest.gone) < PENDING_MS + SLACK_MS)
    })

    assert.ok(child.memory() - before < 60, `${before} MiB before, ${child.memory()} after`)
  })
})

describe('a libp2p listener', AT_ONCE, () => {
  it('A3 keeps a few half-open TLS connections and little memory, however many come', async (t) => {
    const child = await startChild(t)
    const place = child.place('wss')
    const before = child.memory()
    const hello = Buffer.from('160301020001', 'hex')
    for (let round = 0; round < 20; round += 1) {
      await times(100, async (index) => {
        const { socket } = await knock(t, place, `127.${round}.${index}.1`)
        socket.write(hello)
      })
    }

    await comeIn(t, 'wss', place, '127.200.1.1')
    assert.ok(child.memory() - before < 60, `${before} MiB before, ${child.memory()} after`)
  })

  it('A2 shares its places between its listeners: who comes by IPv6 gets in while IPv4 fills them', async (t) => {
    const child = await startChild(t)
    await times(PLACES, (index) => knock(t, child.place('wss'), `127.0.${index % 4}.1`))
    const peer = await createHost({ privateKey: await generateKeyPair('Ed25519') })
    t.after(() => stopHost(peer))

    assert.ok((await peer.services.ping.ping(multiaddr(child.address('ip6')))) >= 0)
  })

  it('A2 keeps peers that have proved their key while strangers fill the house', async (t) => {
    const child = await startChild(t)
    const peer = await createHost({ privateKey: await generateKeyPair('Ed25519') })
    t.after(() => stopHost(peer))
    const connections = [
      await peer.dial(multiaddr(child.address('tcp'))),
      await peer.dial(multiaddr(child.address('ws')), { force: true }),
    ]

    for (const kind of KINDS) await times(PLACES, (index) => knock(t, child.place(kind), `127.1.${index}.1`))

    for (const connection of connections) {
      assert.ok((await peer.services.ping.ping(connection.remotePeer)) >= 0)
      assert.equal(connection.status, 'open')
    }
  })
})
