// A registrar over real quotas, a real store and the tables of two DNS servers, which a test makes fail one call at a time. What is
// dialled is said by the test.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import * as v from 'valibot'
import { silentLog } from '../../core/log.ts'
import { parseIp } from '../../proto/ip.ts'
import { autotlsName, challengeName } from '../../proto/names.ts'
import { createMetrics } from '../../servers/broker/metrics.ts'
import { createQuotas } from '../../servers/broker/quotas.ts'
import { createRegistrar } from '../../servers/broker/register.ts'
import { createValues } from '../../servers/broker/values.ts'
import { ServersConfig, WeekSection } from '../../servers/config.ts'
import { createChallengeTable } from '../../servers/dns/challenges.ts'
import { openWeek } from '../../servers/quota/week.ts'
import { openSqliteRegistrations } from '../../servers/store/sqlite-registrations.ts'
import { manualClock } from '../support/manual-clock.ts'
import { FORGE, VALUE } from './support.ts'
import type { DialBack } from '../../servers/broker/dial-back.ts'
import type { PeerId } from '@libp2p/interface'
import type { TestContext } from 'node:test'

/** What one of the DNS servers is asked, in its turn; it throws where the server is to fail. */
export type Interfere = (server: number, call: 'set' | 'remove' | 'show') => Promise<void> | void

export const BUSY_MS = 8_000

export async function registrarWorld(t: TestContext, limits: object = {}, week: object = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-registrar-'))
  const clock = manualClock()
  const section = v.parse(ServersConfig.entries.broker.wrapped, {
    ...{ url: 'https://registration.example.net', addressClasses: ['public'] },
    dnsServers: [{ control: '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWGzh2PzrNjA3hAWvyhcWE7ULBmVkQ5kYWHqrqgT8ViCzk' }],
    limits: { perPeerAndDay: 100, ...limits },
  })
  const open = () => {
    const zoneWeek = openWeek({ dir, section: v.parse(WeekSection, week), directory: undefined, clock })
    const store = openSqliteRegistrations(join(dir, 'broker.sqlite'))
    const quotas = createQuotas({ limits: section.limits, busyMs: BUSY_MS, week: zoneWeek, store, clock })
    return { zoneWeek, store, quotas, close: () => Promise.all([zoneWeek.close(), store.close()]) }
  }
  let opened = open()
  t.after(async () => {
    await opened.close()
    await rm(dir, { recursive: true })
  })
  const tables = [1, 2].map(() => createChallengeTable({ zone: FORGE, clock }))
  const set = { interfere: (() => undefined) as Interfere, dialBack: reachFirst }
  const atAll = async (
    call: 'set' | 'remove',
    work: (table: (typeof tables)[number]) => unknown,
    signal: AbortSignal,
  ) => {
    signal.throwIfAborted()
    const ended = Promise.withResolvers<never>()
    signal.addEventListener('abort', () => ended.reject(signal.reason))
    const calls = tables.map(async (table, server) => {
      await Promise.race([set.interfere(server, call), ended.promise])
      work(table)
    })
    for (const result of await Promise.allSettled(calls)) if (result.status === 'rejected') throw result.reason
  }
  const stopping = new AbortController()
  const metrics = createMetrics()
  const begin = ({ store, quotas }: ReturnType<typeof open>) => {
    const values = createValues({
      ...{ zone: FORGE, showMs: 1_000, store, clock, log: silentLog, stopping: stopping.signal },
      dns: {
        set: ({ name, value }, signal) => atAll('set', (table) => table.set(name, value, 3_600_000), signal),
        remove: ({ name, value }, signal) => atAll('remove', (table) => table.remove(name, value), signal),
        pin: async () => undefined,
      },
      preCheck: async () => {
        for (const server of [0, 1]) await set.interfere(server, 'show')
      },
    })
    return createRegistrar({
      access: () => undefined,
      ...{ section, quotas, values, store, metrics, clock, log: silentLog },
      denylist: { listWith: () => undefined, refresh: async () => undefined, state: () => [] },
      dialBack: (...asked) => set.dialBack(...asked),
    })
  }
  let registrar = begin(opened)
  return {
    ...{ clock, set, stopping, metrics },
    parts: () => opened,
    /** As a broker that was killed and started again. */
    async restart() {
      await opened.close()
      opened = open()
      registrar = begin(opened)
    },
    register: (peer: PeerId, more: Partial<Registering> = {}) => {
      const { value = VALUE, from = '203.0.113.9', at = ['1.1.1.1'], signal = new AbortController().signal } = more
      const ip = parseIp(from)
      const addresses = at.map((one) => `/ip4/${one}/tcp/1`)
      const body = Buffer.from(JSON.stringify({ value, addresses }))
      const caller = { ip, ips: ip ? [ip] : [] }
      return registrar({ peer, body, caller, agent: 'other', token: undefined, accountUri: undefined }, signal)
    },
    /** What each server has of a peer. */
    values: (peer: PeerId) => tables.map((table) => table.get(challengeName(autotlsName(peer, FORGE)))),
    async used() {
      const { newPeers, returning, week: all } = await opened.quotas.state()
      return { newPeers: newPeers.used, returning: returning.used, week: all.used }
    },
  }
}

interface Registering {
  readonly value: string
  /** The caller's address. */
  readonly from: string
  /** Public addresses that it names. */
  readonly at: readonly string[]
  readonly signal: AbortSignal
}

export async function newPeer(): Promise<PeerId> {
  return peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
}

/** Everybody is at the first address that they name. */
const reachFirst: DialBack = async (_peer, candidates) => {
  const [at] = candidates
  return at ? { kind: 'reached', at } : { kind: 'unreachable' }
}
