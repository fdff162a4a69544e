// Tells the network where this node is: its signed record on the discovery topic, at the start, when it is another one, when somebody
// joins, and every few minutes.
import { DISCOVERY_TOPIC } from '../../proto/protocols.ts'
import { DEBOUNCE_MS, type OwnRecord } from './own-record.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Emit } from '../events.ts'
import type { GossipSub } from '@libp2p/gossipsub'

/** What broadcasting needs. */
export interface BroadcastInit {
  readonly own: OwnRecord
  readonly pubsub: GossipSub
  readonly clock: Clock
  readonly log: Log
  readonly emit: Emit
  readonly intervalMs: number
  /** Of how many peers a broadcast is remembered. @default none */
  readonly heard?: (() => number) | undefined
  /** A number from 0 to 1, for the jitter. @default Math.random */
  readonly random?: (() => number) | undefined
}

/** A running broadcast. */
export interface Broadcast {
  /** Publishes now, a new record where the addresses have changed. */
  publish(): Promise<void>
  /** Ends it; nothing is published after. */
  stop(): Promise<void>
}

/** So that nodes that started together do not speak together: a fifth of the interval either way. */
const JITTER = 0.2

/** A network of so many is repeated in the interval; with more, what a home spends on the topic would grow with their number. */
const HEARD_AT_EASE = 100

/** Who was not heard for a day and two hours is taken for gone, and identify and the exchange tell the same meanwhile. */
const MAX_INTERVAL_MS = 6 * 3_600_000

/** How long to wait with the next repetition: a thousand nodes at five minutes cost each of them 92 MB an hour, at fifty a tenth of it. */
export function intervalFor(intervalMs: number, heard: number): number {
  return Math.max(intervalMs, Math.min(MAX_INTERVAL_MS, (intervalMs * heard) / HEARD_AT_EASE))
}

/** Starts to broadcast; the topic must be joined already. */
export function startBroadcast(init: BroadcastInit): Broadcast {
  const { own, pubsub, clock, log } = init
  const random = init.random ?? Math.random
  const stopping = new AbortController()
  const { signal } = stopping
  let turn: Promise<void> = Promise.resolve()
  let waiting = false
  let publishing = false

  const publishNow = async (): Promise<void> => {
    if (signal.aborted) return
    publishing = true
    try {
      const record = await own.current()
      if (!record || signal.aborted) return
      await pubsub.publish(DISCOVERY_TOPIC, record.envelope)
      init.emit({ event: 'broadcast', seq: record.seq.toString(), addresses: record.addresses })
    } catch (error) {
      log.warn({ error: String(error) }, 'the record could not be broadcast; it is tried again at the next occasion')
    } finally {
      publishing = false
    }
  }
  const publish = (): Promise<void> => {
    turn = turn.then(publishNow)
    return turn
  }

  const publishSoon = () => {
    if (waiting || signal.aborted) return
    waiting = true
    const soon = async () => {
      await clock.sleep(DEBOUNCE_MS, signal)
      waiting = false
      await publish()
    }
    soon().catch(() => undefined) // stopped while waiting
  }

  const repeat = async () => {
    await publish()
    for (;;) {
      await clock.sleep(
        intervalFor(init.intervalMs, init.heard?.() ?? 0) * (1 - JITTER + 2 * JITTER * random()),
        signal,
      )
      await publish()
    }
  }

  const unwatch = own.watch(() => {
    // a record that is sealed to be published is published as it is
    if (!publishing) void publish()
  })
  pubsub.addEventListener('subscription-change', publishSoon)
  repeat().catch(() => undefined) // ends by the signal alone: publishing never rejects

  return {
    publish,
    async stop() {
      stopping.abort(new Error('the node stops'))
      unwatch()
      pubsub.removeEventListener('subscription-change', publishSoon)
      await turn
    },
  }
}
