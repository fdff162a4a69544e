// Publishes this machine's name: within a minute after something has changed, at the start, daily, and where a look shows that relays have
// lost it. One event holds everything, so addresses and pins never disagree. Another machine that publishes with the same key
// is told, not fought: two that take the name from each other would both be unreachable half of the time.
import { newerFirst, type NostrEvent, signEvent } from '../../core/nostr/event.ts'
import { hasListsOfPeople, makeLegacyEvents, makeNameEvent, placeOf } from '../../core/nostr/name-events.ts'
import {
  DELETION_KIND,
  LEGACY_ADDRESS_KIND,
  LEGACY_CERTIFICATE_KIND,
  MAX_AHEAD_S,
  NAME_KIND,
} from '../../core/nostr/name-facts.ts'
import { sealNameBinding } from '../../core/records/name-binding.ts'
import { contentText, samePins, pinsOf, recordsOf, type Way } from './content.ts'
import type { NamingKey } from '../../core/nostr/keys.ts'
import type { NewestMemory } from '../../core/nostr/newest.ts'
import { afterAnswers, type PublisherState, unasked } from './relay-states.ts'
import { createTurns, untilNextMs } from './turns.ts'
import type { PublishAnswer, RelayAnswer, Relays } from '../../core/nostr/relays.ts'
import type { NameCertificate } from './certificate.ts'
import type { KeptName } from './kept.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

export type { PublisherState } from './relay-states.ts'

/** What it needs. */
export interface PublisherInit {
  readonly key: NamingKey
  readonly identity: { readonly key: PrivateKey; readonly peerId: PeerId }
  readonly certificate: NameCertificate
  readonly relays: Relays
  readonly urls: readonly string[]
  readonly newest: NewestMemory
  readonly kept: KeptName
  readonly legacy: boolean
  readonly allowPrivate: boolean
  /** How this machine is reached now. */
  readonly way: () => Way
  readonly clock: Clock
  readonly log: Log
  /** @default Math.random */
  readonly random?: () => number
  readonly onChange: () => void
  /** Called when relays have the name as it is now. */
  readonly onPublished?: (() => void) | undefined
}

/** Publishes. */
export interface NamePublisher {
  /** Begins; a change is looked for from now on. @param on  false where only a withdrawal is owed. @default true */
  start(on?: boolean): void
  /** Something may have changed: an address, a port, a pin. */
  look(): void
  /** Publishes now, also where another machine has. @throws the signal's reason */
  publishNow(signal?: AbortSignal): Promise<PublisherState>
  /** Publishes that there is nothing, and asks relays to forget. @throws the signal's reason */
  withdraw(signal?: AbortSignal): Promise<PublisherState>
  state(): PublisherState
  stop(): Promise<void>
}

/** Changes come in groups: an address goes, another comes. */
export const DEBOUNCE_MS = 30_000
const DAY_MS = 24 * 3_600_000
/** Between two looks whether relays still have it. */
export const LOOK_MS = 6 * 3_600_000
/** How long an event counts, seconds: a machine that is off for a week has no name. */
const EVENT_LIFE_S = 7 * 24 * 3_600
/** What is due is looked at so often. */
const TICK_MS = 10_000

/** Makes it; nothing is sent before `start`. */
export function createPublisher(init: PublisherInit): NamePublisher {
  const { key, identity, certificate, relays, urls, newest, kept, clock, log, onChange, random = Math.random } = init
  const stopping = new AbortController()
  const asked = urls.map((url) => ({ url }))
  const place = placeOf({ kind: NAME_KIND, pubkey: key.pubkey, tags: [] })
  newest.keep(key.pubkey)
  let state: PublisherState = {
    ...{ published: undefined, otherMachineAt: undefined, trouble: undefined, busy: false },
    relays: unasked(urls),
  }
  let running: Promise<void> | undefined
  /** Whether the name is to be there: after a withdrawal it is not. */
  let isOn = false
  /** The last content that was published whole, as text; and when each thing is due, milliseconds since 1970. */
  let told = ''
  let changedAt: number | undefined
  let dueAt = 0
  let lookAt = 0
  let failures = 0

  const note = (change: Partial<PublisherState>) => {
    state = { ...state, ...change }
    onChange()
  }

  const nowS = () => Math.floor(clock.now() / 1_000)

  const content = () => {
    const way = init.way()
    const records = recordsOf(way, key.npub, init.allowPrivate)
    return { records, pins: pinsOf(certificate.pins(), way.port), way }
  }
  const noteAnswers = (answers: readonly (RelayAnswer | PublishAnswer)[]) =>
    note({ relays: afterAnswers(state.relays, answers, clock.now()) })

  /** The newest event of the name that anybody knows of. */
  const newestEvent = async (signal: AbortSignal) => {
    const { events, answers } = await relays.query(
      { authors: [key.pubkey], kinds: [NAME_KIND] },
      { relays: asked, signal },
    )
    noteAnswers(answers)
    const usable = events.filter(({ created_at }) => created_at <= nowS() + MAX_AHEAD_S).sort(newerFirst)
    newest.remember(usable)
    return { event: usable[0], answers }
  }

  /** Whether the newest is of somebody else with this key, and still counts. */
  const isForeign = (event: NostrEvent | undefined): boolean => {
    const { last } = kept.get()
    if (!event || event.id === last?.id) return false
    const end = Number(event.tags.find(([name]) => name === 'expiration')?.[1] ?? 0)
    const isNewer = last?.pubkey !== key.pubkey || newerFirst(event, { created_at: last.createdAt, id: last.id }) < 0
    const says = event.tags.some(([name]) => name === 'record' || name === 'tlsa')
    return isNewer && says && end > nowS()
  }

  /** The time of the next event: later than whatever was seen, which a clock that is behind must not be kept from. */
  const nextSecond = (): number | undefined => {
    const at = Math.max(nowS(), (newest.seen(place)?.createdAt ?? 0) + 1)
    return at <= nowS() + MAX_AHEAD_S ? at : undefined
  }

  const send = async (event: NostrEvent, signal: AbortSignal): Promise<boolean> => {
    const { done, answers } = await relays.publish(event, { relays: asked, signal })
    noteAnswers(answers)
    return done
  }

  const publish = async (signal: AbortSignal, { force }: { readonly force: boolean }): Promise<boolean> => {
    const { event: seen } = await newestEvent(signal)
    if (!force && isForeign(seen)) {
      note({ otherMachineAt: (seen?.created_at ?? 0) * 1_000 })
      log.warn({ npub: key.npub }, 'another machine publishes this name: ours is not, until it is asked for')
      return true
    }
    const { records, pins, way } = content()
    if (records.length === 0) {
      note({ trouble: 'no-address' })
      return false
    }
    const createdAt = nextSecond()
    if (createdAt === undefined) {
      note({ trouble: 'clock' })
      return false
    }
    const expiresAt = createdAt + EVENT_LIFE_S
    const binding = await sealNameBinding(identity.key, key.pubkey)
    const event = makeNameEvent({ records, pins, peer: { id: identity.peerId, binding }, expiresAt, createdAt }, key)
    const last = ownLast()
    const sha256s = [...new Set(pins.map(({ sha256 }) => sha256))]
    const toldBefore = last && samePins(last.pins, sha256s) ? last.toldAt : undefined
    const keep = (toldAt: number | undefined) =>
      kept.set({
        last: {
          ...{ pubkey: key.pubkey, id: event.id, createdAt, withdrawn: false, pins: sha256s },
          ...(toldAt !== undefined && { toldAt }),
          legacy: last?.legacy ?? false,
        },
      })
    // before it is out: whoever stops in between must know it again
    await keep(toldBefore)
    const done = await send(event, signal)
    newest.remember([event])
    await newest.flush()
    const now = clock.now()
    if (done && toldBefore === undefined) await keep(now)
    if (!done) {
      note({ trouble: 'no-relay' })
      return false
    }
    told = contentText({ records, pins })
    init.onPublished?.()
    note({
      ...{ trouble: undefined, otherMachineAt: undefined },
      published: { at: now, records, pins: pins.map(({ sha256 }) => sha256), until: expiresAt * 1_000 },
    })
    if (init.legacy) await publishPair(way.ips, createdAt, signal)
    return true
  }

  /** The pair of the older layout, for an IPv4 address; refused where the key has lists of people in these kinds. */
  const publishPair = async (ips: readonly string[], createdAt: number, signal: AbortSignal): Promise<void> => {
    const kinds = [LEGACY_ADDRESS_KIND, LEGACY_CERTIFICATE_KIND]
    const { events, answers } = await relays.query({ authors: [key.pubkey], kinds }, { relays: asked, signal })
    // where nobody answers, nobody knows whether there are lists
    if (!answers.some((answer) => answer.state === 'answered')) return
    if (hasListsOfPeople(events)) return note({ trouble: 'lists' })
    const ip = recordsOf({ ips, port: 1 }, key.npub, init.allowPrivate).find(({ type }) => type === 'A')
    if (ip?.type !== 'A') return
    const pair = makeLegacyEvents({ ip: ip.address.text, pem: certificate.current().certPem, createdAt }, key)
    for (const event of pair) await relays.publish(event, { relays: asked, signal })
    const { last } = kept.get()
    if (last) await kept.set({ last: { ...last, legacy: true } })
  }

  /** The last event, where it is of this key. */
  const ownLast = () => {
    const { last } = kept.get()
    return last?.pubkey === key.pubkey ? last : undefined
  }

  const withdraw = async (signal: AbortSignal): Promise<boolean> => {
    const { event: seen } = await newestEvent(signal)
    const last = ownLast()
    const createdAt = nextSecond()
    if (createdAt === undefined) {
      note({ trouble: 'clock' })
      return false
    }
    const nothing = makeNameEvent({ records: [], pins: [], expiresAt: createdAt + EVENT_LIFE_S, createdAt }, key)
    const done = seen === undefined && last === undefined ? true : await send(nothing, signal)
    newest.remember([nothing])
    if (last?.legacy === true) {
      for (const kind of [LEGACY_ADDRESS_KIND, LEGACY_CERTIFICATE_KIND]) {
        const empty = signEvent({ kind, tags: [['d', '']], content: '', created_at: createdAt }, key)
        await relays.publish(empty, { relays: asked, signal })
      }
    }
    if (seen) {
      const targets = [...new Set([seen.id, ...(last ? [last.id] : [])])].map((id) => ['e', id])
      await relays.publish(signEvent({ kind: DELETION_KIND, tags: targets, content: '', created_at: createdAt }, key), {
        relays: asked,
        signal,
      })
    }
    await newest.flush()
    // what no relay has taken is still owed
    if (done)
      await kept.set({
        last: { pubkey: key.pubkey, id: nothing.id, createdAt, withdrawn: true, pins: [], legacy: false },
      })
    told = ''
    note({ published: undefined, trouble: done ? undefined : 'no-relay', otherMachineAt: undefined })
    return done
  }

  const inTurn = createTurns((busy) => note({ busy }))

  const after = (done: boolean) => {
    const now = clock.now()
    failures = done ? 0 : failures + 1
    const wait = untilNextMs({ done, failures, random })
    dueAt = now + wait
    lookAt = now + LOOK_MS
    changedAt = undefined
  }

  const attempt = (force: boolean, signal: AbortSignal) =>
    inTurn(async () => {
      // what this attempt is about is no change any more, whatever comes of it
      told = contentText(content())
      try {
        after(await publish(signal, { force }))
      } catch (error) {
        after(false)
        throw error
      }
    })

  const takeBack = (signal: AbortSignal) =>
    inTurn(async () => {
      let done = false
      try {
        done = await withdraw(signal)
      } finally {
        after(done)
      }
    })

  const tick = async (): Promise<void> => {
    const now = clock.now()
    const { last } = kept.get()
    const toldAt = last?.pubkey === key.pubkey && samePins(last.pins, certificate.pins()) ? last.toldAt : undefined
    if (await certificate.tend(toldAt)) dueAt = 0
    if (!isOn) {
      if (ownLast()?.withdrawn === false && now >= dueAt) await takeBack(stopping.signal)
      return
    }
    // a clock that was set back must not silence the name until it has come again
    dueAt = Math.min(dueAt, now + DAY_MS)
    lookAt = Math.min(lookAt, now + LOOK_MS)
    const isOther = contentText(content()) !== told
    if (isOther && state.published !== undefined) changedAt ??= now
    if (!isOther) changedAt = undefined
    const isChanged = changedAt !== undefined && now - changedAt >= DEBOUNCE_MS
    if (now >= dueAt || isChanged) return await attempt(false, stopping.signal)
    if (now >= lookAt && state.published !== undefined) {
      lookAt = now + LOOK_MS
      const { event } = await newestEvent(stopping.signal)
      const missing = event?.id !== kept.get().last?.id || state.relays.some((relay) => relay.state !== 'kept')
      if (missing) dueAt = 0
    }
  }

  const run = async (): Promise<void> => {
    const { signal } = stopping
    while (!signal.aborted) {
      await tick().catch((error: unknown) => {
        if (!signal.aborted) log.warn({ error: String(error) }, 'the name could not be looked after')
      })
      await clock.sleep(TICK_MS, signal).catch(() => undefined)
    }
  }

  const signalOf = (signal?: AbortSignal) => (signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal)

  return {
    start(on = true) {
      isOn = on
      running ??= run()
    },
    look: () =>
      void (
        state.trouble !== undefined &&
        state.trouble !== 'lists' &&
        (dueAt = Math.min(dueAt, clock.now() + DEBOUNCE_MS))
      ),
    async publishNow(signal) {
      isOn = true
      await attempt(true, signalOf(signal))
      return state
    },
    async withdraw(signal) {
      isOn = false
      await takeBack(signalOf(signal))
      return state
    },
    state: () => state,
    async stop() {
      stopping.abort(new Error('the node stops'))
      await running
      await inTurn.settled()
    },
  }
}
