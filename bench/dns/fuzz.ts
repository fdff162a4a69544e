// Mutation fuzzing of an answerer, in process: `node bench/dns/fuzz.ts [messages]`. Seeds are queries of every kind; bytes
// are changed, cut and doubled by a generator with a seed, so that a failure can be repeated.
import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { TYPE } from '../../core/dns/constants.ts'
import type { DnsHandler } from '../../core/dns/index.ts'
import { queryFor } from './queries.ts'

export interface FuzzOptions {
  readonly messages: number
  readonly seed: number
}

export interface FuzzResult {
  readonly messages: number
  readonly answered: number
  /** The largest UDP reply as a multiple of its query; without CAA, which is never cut below 512 bytes. */
  readonly largestRatio: number
  readonly rcodes: ReadonlySet<number>
  readonly seconds: number
}

const OPT = Buffer.from('0000291000000000000000', 'hex')
const COOKIE_OPT = Buffer.from('000029100000008000000c000a00080102030405060708', 'hex')
const ID0 = 'pw4t9mvzh6onnp01f80botcm2pek713h2prwjb3qx6j9bnak4a4o8'
const BASE36 = 'k51qzi5uqu5diuci8bva7narzo109juvlfbckhzf3j2ljua2979b21rs6uyquk'
const LONGEST = '1111-2222-3333-4444-5555-6666-7777-8888'

/** Queries of every kind, each with and without EDNS. */
function seeds(): Buffer[] {
  const names = ['', 'ip.', 'ns1.', 'www.', 'ip41-2-3-4.ip.', 'ip62001-db8--1.ip.', `${ID0}.`, `${BASE36}.`]
  const below = [`1-2-3-4.${ID0}.`, `0--1.${BASE36}.`, `${LONGEST}.${ID0}.`, `bad.${ID0}.`]
  const all = [...names, ...below].flatMap((name) => [name, `_acme-challenge.${name}`])
  const types = [1, 2, 6, 16, 28, 252, 255, 257, 65]
  const queries = [...all.map((name) => `${name}example.net`), 'example.org', ''].flatMap((name) =>
    types.map((type) => queryFor(name, type)),
  )
  return queries.flatMap((query) => [query, withOpt(query, OPT), withOpt(query, COOKIE_OPT)])
}

function withOpt(query: Buffer, opt: Buffer): Buffer {
  const both = Buffer.concat([query, opt])
  both[11] = 1
  return both
}

/**
 * Fuzzes.
 *
 * @throws AssertionError with the message in hex where a rule is broken
 */
export function fuzzAnswerer(handle: DnsHandler, options: FuzzOptions): FuzzResult {
  const random = generator(options.seed)
  const queries = seeds()
  const query = Buffer.alloc(65_535)
  const out = Buffer.alloc(65_535)
  const rcodes = new Set<number>()
  let answered = 0
  let largestRatio = 0
  const began = performance.now()
  for (let count = 0; count < options.messages; count++) {
    const length = mutate(queries[random(queries.length)] ?? OPT, query, random)
    const transport = random(8) === 0 ? 'tcp' : 'udp'
    const written = attempt(handle, query, length, out, transport)
    if (written === 0) {
      if (length >= 12 && (query[2] ?? 0) < 0x80) fail('got no reply', query, length)
      continue
    }
    answered++
    const most = transport === 'tcp' ? 65_535 : 1232
    if (written < 12 || written > most) fail(`got ${written} bytes`, query, length)
    if (out[0] !== query[0] || out[1] !== query[1]) fail('got another id', query, length)
    if ((out[2] ?? 0) < 0x80) fail('got no reply flag', query, length)
    if (((out[2] ?? 0) ^ (query[2] ?? 0)) & 0x78) fail('got another opcode', query, length)
    if ((out[3] ?? 0) & 0xf0) fail('got flags that are not ours', query, length)
    const mayBeLonger = written <= 512 && isAboutCaa(out)
    if (transport === 'udp' && !mayBeLonger && written / length > largestRatio) largestRatio = written / length
    rcodes.add((out[3] ?? 0) & 15)
  }
  return { messages: options.messages, answered, largestRatio, rcodes, seconds: (performance.now() - began) / 1000 }
}

/** Whether a reply repeats a question for CAA. */
function isAboutCaa(reply: Buffer): boolean {
  let at = 12
  while ((reply[at] ?? 0) !== 0) at += (reply[at] ?? 0) + 1
  return reply[5] === 1 && reply.readUInt16BE(at + 1) === TYPE.CAA
}

function attempt(handle: DnsHandler, query: Buffer, length: number, out: Buffer, transport: 'udp' | 'tcp'): number {
  try {
    return handle(query, length, out, transport)
  } catch (error) {
    return fail(`threw ${String(error)}`, query, length)
  }
}

function fail(what: string, query: Buffer, length: number): never {
  assert.fail(`a message of ${length} bytes ${what}: ${query.toString('hex', 0, length)}`)
}

/** Writes a changed copy into `into`; returns its length. Nearly half of the copies only change in the name. */
function mutate(seed: Buffer, into: Buffer, random: (below: number) => number): number {
  let length = seed.copy(into)
  const changes = random(5)
  for (let change = 0; change < changes; change++) {
    switch (random(8)) {
      case 0:
        length = random(length + 1)
        break
      case 1: {
        const from = random(length + 1)
        const size = random(Math.min(40, length - from + 1))
        into.copy(into, length, from, from + size)
        length += size
        break
      }
      case 2:
        into[random(Math.max(12, length))] = random(256)
        break
      case 3:
        into[12 + random(Math.max(1, length - 12))] = [0, 1, 0x2d, 0x30, 0x3f, 0x40, 0xc0, 0xff][random(8)] ?? 0
        break
      default: {
        const at = 13 + random(Math.max(1, length - 30))
        into[at] = (into[at] ?? 0) ^ (1 << random(8))
      }
    }
  }
  return length
}

/** Numbers below a bound, the same for the same seed (xorshift). */
function generator(seed: number): (below: number) => number {
  let state = seed || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

if (import.meta.main) {
  const { createZoneAnswerer } = await import('../../servers/dns/answer.ts')
  const { benchZone } = await import('./queries.ts')
  const messages = Number(process.argv[2] ?? 10_000_000)
  const { config, challenges, clock } = benchZone()
  const { handle } = createZoneAnswerer(config, challenges, clock)
  const result = fuzzAnswerer(handle, { messages, seed: Date.now() & 0x7fffffff })
  console.log(JSON.stringify({ ...result, rcodes: [...result.rcodes].sort((a, b) => a - b) }))
}
