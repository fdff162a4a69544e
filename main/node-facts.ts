// What is known of the running node, for whoever shows it.
import type { CertificateBundle } from '../core/x509/index.ts'
import type { RenewalDecision } from '../core/acme/renewal.ts'
import type { Attempt } from './certificates/keeper.ts'
import type { FailedAttempt } from './certificates/retry.ts'
import type { HistoryEntry } from './certificates/history.ts'
import type { PeerAddress } from '../proto/api/index.ts'
import type { Verdict } from './reachability/verdict.ts'

/** One peer as the page lists it. */
export interface PeerFacts {
  readonly peerId: string
  readonly connected: boolean
  readonly pingMs: number | undefined
  /** Wall clock, milliseconds. */
  readonly lastSeenAt: number | undefined
  readonly addresses: readonly PeerAddress[]
}

/** What is known of the running node. Times are wall clock milliseconds. */
export interface NodeFacts {
  readonly peerId: string
  /** Announced, with /p2p/. */
  readonly addresses: readonly string[]
  readonly certificate: CertificateBundle | undefined
  /** Zone of the certificate, where it is another network's and stays until this one gave one. */
  readonly otherZone?: string | undefined
  /** Whether it leads to a root that this platform trusts; browsers do only then. */
  readonly trusted?: boolean | undefined
  readonly renewal: RenewalDecision | undefined
  readonly nextAttemptAt: number | undefined
  /** Of the last attempt; undefined after one that succeeded. */
  readonly failed: FailedAttempt | undefined
  /** The attempt under way. */
  readonly attempt: Attempt | undefined
  /** A network was chosen or configured. */
  readonly hasIssuer: boolean
  readonly verdict: Verdict | undefined
  readonly checking: boolean
  readonly ports: { readonly tcp: number | undefined; readonly wss: number | undefined }
  readonly peers: readonly PeerFacts[]
  /** More than are listed. @default as many */
  readonly knownPeers?: number | undefined
  /** Whether it takes part in the network's DHT. @default false */
  readonly dht?: boolean | undefined
  /** Newest last. */
  readonly history: readonly HistoryEntry[]
}
