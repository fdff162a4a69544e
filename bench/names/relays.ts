// How long a name takes by way of relays: from publishing an address to an answer elsewhere, and the first look-up where one relay is dead.
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { signEvent } from '../../core/nostr/event.ts'
import { makeNamingKey } from '../../core/nostr/keys.ts'
import { openNewestMemory } from '../../core/nostr/newest.ts'
import { createRelays } from '../../core/nostr/relays.ts'
import { openNameLookup } from '../../main/naming/lookup.ts'
import { startRelay } from '../../test/support/nostr-relay.ts'
import { summarize, type Summary } from '../summary.ts'

/** Milliseconds. */
export interface RelayTimes {
  /** From an address that has changed to an answer with it elsewhere: signed, kept, read back, looked up; without the half minute in which a node gathers changes. */
  readonly change: Summary
  /** A first look-up at five relays. */
  readonly alive: Summary
  /** The same where one of the five takes connections and says nothing. */
  readonly oneDead: Summary
}

const ROUNDS = 15
const LIMITS = { limits: { eventsPerPrefixAndMinute: 10_000, questionsPerPrefixAndMinute: 10_000 } }

/** Measures with five relays of ours on loopback. */
export async function benchRelays(signal: AbortSignal): Promise<RelayTimes> {
  const all = await Promise.all(Array.from({ length: 5 }, () => startRelay({ section: LIMITS })))
  const silent = createServer((socket) => void socket.on('error', () => undefined))
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const relays = createRelays({ clock: systemClock, monotonic: () => performance.now() })
  const urls = all.map(({ url }) => url)
  const withDead = [...urls.slice(0, 4), `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`]
  const key = makeNamingKey()
  const began = Math.floor(Date.now() / 1_000) - ROUNDS
  const publish = async (round: number) => {
    const tags = [['record', 'A', '@', `9.9.9.${round + 1}`, '', '', '', '', '', '', '60']]
    const event = signEvent({ kind: 11_111, content: '', created_at: began + round, tags }, key)
    await relays.publish(event, { relays: urls.map((url) => ({ url })), signal })
  }
  const firstLook = async (at: readonly string[], round: number) => {
    const newest = await openNewestMemory({ dir: undefined, log: silentLog })
    const lookup = await openNameLookup({
      ...{ relays, urls: at, newest, dir: undefined, clock: systemClock, log: silentLog },
    })
    const { state, facts } = await lookup.look(key.pubkey, { signal })
    if (state !== 'fresh' || facts?.createdAt !== began + round)
      throw new Error(`the name is ${state}, or an older one`)
  }
  const timed = async (work: () => Promise<void>) => {
    const start = performance.now()
    await work()
    return performance.now() - start
  }
  try {
    const times: Record<'change' | 'alive' | 'oneDead', number[]> = { change: [], alive: [], oneDead: [] }
    for (let round = 0; round <= ROUNDS; round++) {
      signal.throwIfAborted()
      const change = await timed(async () => {
        await publish(round)
        await firstLook(urls, round)
      })
      const alive = await timed(() => firstLook(urls, round))
      const oneDead = await timed(() => firstLook(withDead, round))
      // the first warms up
      if (round === 0) continue
      times.change.push(change)
      times.alive.push(alive)
      times.oneDead.push(oneDead)
    }
    return {
      ...{ change: summarize(times.change), alive: summarize(times.alive), oneDead: summarize(times.oneDead) },
    }
  } finally {
    silent.close()
    await Promise.all(all.map((relay) => relay.stop()))
  }
}
