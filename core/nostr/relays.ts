// Several relays at once: a question goes to all of them and is over when enough have answered, so that a dead one costs nothing; an
// event is published when two have taken it and it can be read back over a new connection, since some say OK and keep nothing.
import { EventError, newerFirst, type NostrEvent, readEvent, takeEvent } from './event.ts'
import { isRelayUrl } from './relay-url.ts'
import { type RelayDial, RelayError, type RelayTrouble, talkToRelay } from './relay-link.ts'
import { RELAY_LIST_KIND } from './name-facts.ts'
import type { Clock } from '../clock.ts'

/** What is asked. */
export interface EventFilter {
  readonly authors?: readonly string[]
  readonly ids?: readonly string[]
  readonly kinds?: readonly number[]
  readonly limit?: number
}

/** A relay to ask. */
export interface Relay {
  readonly url: string
  /** Somebody else named it, so it must be at a public address. */
  readonly named?: boolean
}

/** How a relay took part. `late`: others had answered by then. */
export interface RelayAnswer {
  readonly relay: string
  readonly state: 'answered' | 'late' | RelayTrouble
  readonly why: string | undefined
  /** Events that were verified. */
  readonly events: number
  readonly tookMs: number
}

/** How a relay took an event. */
export interface PublishAnswer extends RelayAnswer {
  readonly accepted: boolean
  /** It gave the event back over a new connection. */
  readonly readBack: boolean
}

/** What came of publishing. */
export interface Published {
  /** Two relays (all, where fewer are given) took it, and one of them gave it back. */
  readonly done: boolean
  readonly answers: readonly PublishAnswer[]
}

/** Relays, as a client uses them. */
export interface Relays {
  /**
   * Asks.
   *
   * @returns what was verified, of the asked authors and kinds; never throws for what relays do
   * @throws the signal's reason
   */
  query(
    filter: EventFilter,
    options: { readonly relays: readonly Relay[]; readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly events: readonly NostrEvent[]; readonly answers: readonly RelayAnswer[] }>
  /** Publishes, and reads back. @throws the signal's reason */
  publish(
    event: NostrEvent,
    options: { readonly relays: readonly Relay[]; readonly signal?: AbortSignal | undefined },
  ): Promise<Published>
}

/** What relays are reached with. */
export interface RelaysInit extends Omit<RelayDial, 'named'> {
  readonly clock: Clock
  /** Milliseconds that only count. */
  readonly monotonic: () => number
}

/** More are not asked at once: a person has a few, strangers name a few more. */
export const MAX_RELAYS = 12

/** Beyond this nobody is waited for, milliseconds. */
const QUERY_MS = 3_000
/** After the first that has something, the others have so long: it may be old, and theirs newer. */
const AFTER_FIRST_MS = 800
/** When so many have said all, the others have a little longer: two that lie are soon found. */
const MOST_SAID = 2
const AFTER_MOST_MS = 400
/** Where they had nothing, the one that has it may be slow. */
const AFTER_EMPTY_MS = 1_200
const PUBLISH_MS = 6_000
const OK_FROM = 2

/** What one relay may make us verify for one question; each takes about a millisecond. */
const MAX_VERIFIED = 60
const DEFAULT_LIMIT = 20

/** Makes them; nothing is connected before something is asked. */
export function createRelays(init: RelaysInit): Relays {
  const { clock, monotonic, trustAnchorPem, lookup } = init
  const dialFor = ({ named }: Relay): RelayDial => ({ trustAnchorPem, lookup, ...(named !== undefined && { named }) })

  /** Talks until it is over or the time is; what happened as a value. */
  const talk = async (
    relay: Relay,
    first: readonly unknown[],
    take: Parameters<typeof talkToRelay>[3],
    withinMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly state: RelayAnswer['state']; readonly why: string | undefined; readonly tookMs: number }> => {
    const began = monotonic()
    const over = new AbortController()
    const both = AbortSignal.any([over.signal, signal])
    const timer = clock.sleep(withinMs, both).then(
      () => over.abort(new RelayError('silent', `${relay.url} did not answer within ${withinMs / 1_000} s`)),
      () => undefined,
    )
    const took = () => Math.round(monotonic() - began)
    try {
      await talkToRelay(relay.url, dialFor(relay), first, take, both)
      return { state: 'answered', why: undefined, tookMs: took() }
    } catch (error) {
      if (error instanceof RelayError) return { state: error.trouble, why: error.message, tookMs: took() }
      return { state: 'late', why: undefined, tookMs: took() }
    } finally {
      over.abort()
      await timer
    }
  }

  const ask = async (relay: Relay, filter: EventFilter, found: Found, signal: AbortSignal): Promise<RelayAnswer> => {
    let events = 0
    let verified = 0
    const take: Parameters<typeof talkToRelay>[3] = (frame) => {
      if (frame.type === 'EOSE') return true
      if (frame.type === 'CLOSED')
        throw new RelayError('refused', `${relay.url} does not answer this: ${frame.message}`)
      if (frame.type !== 'EVENT') return false
      verified += 1
      if (verified > MAX_VERIFIED) throw new RelayError('misbehaved', `${relay.url} sends more than was asked for`)
      if (found.take(frame.event, filter)) events += 1
      return false
    }
    const limit = filter.limit ?? DEFAULT_LIMIT
    const result = await talk(relay, ['REQ', 'q', { ...filter, limit }], take, QUERY_MS, signal)
    return { relay: relay.url, ...result, events }
  }

  const readBack = async (event: NostrEvent, relay: Relay, signal: AbortSignal): Promise<boolean> => {
    const found = new Found()
    await ask(relay, { ids: [event.id], limit: 1 }, found, signal)
    return found.events().some(({ id }) => id === event.id)
  }

  const put = async (event: NostrEvent, relay: Relay, signal: AbortSignal): Promise<PublishAnswer> => {
    let accepted = false
    const take: Parameters<typeof talkToRelay>[3] = (frame) => {
      if (frame.type !== 'OK' || frame.id !== event.id) return false
      // it has what is the same or newer
      accepted = frame.accepted || frame.message.startsWith('duplicate:')
      if (!accepted) throw new RelayError('refused', `${relay.url} does not take it: ${frame.message}`)
      return true
    }
    const result = await talk(relay, ['EVENT', event], take, PUBLISH_MS, signal)
    const answer = { relay: relay.url, ...result, events: 0, accepted }
    return { ...answer, readBack: accepted && (await readBack(event, relay, signal)) }
  }

  return {
    async query(filter, { relays, signal = new AbortController().signal }) {
      const asked = pick(relays)
      const found = new Found()
      const enough = new AbortController()
      const both = AbortSignal.any([enough.signal, signal])
      let said = 0
      const endAfter = (ms: number) => {
        void clock.sleep(ms, both).then(
          () => enough.abort(new Error('the others had their time')),
          () => undefined,
        )
      }
      const work = asked.map(async (relay) => {
        const answer = await ask(relay, filter, found, both)
        if (answer.state === 'answered') said += 1
        const isEmpty = found.events().length === 0
        if (answer.state === 'answered' && said === MOST_SAID) endAfter(isEmpty ? AFTER_EMPTY_MS : AFTER_MOST_MS)
        if (answer.events > 0) endAfter(AFTER_FIRST_MS)
        return answer
      })
      const answers = await Promise.all(work)
      enough.abort()
      signal.throwIfAborted()
      return { events: found.events(), answers }
    },
    async publish(event, { relays, signal = new AbortController().signal }) {
      const asked = pick(relays)
      const answers = await Promise.all(asked.map((relay) => put(event, relay, signal)))
      signal.throwIfAborted()
      const accepted = answers.filter((answer) => answer.accepted)
      const needed = Math.min(OK_FROM, asked.length)
      const done = asked.length > 0 && accepted.length >= needed && accepted.some((answer) => answer.readBack)
      return { done, answers }
    },
  }
}

/**
 * The relays that an author writes to (NIP-65), as they say.
 *
 * @param events  verified, of one author; the newest list counts
 * @param most  how many are taken
 */
export function writeRelaysOf(events: readonly NostrEvent[], most: number): readonly Relay[] {
  const [list] = events.filter(({ kind }) => kind === RELAY_LIST_KIND).sort(newerFirst)
  const urls = (list?.tags ?? [])
    .filter(([name, url = '', way]) => name === 'r' && way !== 'read' && url.startsWith('wss:') && isRelayUrl(url))
    .map(([, url = '']) => new URL(url).href)
  return [...new Set(urls)].slice(0, most).map((url) => ({ url, named: true }))
}

/** Each relay once, those of the person first. */
function pick(relays: readonly Relay[]): readonly Relay[] {
  const byUrl = new Map<string, Relay>()
  for (const relay of [...relays].sort((a, b) => Number(a.named ?? false) - Number(b.named ?? false))) {
    if (isRelayUrl(relay.url) && !byUrl.has(relay.url)) byUrl.set(relay.url, relay)
  }
  return [...byUrl.values()].slice(0, MAX_RELAYS)
}

/** What relays brought for one question, each event verified once. */
class Found {
  readonly #byText = new Map<string, NostrEvent>()

  /** @returns whether it is one that was asked for */
  take(json: unknown, { authors, ids, kinds }: EventFilter): boolean {
    try {
      const { id, sig, pubkey, kind } = takeEvent(json)
      if (authors && !authors.includes(pubkey)) return false
      if (kinds && !kinds.includes(kind)) return false
      if (ids && !ids.includes(id)) return false
      // what another relay brought with the same words was verified by then
      const event = this.#byText.get(id + sig) ?? readEvent(json)
      const isSame = JSON.stringify(event) === JSON.stringify(takeEvent(json))
      if (!isSame) return false
      this.#byText.set(id + sig, event)
      return true
    } catch (error) {
      if (error instanceof EventError) return false
      throw error
    }
  }

  events(): readonly NostrEvent[] {
    const byId = new Map([...this.#byText.values()].map((event) => [event.id, event]))
    return [...byId.values()]
  }
}
