// One client of the relay: its frames are read with limits, one after the other, and given to the library that knows the protocol. What
// costs us something (a signature, a search, a place for a subscription) is counted for the client's network first.
import { type Event, type IncomingMessage as RelayMessage, MessageType } from '@nostr-relay/common'
import { DELETION_KIND, MAX_AHEAD_S } from '../../core/nostr/name-facts.ts'
import { EventError, takeEvent } from '../../core/nostr/event.ts'
import { readNpub } from '../../proto/npub.ts'
import type { NostrRelay } from '@nostr-relay/core'
import type { Validator } from '@nostr-relay/validator'
import type { WebSocket } from 'ws'
import type { NostrRelaySection } from '../config/nostr-relay.ts'
import type { NetworkRate } from '../quota/network-rate.ts'
import type { Clock } from '../../core/clock.ts'
import type { OneAtATime } from '../../core/lanes.ts'

/** Bytes of a frame: an event at its largest, and its wrapping. */
export const MAX_FRAME_BYTES = 128 * 1024

/** Frames of one client that wait for their turn; a client that sends more waits for our answers. */
const MAX_WAITING = 16

/** What a client may leave unread, bytes: two answers at their longest. Whoever reads no more is cut off. */
const MAX_UNREAD_BYTES = 2 * 1024 * 1024

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
  readonly clock: Clock
  /** Events are kept one after the other, each for the network that brought it. */
  readonly keeping: OneAtATime
  readonly forNetwork: (network: string) => void
  readonly count: (outcome: Outcome) => void
}

/** Talks to a client until it goes. */
export function talkToClient(init: TalkInit, socket: WebSocket, network: string): void {
  const { relay } = init
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
      if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate()
      else socket.send(data)
    },
  }
  relay.handleConnection(client)
  socket.on('error', () => undefined)
  socket.on('close', () => relay.handleDisconnect(client))
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) return socket.close(1003, 'text only')
    waiting += 1
    if (waiting >= MAX_WAITING) socket.pause()
    last = last
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
      init.forNetwork(network)
      const result = await relay.handleMessage(client, [MessageType.EVENT, event])
      init.count(result !== undefined && 'success' in result && result.success ? 'kept' : 'refused')
    })
  }

  const takeQuestion = async (message: RelayMessage): Promise<void> => {
    const [, id, ...filters] = message
    const why = filters.length > MAX_FILTERS ? `invalid: more than ${MAX_FILTERS} filters` : waitOf(init.questions)
    if (why !== undefined) {
      init.count('limited')
      return void send('CLOSED', id, why)
    }
    await relay.handleMessage(client, message)
    init.count('answered')
  }

  const waitOf = (rate: NetworkRate): string | undefined => {
    const waitMs = rate(network)
    return waitMs > 0 ? `rate-limited: come again in ${Math.ceil(waitMs / 1_000)} s` : undefined
  }

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
