// One client of the relay: its frames are read with limits, one after the other, and given to the library that knows the protocol. What
// costs us something (a frame, a signature, a search, an answer that is held) is counted for the client's network first (work.ts).
import { type Event, type IncomingMessage as RelayMessage, MessageType } from '@nostr-relay/common'
import { DELETION_KIND, MAX_AHEAD_S } from '../../core/nostr/name-facts.ts'
import { EventError, takeEvent } from '../../core/nostr/event.ts'
import { readNpub } from '../../proto/npub.ts'
import type { NostrRelay } from '@nostr-relay/core'
import type { Validator } from '@nostr-relay/validator'
import type { WebSocket } from 'ws'
import type { NostrRelaySection } from '../config/nostr-relay.ts'
import type { EventStore } from './store.ts'
import type { RelayWork } from './work.ts'
import type { NetworkRate } from '../quota/network-rate.ts'
import type { Clock } from '../../core/clock.ts'
import type { OneAtATime } from '../../core/lanes.ts'

/** Bytes of a frame: an event at its largest, and its wrapping. */
export const MAX_FRAME_BYTES = 128 * 1024

/** Frames of one client that wait for their turn; a client that sends more waits for our answers. */
const MAX_WAITING = 16

/** What a client may leave unread, bytes: an answer at its longest (store.ts). Whoever reads no more is cut off. */
const MAX_UNREAD_BYTES = 2 * 1024 * 1024
/** Below this nobody adds up what all of them leave unread. */
const LITTLE_UNREAD_BYTES = 64 * 1024

/** Filters of one question, and questions that stay open. */
const MAX_FILTERS = 4
export const MAX_SUBSCRIPTIONS = 8

/** What the validator lets through; a name needs one author and a few kinds. */
export const VALIDATOR_LIMITS = {
  maxTagValueLength: 8_192,
  maxNumberOfTags: 500,
  maxContentLength: 64 * 1024,
  maxSubscriptionIdLength: 64,
  maxFilterIdsLength: 50,
  maxFilterAuthorsLength: 50,
  maxFilterKindsLength: 20,
  maxFilterGenericTagsLength: 50,
} as const

/** What a client came to, for the figures. */
export type Outcome = 'kept' | 'refused' | 'answered' | 'misread' | 'limited'

/** What talking needs. */
export interface TalkInit {
  readonly relay: NostrRelay
  readonly validator: Validator
  readonly section: NostrRelaySection
  readonly events: NetworkRate
  readonly questions: NetworkRate
  readonly work: RelayWork
  /** Questions are answered one after the other, and what a search has cost is known after it. */
  readonly asking: OneAtATime
  readonly store: Pick<EventStore, 'searchedMs' | 'network'>
  readonly clock: Clock
  /** Events are kept one after the other, each for the network that brought it. */
  readonly keeping: OneAtATime
  readonly count: (outcome: Outcome) => void
}

/** Talks to a client until it goes. */
export function talkToClient(init: TalkInit, socket: WebSocket, network: string): void {
  const { relay, work, store } = init
  const gone = new AbortController()
  const unread = work.watch(network, socket)
  const authors = init.section.authors && new Set(init.section.authors.map((npub) => readNpub(npub)))
  let waiting = 0
  let last: Promise<void> = Promise.resolve()

  const send = (...frame: readonly unknown[]) => socket.readyState === socket.OPEN && socket.send(JSON.stringify(frame))
  // the library sends whatever it finds; whoever does not read it must not make us keep it
  const client = {
    get readyState() {
      return socket.readyState
    },
    send(data: string) {
      const { bufferedAmount } = socket
      if (bufferedAmount > MAX_UNREAD_BYTES || (bufferedAmount > LITTLE_UNREAD_BYTES && unread.isTooMuch()))
        socket.terminate()
      else socket.send(data)
    },
  }
  relay.handleConnection(client)
  socket.on('error', () => undefined)
  socket.on('close', () => {
    gone.abort(new Error('the client has gone'))
    unread.end()
    relay.handleDisconnect(client)
  })
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) return socket.close(1003, 'text only')
    waiting += 1
    if (waiting >= MAX_WAITING) socket.pause()
    last = last
      .then(() => work.frame(network, data.length, gone.signal))
      .then(() => take(data.toString('utf8')))
      .catch(() => init.count('misread'))
      .then(() => {
        waiting -= 1
        if (socket.isPaused && waiting < MAX_WAITING / 2) socket.resume()
      })
  })

  const take = async (text: string): Promise<void> => {
    if (socket.readyState !== socket.OPEN) return
    const message = await read(text)
    if (message === undefined) {
      init.count('misread')
      send('NOTICE', 'invalid: this is no message of a client (NIP-01)')
    } else if (message[0] === MessageType.EVENT) await takeEventOf(message[1])
    else if (message[0] === MessageType.REQ) await takeQuestion(message)
    else await relay.handleMessage(client, message)
  }

  const read = async (text: string): Promise<RelayMessage | undefined> => {
    try {
      return await init.validator.validateIncomingMessage(text)
    } catch {
      return undefined
    }
  }

  const takeEventOf = async (event: Event): Promise<void> => {
    const why = whyNotKept(event) ?? waitOf(init.events)
    if (why !== undefined) {
      init.count(why.startsWith('rate-limited') ? 'limited' : 'refused')
      return void send('OK', event.id, false, why)
    }
    await init.keeping(async () => {
      await work.signature(gone.signal)
      store.network = network
      const result = await relay.handleMessage(client, [MessageType.EVENT, event])
      init.count(result !== undefined && 'success' in result && result.success ? 'kept' : 'refused')
    })
  }

  const takeQuestion = async (message: RelayMessage): Promise<void> => {
    const [, id, ...filters] = message
    const why =
      filters.length > MAX_FILTERS
        ? `invalid: more than ${MAX_FILTERS} filters`
        : (comeAgain(work.searchWait(network)) ?? waitOf(init.questions))
    if (why !== undefined) {
      init.count('limited')
      return void send('CLOSED', id, why)
    }
    await init.asking(async () => {
      const before = store.searchedMs
      await relay.handleMessage(client, message)
      work.searched(network, store.searchedMs - before)
    })
    init.count('answered')
  }

  const waitOf = (rate: NetworkRate): string | undefined => comeAgain(rate(network))

  const whyNotKept = (event: Event): string | undefined => {
    try {
      takeEvent(event)
    } catch (error) {
      return `invalid: ${error instanceof EventError ? error.message : 'no event'}`
    }
    const { kinds } = init.section
    if (!kinds.includes(event.kind)) return `blocked: kind ${event.kind} is not kept here, but ${kinds.join(', ')} are`
    if (authors && !authors.has(event.pubkey)) return 'restricted: only those may write whom the operator has named'
    if (event.created_at > init.clock.now() / 1_000 + MAX_AHEAD_S)
      return 'invalid: it comes from the future; look at your clock'
    // without a thing to delete it would only take a place
    if (event.kind === DELETION_KIND && !event.tags.some(([name]) => name === 'e' || name === 'a'))
      return 'invalid: it deletes nothing'
    return undefined
  }
}

function comeAgain(waitMs: number): string | undefined {
  return waitMs > 0 ? `rate-limited: come again in ${Math.ceil(waitMs / 1_000)} s` : undefined
}
