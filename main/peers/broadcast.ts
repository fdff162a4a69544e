// Tells the network where this node is: its signed record on the discovery topic, at the start, when addresses change, when
// somebody joins, and every few minutes. The same envelope is sent again and again until something changes, because every
// new sequence number makes every peer check and store it anew.
import { sealPeerRecord } from '../../core/records/peer-record.ts'
import { DISCOVERY_TOPIC } from '../../proto/protocols.ts'
import { withoutPeer } from '../node/node-host.ts'
import { allowedAddresses } from './told-addresses.ts'
import type { Clock } from '../../core/clock.ts'
import type { Host } from '../../core/host.ts'
import type { Log } from '../../core/log.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { Emit } from '../events.ts'
import type { SeqClock } from './seq-clock.ts'
import type { GossipSub } from '@libp2p/gossipsub'
import type { PrivateKey } from '@libp2p/interface'

/** What broadcasting needs. */
export interface BroadcastInit {
  readonly host: Host
  readonly pubsub: GossipSub
  readonly key: PrivateKey
  readonly seq: SeqClock
  readonly clock: Clock
  readonly log: Log
  readonly emit: Emit
  readonly addressClasses: readonly AddressClass[]
  readonly intervalMs: number
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

/** A record that says the same is sealed anew after this time, so that peers see that its owner still lives. */
export const MAX_RECORD_AGE_MS = 12 * 3_600_000

/** Peers join in groups (a router comes back), and js-libp2p tells every address on its own. */
export const DEBOUNCE_MS = 500

/** So that nodes that started together do not speak together: a fifth of the interval either way. */
const JITTER = 0.2

interface Sealed {
  readonly seq: bigint
  readonly envelope: Uint8Array
  readonly addresses: readonly string[]
  readonly at: number
}

/** Starts to broadcast; the topic must be joined already. */
export function startBroadcast(init: BroadcastInit): Broadcast {
  const { host, pubsub, clock, log } = init
  const random = init.random ?? Math.random
  const stopping = new AbortController()
  const { signal } = stopping
  let sealed: Sealed | undefined
  let turn: Promise<void> = Promise.resolve()
  let waiting = false

  const currentRecord = async (): Promise<Sealed | undefined> => {
    const told = allowedAddresses(
      host.getMultiaddrs().map((address) => withoutPeer(address)),
      host.peerId,
      init.addressClasses,
    )
    const addresses = told.map((address) => address.toString()).sort()
    const same = sealed !== undefined && sealed.addresses.join(' ') === addresses.join(' ')
    const age = sealed ? clock.now() - sealed.at : 0
    if (same && age >= 0 && age < MAX_RECORD_AGE_MS) return sealed
    if (addresses.length === 0 && !sealed) return undefined // nothing to say, and nothing said that must be withdrawn
    const seq = await init.seq.next()
    sealed = { seq, addresses, at: clock.now(), envelope: await sealPeerRecord(init.key, told, seq) }
    return sealed
  }

  const publishNow = async (): Promise<void> => {
    if (signal.aborted) return
    try {
      const record = await currentRecord()
      if (!record || signal.aborted) return
      await pubsub.publish(DISCOVERY_TOPIC, record.envelope)
      init.emit({ event: 'broadcast', seq: record.seq.toString(), addresses: record.addresses })
    } catch (error) {
      log.warn({ error: String(error) }, 'the record could not be broadcast; it is tried again at the next occasion')
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
      await clock.sleep(init.intervalMs * (1 - JITTER + 2 * JITTER * random()), signal)
      await publish()
    }
  }

  host.addEventListener('self:peer:update', publishSoon)
  pubsub.addEventListener('subscription-change', publishSoon)
  repeat().catch(() => undefined) // ends by the signal alone: publishing never rejects

  return {
    publish,
    async stop() {
      stopping.abort(new Error('the node stops'))
      host.removeEventListener('self:peer:update', publishSoon)
      pubsub.removeEventListener('subscription-change', publishSoon)
      await turn
    },
  }
}
