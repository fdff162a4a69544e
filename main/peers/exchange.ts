// The node's part in the exchange of records: answers from the book, asks whom it meets what is newer, and puts what comes into the book.
import { PEER_RECORDS_PROTOCOL } from '../../proto/protocols.ts'
import { countedLog } from '../../core/counted-log.ts'
import { peerOfMultihash } from '../../core/records/signer-key.ts'
import { type Meetings, startMeetings } from '../../core/exchange/meet.ts'
import { serveExchange } from '../../core/exchange/serve.ts'
import { allowedAddresses } from './told-addresses.ts'
import type { Clock } from '../../core/clock.ts'
import type { RecordSource } from '../../core/exchange/source.ts'
import type { Host } from '../../core/host.ts'
import type { Log } from '../../core/log.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { PeerBook } from './book/types.ts'

/** What the exchange needs. */
export interface ExchangeInit {
  readonly host: Host
  readonly book: Pick<PeerBook, 'add' | 'consume' | 'highestSeq'>
  readonly source: RecordSource
  /** Classes of addresses that are taken of peers without a record. */
  readonly addressClasses: readonly AddressClass[]
  readonly clock: Clock
  readonly log: Log
  /** Ends it. */
  readonly signal: AbortSignal
}

/** Begins to answer and to ask. */
export async function startExchange(init: ExchangeInit): Promise<Meetings> {
  const { host, book, source, clock, signal } = init
  const log = countedLog(init.log.child({ protocol: PEER_RECORDS_PROTOCOL }), clock)
  await serveExchange({ host, source, clock, log: init.log, signal })
  return startMeetings({
    ...{ host, source, clock, log: init.log, signal },
    highestSeq: (id) => {
      const peer = peerOfMultihash(Buffer.from(id, 'hex'))
      return peer && book.highestSeq(peer)
    },
    async take({ records, unsigned }, bringer) {
      const from = { provenance: 'exchange', bringer } as const
      const taken = await Promise.allSettled([
        ...records.map((record) => book.consume(record, from)),
        ...unsigned.map(({ peer, addresses }) => {
          const allowed = allowedAddresses(addresses, peer, init.addressClasses)
          return allowed.length > 0 ? book.add(peer, allowed, from) : undefined
        }),
      ])
      const failed = taken.find(({ status }) => status === 'rejected')
      if (failed?.status === 'rejected') log.warn({ error: String(failed.reason) }, 'a record was not taken')
    },
  })
}
