// The book beside a model that is so simple that it cannot be wrong: sets of addresses with the time when each ends. Twenty sources speak,
// in any order, of one peer, while time goes by and connections come and go; after each word both must know the same.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import * as fc from 'fast-check'
import { CERTIFIED_FOR_MS, BELIEVED_FOR_MS } from '../../main/peers/book/limits.ts'
import { openPeerRecord, sealPeerRecord } from '../../core/records/peer-record.ts'
import { manualClock, newIdentity, NOW } from '../main/support.ts'
import { address, bookScene, SEQ } from './book-scene.ts'
import type { PeerBook } from '../../main/peers/book/index.ts'
import type { Provenance, RecordVia, Teller } from '../../main/peers/book/types.ts'

const HOUR_MS = 3_600_000
const PORTS = [1, 2, 3, 4, 5, 6] as const
const SEQS = 5
const TELLERS: readonly Teller[] = ['user', 'identify', 'exchange', 'dht', 'broadcast', 'observed']
const WAYS: readonly RecordVia[] = ['identify', 'exchange', 'dht', 'broadcast']

type Step =
  | { readonly do: 'record'; readonly seq: number; readonly via: RecordVia; readonly source: number }
  | { readonly do: 'tell'; readonly by: Teller; readonly ports: readonly number[]; readonly source: number }
  | { readonly do: 'remove'; readonly port: number | undefined }
  | { readonly do: 'dial'; readonly port: number; readonly ok: boolean }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'connect'; readonly isThere: boolean }
  | { readonly do: 'restart' }

/** The ports that the record of each number names; number 4 names none. */
const RECORDS = [[1, 2], [2, 3, 4], [5], [1, 6], []] as const

class Model {
  now = NOW
  isThere = false
  highest = -1
  heardMs = -Infinity
  /** By provenance and port: when it ends. */
  readonly ends = new Map<Provenance, Map<number, number>>()

  of(provenance: Provenance): Map<number, number> {
    const found = this.ends.get(provenance) ?? new Map<number, number>()
    this.ends.set(provenance, found)
    return found
  }

  expire(): void {
    for (const ports of this.ends.values()) for (const [port, end] of ports) if (end <= this.now) ports.delete(port)
  }

  do(step: Step): void {
    this.expire()
    if (step.do === 'record') this.record(step.seq)
    else if (step.do === 'tell') this.tell(step.by, step.ports)
    else if (step.do === 'remove') {
      for (const port of [...this.of('user').keys()]) if (port === (step.port ?? port)) this.of('user').delete(port)
    } else if (step.do === 'wait') this.now += step.ms
    else if (step.do === 'dial') {
      const isKnown = [...this.ends.values()].some((ports) => ports.has(step.port))
      if (step.ok && !isKnown) this.tell('observed', [step.port])
    } else if (step.do === 'restart') {
      this.isThere = false
      this.end()
    } else {
      this.isThere = step.isThere
      if (!this.isThere) this.end()
      else for (const port of this.of('identify').keys()) this.of('identify').set(port, Infinity)
    }
    this.expire()
  }

  end(): void {
    const told = this.of('identify')
    for (const [port, end] of told) if (end === Infinity) told.set(port, this.now + HOUR_MS)
  }

  record(seq: number): void {
    const isHeld = this.now < this.heardMs + CERTIFIED_FOR_MS
    if (seq < this.highest) return
    if (seq > this.highest || !isHeld) this.ends.set('certified', new Map())
    this.highest = seq
    this.heardMs = this.now
    for (const port of RECORDS[seq] ?? []) this.of('certified').set(port, this.now + CERTIFIED_FOR_MS)
  }

  tell(by: Teller, ports: readonly number[]): void {
    const told = this.of(by)
    const lasts = by === 'user' || (by === 'identify' && this.isThere)
    const end = lasts ? Infinity : this.now + (BELIEVED_FOR_MS[by] ?? 0)
    if (by === 'identify') for (const port of [...told.keys()]) if (!ports.includes(port)) told.delete(port)
    for (const port of ports) told.set(port, Math.max(told.get(port) ?? 0, end))
  }

  known(): readonly string[] {
    return [...this.ends]
      .flatMap(([provenance, ports]) => [...ports].map(([port, end]) => `${port} ${provenance} ${end}`))
      .toSorted()
  }
}

const steps = fc.array(
  fc.oneof(
    fc.record({
      ...{ do: fc.constant('record' as const), seq: fc.nat({ max: SEQS - 1 }) },
      ...{ via: fc.constantFrom(...WAYS), source: fc.nat({ max: 19 }) },
    }),
    fc.record({
      ...{ do: fc.constant('tell' as const), by: fc.constantFrom(...TELLERS), source: fc.nat({ max: 19 }) },
      ports: fc.uniqueArray(fc.constantFrom(...PORTS), { maxLength: 4 }),
    }),
    fc.record({ do: fc.constant('remove' as const), port: fc.option(fc.constantFrom(...PORTS), { nil: undefined }) }),
    fc.record({ do: fc.constant('dial' as const), port: fc.constantFrom(...PORTS), ok: fc.boolean() }),
    fc.record({
      ...{ do: fc.constant('wait' as const) },
      ms: fc.constantFrom(1, 1_000, HOUR_MS, 24 * HOUR_MS, CERTIFIED_FOR_MS - HOUR_MS, CERTIFIED_FOR_MS),
    }),
    fc.record({ do: fc.constant('connect' as const), isThere: fc.boolean() }),
    fc.record({ do: fc.constant('restart' as const) }),
  ),
  { minLength: 20, maxLength: 40 },
)

/** What the book knows, in the words of the model. */
function knownTo(book: PeerBook, peer: Parameters<PeerBook['addresses']>[0]): readonly string[] {
  return book
    .addresses(peer)
    .flatMap(({ address: at, sources }) => {
      const port = at.getComponents().find(({ name }) => name === 'tcp')?.value
      return sources.map(({ provenance, untilMs = Infinity }) => `${port} ${provenance} ${untilMs}`)
    })
    .toSorted()
}

async function scene(t: TestContext) {
  const peer = await newIdentity()
  const records = await Promise.all(
    RECORDS.map(async (ports, seq) =>
      openPeerRecord(await sealPeerRecord(peer.key, ports.map(address), SEQ + BigInt(seq)), NOW),
    ),
  )
  const { open } = await bookScene(t)
  return { peer: peer.peerId, records, open }
}

describe('the book and a model of it', () => {
  test('know the same after any words of twenty sources, in whatever order they come', async (t) => {
    const { peer, records, open } = await scene(t)
    const run = async (all: readonly Step[], store: string): Promise<void> => {
      const model = new Model()
      const clock = manualClock()
      const parts = { clock, dir: store, isConnected: () => model.isThere }
      let book = await open(parts)
      for (const step of all) {
        const before = { highest: book.highestSeq(peer) ?? -1n, users: model.of('user').size }
        const bringer = { network: '', neighbour: 'source' in step ? String(step.source) : '' }
        model.do(step)
        if (step.do === 'record') {
          const record = records[step.seq]
          if (record) await book.consume(record, { provenance: step.via, bringer })
        } else if (step.do === 'tell') {
          await book.add(peer, step.ports.map(address), { provenance: step.by, bringer })
        } else if (step.do === 'remove') {
          await book.remove(peer, step.port === undefined ? undefined : address(step.port))
        } else if (step.do === 'dial') {
          const failed = { kind: 'failed', reason: 'nobody there' } as const
          book.observe(peer, address(step.port), step.ok ? { kind: 'reached', latencyMs: 5 } : failed)
        } else if (step.do === 'wait') clock.set(model.now)
        else if (step.do === 'connect') book.connected(peer, step.isThere)
        else {
          await book.stop()
          book = await open(parts)
        }
        assert.deepEqual(knownTo(book, peer), model.known(), JSON.stringify(step))
        const isHeld = model.now < model.heardMs + CERTIFIED_FOR_MS
        const [told] = book.signedRecords([peer])
        assert.equal(told !== undefined && 'envelope' in told, isHeld, 'the record is there as long as it counts')
        const highest = book.highestSeq(peer) ?? -1n
        assert.equal(highest, model.highest < 0 ? -1n : SEQ + BigInt(model.highest))
        assert.ok(highest >= before.highest, 'the highest number never falls')
        if (step.do !== 'remove') assert.ok(model.of('user').size >= before.users, 'what a person typed in never ends')
      }
      await book.stop()
    }
    let runs = 0
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { dir } = await bookScene(t)
        await run(all, `${dir}/${++runs}`)
      }),
      { numRuns: 60, includeErrorInReport: true },
    )
  })
})
