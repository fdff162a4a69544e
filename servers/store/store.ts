// What the roles remember, as an interface: the issue server's ledger, the DNS server's challenge values.
// Everything is asynchronous, so that a database on another machine can stand behind it.
import type { DaySlot } from '../admin/day.ts'
import type { CertificatesPicture } from '../admin/report.ts'

/** How an order ended, or that it has not. */
export type OrderState = 'open' | 'issued' | 'failed' | 'interrupted'

/** One try to get a certificate for a peer. */
export interface OrderRow {
  readonly id: number
  readonly peer: string
  readonly names: readonly string[]
  readonly state: OrderState
  readonly startedAt: number
  readonly endedAt: number | undefined
  /** The CA's URL of the order, once there is one. */
  readonly orderUrl: string | undefined
  /** What is needed to go on with it after a crash; undefined in rows of older versions. */
  readonly work: OrderWork | undefined
  readonly charges: readonly Charge[]
  /** Why it failed: a code and a sentence. */
  readonly failure: string | undefined
}

/** What an order took of the budget: one place in a bucket. */
export interface Charge {
  readonly kind: ChargeKind
  readonly key: string
}
export type ChargeKind = 'zone' | 'names' | 'peer' | 'prefix'

/**
 * Buckets of orders: the account's at the CA, of a peer, of one machine and one network for new names, of a network for renewals,
 * and failed validations of a name.
 */
export type OrderLimitKind =
  'orders' | 'orders-peer' | 'orders-machine' | 'orders-network' | 'renewals-network' | 'failed'

/** What a moment is about: a bucket of the issue server that is empty then, or a CA that is not asked before. */
export type MomentKind = Exclude<ChargeKind, 'zone'> | OrderLimitKind | 'ca' | 'ca-names'

/** What an order is finished with: noted before the CA hears of it. */
export interface OrderWork {
  /** PKCS #10, DER. */
  readonly csr: Uint8Array
  /** SHA-256 of its public key (SPKI), hex. */
  readonly spki: string
  readonly profile: string | undefined
}

/** Who wants which names with which key. */
export type CertificateKey = Pick<CertificateRow, 'peer' | 'names' | 'spki'>

/** A TXT value that an order has put into the DNS. */
export interface ChallengeValue {
  readonly name: string
  readonly value: string
}

/** When the CA would like to see a renewal, as it last said. */
export interface StoredWindow {
  readonly renewFrom: number
  readonly renewUntil: number
  /** When the CA may be asked again. */
  readonly askAgainAt: number
  /** A page of the CA that says why. */
  readonly explanationUrl: string | undefined
}

/** A certificate that was issued. */
export interface CertificateRow extends StoredWindow {
  readonly peer: string
  readonly names: readonly string[]
  /** SHA-256 of the subject's public key (SPKI), hex. */
  readonly spki: string
  readonly chainPem: string
  /** Its ARI id; undefined where it does not name its issuer's key. */
  readonly certId: string | undefined
  /** The account at the CA that ordered it. */
  readonly account: string
  readonly notBefore: number
  readonly notAfter: number
}

/**
 * The issue server's memory of one CA: what another CA issued, counts or was asked for is not seen, because it is neither the
 * same certificate nor the same limit.
 */
export interface Ledger {
  openOrder(order: {
    readonly peer: string
    readonly names: readonly string[]
    readonly work: OrderWork
    readonly charges: readonly Charge[]
    readonly at: number
  }): Promise<number>
  /** Goes on with an order that was interrupted. */
  reopenOrder(id: number): Promise<void>
  setOrderUrl(id: number, url: string): Promise<void>
  /** Notes what an order holds of the budget now. */
  setCharges(id: number, charges: readonly Charge[]): Promise<void>
  closeOrder(id: number, state: 'failed' | 'interrupted', at: number, failure?: string): Promise<void>
  /**
   * Closes the order and keeps its certificate, both or neither: a crash in between would issue twice. Older certificates
   * of the same names count as replaced from now on.
   */
  finishOrder(id: number, certificate: CertificateRow, at: number): Promise<void>
  /** The newest order that the CA knows and that has not come to an end, of exactly these names and this key. */
  findUnfinished(key: CertificateKey, since: number): Promise<OrderRow | undefined>
  orders(filter?: { readonly state?: OrderState; readonly peer?: string }): Promise<readonly OrderRow[]>
  /** How many orders there are by their state. */
  counts(): Promise<Readonly<Record<OrderState, number>>>
  /** Orders of the last day by quarters of an hour, oldest first. */
  ordersOfDay(now: number): Promise<readonly DaySlot[]>
  /** Certificates that are good at a moment, and when they begin to renew. */
  certificates(now: number): Promise<CertificatesPicture>
  /** Notes a TXT value before it is set, so that a crash cannot hide it. */
  addChallenge(orderId: number, challenge: ChallengeValue): Promise<void>
  removeChallenge(orderId: number, challenge: ChallengeValue): Promise<void>
  /** Every TXT value that may still be in the DNS. */
  challenges(): Promise<readonly (ChallengeValue & { readonly orderId: number })[]>
  /** The newest certificate of exactly these names and this key. */
  findCertificate(key: CertificateKey): Promise<CertificateRow | undefined>
  /** The newest certificate of exactly these names that has an ARI id, has not ended and was not replaced. */
  findReplaceable(names: readonly string[], now: number): Promise<CertificateRow | undefined>
  findByCertId(certId: string): Promise<CertificateRow | undefined>
  /** Notes what the CA says now. */
  saveWindow(certId: string, window: StoredWindow): Promise<void>
  /** When a certificate of exactly these names was issued last, to whomever. */
  lastIssued(names: readonly string[]): Promise<number | undefined>
  moment(kind: MomentKind, key: string): Promise<number | undefined>
  setMoment(kind: MomentKind, key: string, at: number): Promise<void>
  /** Forgets certificates that ended before a moment, and orders that did. */
  forgetBefore(at: number): Promise<void>
  /** Forgets what is of no use any more, and gives room back to the disk: moments that are over, requests of old orders. */
  prune(now: number): Promise<void>
  close(): Promise<void>
}

/** How much of each CA's week is used, as the moment at which nothing of it is (quota/bucket.ts). */
export interface WeekStore {
  emptyAt(ca: string): Promise<number | undefined>
  /**
   * Changes the moment; nobody else reads or writes it in between, in whatever process.
   *
   * @param next  the new moment by the old one; undefined leaves it
   */
  change(ca: string, next: (emptyAt: number | undefined) => number | undefined): Promise<void>
  close(): Promise<void>
}

/** A TXT value and when it goes away. */
export interface StoredChallenge extends ChallengeValue {
  readonly expiresAt: number
}

/** The DNS server's memory. */
export interface ChallengeStore {
  all(): Promise<readonly StoredChallenge[]>
  set(challenge: StoredChallenge): Promise<void>
  remove(challenge: ChallengeValue): Promise<void>
  /** Accounts of AutoTLS peers: a name, and the value of its CAA record. */
  pins(): Promise<readonly ChallengeValue[]>
  /** Keeps a pin; one without a value is forgotten. */
  setPin(pin: ChallengeValue, at: number): Promise<void>
  /** Forgets pins that were set before a moment. */
  forgetPins(before: number): Promise<void>
  /** Who has had a session as a writer. */
  writers(): Promise<readonly DnsWriter[]>
  /** Notes that a writer has had one, and what it says about a kind of names where that is given. */
  setWriter(writer: string, issuers?: DnsWriter['issuers'][number]): Promise<void>
  forgetWriter(writer: string): Promise<void>
  close(): Promise<void>
}

/** An issue server or broker as a DNS server knows it. */
export interface DnsWriter {
  readonly writer: string
  /** Which CAs it uses for which kind of names: values of `issue` properties. */
  readonly issuers: readonly { readonly kind: string; readonly values: readonly string[] }[]
}
