// Our own signed record: one envelope that goes out by identify, its push, the broadcast, the exchange and the DHT alike. It is made anew
// when our addresses change, and twice a day so that peers see that its owner lives; otherwise it is the same bytes again and again,
// because every new number makes every peer check and store it anew.
// Faults of libraries that this is a way around (docs/upstream.md): seq-unit, own-envelope.
import { fittingAddresses, sealPeerRecord, type OpenedPeerRecord } from '../../core/records/peer-record.ts'
import { classOfAddress } from '../../core/net/announce-filter.ts'
import { oneAtATime } from '../../core/lanes.ts'
import { withoutPeer } from '../../core/net/own-address.ts'
import { allowedAddresses } from './told-addresses.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../../core/clock.ts'
import type { Host } from '../../core/host.ts'
import type { Log } from '../../core/log.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { SeqClock } from './seq-clock.ts'

/** What it needs. */
export interface OwnRecordInit {
  readonly host: Pick<Host, 'getMultiaddrs' | 'peerId' | 'peerStore' | 'addEventListener' | 'removeEventListener'>
  readonly key: PrivateKey
  readonly seq: SeqClock
  readonly clock: Clock
  readonly log: Log
  /** Which of our addresses are told; the host tells itself only what was seen from outside, or what a person vouches for. */
  readonly addressClasses: readonly AddressClass[]
}

/** A record that was sealed. */
export interface SealedRecord {
  readonly seq: bigint
  readonly envelope: Uint8Array
  readonly addresses: readonly string[]
  /** Wall clock, milliseconds. */
  readonly at: number
}

/** The record. */
export interface OwnRecord {
  /**
   * The record that holds now, sealed anew where it has to be.
   *
   * @returns undefined where there is nothing to say, and nothing was said that must be withdrawn
   * @throws FileError where its number cannot be kept
   */
  current(): Promise<SealedRecord | undefined>
  /** The last that was sealed. */
  last(): SealedRecord | undefined
  /** Others have a record of ours: where it is newer than what we know, ours is sealed above it. */
  learn(record: Pick<OpenedPeerRecord, 'seq'>): Promise<void>
  /** Called when another record was sealed. @returns a function that ends it */
  watch(listener: () => void): () => void
  stop(): void
}

/** A record that says the same is sealed anew after this time, so that peers see that its owner still lives. */
export const MAX_RECORD_AGE_MS = 12 * 3_600_000

/** Peers join in groups (a router comes back), and js-libp2p tells every address on its own. */
export const DEBOUNCE_MS = 500

/** Two nodes with the same key would outbid each other for ever; who came back from a backup learns once. */
export const LEARN_EVERY_MS = 10 * 60_000

/** Makes it, and seals the first one soon. */
export function createOwnRecord(init: OwnRecordInit): OwnRecord {
  const { host, clock, log } = init
  const stopping = new AbortController()
  const inTurn = oneAtATime()
  const listeners = new Set<() => void>()
  let sealed: SealedRecord | undefined
  let waiting = false
  let learntAt = -Infinity

  const seal = async (): Promise<SealedRecord | undefined> => {
    const all = host.getMultiaddrs().map((address) => withoutPeer(address))
    const told = fittingAddresses(bestFirst(allowedAddresses(all, host.peerId, init.addressClasses), host.peerId))
    const addresses = told.map((address) => address.toString()).sort()
    const same = sealed !== undefined && sealed.addresses.join(' ') === addresses.join(' ')
    const age = sealed ? clock.now() - sealed.at : 0
    if (same && age >= 0 && age < MAX_RECORD_AGE_MS) return sealed
    if (addresses.length === 0 && !sealed) return undefined
    const seq = await init.seq.next()
    const envelope = await sealPeerRecord(init.key, told, seq)
    sealed = { seq, addresses, envelope, at: clock.now() }
    // identify sends what stands there, and seals one of its own where nothing does
    await host.peerStore.patch(host.peerId, { peerRecordEnvelope: envelope })
    for (const listener of listeners) listener()
    return sealed
  }
  const current = (): Promise<SealedRecord | undefined> => inTurn(seal)

  const refresh = (): void => {
    if (waiting || stopping.signal.aborted) return
    waiting = true
    const soon = async () => {
      await clock.sleep(DEBOUNCE_MS, stopping.signal)
      waiting = false
      await current()
    }
    soon().catch((error: unknown) => {
      waiting = false
      if (!stopping.signal.aborted) log.warn({ error: String(error) }, 'our own record could not be sealed')
    })
  }
  host.addEventListener('self:peer:update', refresh)

  return {
    current,
    last: () => sealed,
    async learn({ seq }) {
      const age = clock.now() - learntAt
      if (seq <= (sealed?.seq ?? -1n) || (age >= 0 && age < LEARN_EVERY_MS)) return
      learntAt = clock.now()
      log.info(
        { seq: seq.toString() },
        'others know a newer record of this node: a backup, or a second node with its key',
      )
      await init.seq.learn(seq)
      // in turn: one that is being sealed meanwhile may have got its number before
      await inTurn(async () => {
        if (!sealed || sealed.seq > seq) return
        sealed = { ...sealed, at: -Infinity }
        await seal()
      })
    },
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stop() {
      stopping.abort(new Error('the node stops'))
      host.removeEventListener('self:peer:update', refresh)
    },
  }
}

/** What everybody can use before what is of use in one network, where there is no room for all; else as the host names them. */
function bestFirst(addresses: readonly Multiaddr[], owner: PeerId): Multiaddr[] {
  const isPublic = (address: Multiaddr) => classOfAddress(address, owner) === 'public'
  return [...addresses.filter((address) => isPublic(address)), ...addresses.filter((address) => !isPublic(address))]
}
