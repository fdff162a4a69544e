// A server's part in the exchange: it holds what peers say of themselves when they connect and what is broadcast past it, and answers
// questions from that. It asks nobody.
import { countedLog } from '../counted-log.ts'
import { isAllowedAddress } from '../net/allowed-address.ts'
import { createHeldRecords, type HeldRecords } from '../records/held.ts'
import { serveExchange } from './serve.ts'
import type { Clock } from '../clock.ts'
import type { Bringer } from '../discovery/fair-map.ts'
import type { Host } from '../host.ts'
import type { Log } from '../log.ts'
import type { AddressClass } from '../net/address-class.ts'
import type { IdentifyResult, PeerId } from '@libp2p/interface'

/** What holding needs. */
export interface HoldInit {
  readonly host: Host
  /** Classes of addresses that are told. */
  readonly addressClasses: readonly AddressClass[]
  /** How a peer counts as the one who brought something. */
  readonly bringerOf: (peer: PeerId) => Bringer
  readonly clock: Clock
  readonly log: Log
  /** Ends it. */
  readonly signal: AbortSignal
}

/** Begins to hold and to answer. */
export async function holdRecords(init: HoldInit): Promise<HeldRecords> {
  const { host, addressClasses, clock, signal } = init
  const log = countedLog(init.log, clock)
  const held = createHeldRecords({
    ...{ self: host.peerId, clock },
    mayTell: (address, owner) => isAllowedAddress(address, owner, addressClasses),
  })
  const take = async ({ peerId, signedPeerRecord }: IdentifyResult): Promise<void> => {
    if (!signedPeerRecord) return
    const { peerRecordEnvelope } = await host.peerStore.get(peerId)
    if (peerRecordEnvelope) await held.takeEnvelope(peerRecordEnvelope, init.bringerOf(peerId))
  }
  const onIdentify = ({ detail }: CustomEvent<IdentifyResult>): void => {
    take(detail).catch((error: unknown) =>
      log.debug({ peer: detail.peerId.toString(), error: String(error) }, 'record not held'),
    )
  }
  host.addEventListener('peer:identify', onIdentify)
  signal.addEventListener('abort', () => host.removeEventListener('peer:identify', onIdentify), { once: true })
  await serveExchange({ host, source: held, clock, log: init.log, signal })
  return held
}
