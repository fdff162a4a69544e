// What the roles remember, as an interface: the issue server's ledger, the DNS server's challenge values.
// Everything is asynchronous, so that a database on another machine can stand behind it.

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
  /** Why it failed: a code and a sentence. */
  readonly failure: string | undefined
}

/** A TXT value that an order has put into the DNS. */
export interface ChallengeValue {
  readonly name: string
  readonly value: string
}

/** A certificate that was issued. */
export interface CertificateRow {
  readonly peer: string
  readonly names: readonly string[]
  /** SHA-256 of the subject's public key (SPKI), hex. */
  readonly spki: string
  readonly chainPem: string
  readonly notAfter: number
  readonly renewFrom: number
  readonly renewUntil: number
}

/** The issue server's memory. */
export interface Ledger {
  openOrder(order: { readonly peer: string; readonly names: readonly string[]; readonly at: number }): Promise<number>
  setOrderUrl(id: number, url: string): Promise<void>
  closeOrder(id: number, state: Exclude<OrderState, 'open'>, at: number, failure?: string): Promise<void>
  orders(filter?: { readonly state?: OrderState; readonly peer?: string }): Promise<readonly OrderRow[]>
  /** Notes a TXT value before it is set, so that a crash cannot hide it. */
  addChallenge(orderId: number, challenge: ChallengeValue): Promise<void>
  removeChallenge(orderId: number, challenge: ChallengeValue): Promise<void>
  /** Every TXT value that may still be in the DNS. */
  challenges(): Promise<readonly (ChallengeValue & { readonly orderId: number })[]>
  saveCertificate(certificate: CertificateRow & { readonly orderId: number }): Promise<void>
  /** The newest certificate of exactly these names and this key. */
  findCertificate(key: Pick<CertificateRow, 'peer' | 'names' | 'spki'>): Promise<CertificateRow | undefined>
  /** Forgets certificates that ended before a moment, and orders that did. */
  forgetBefore(at: number): Promise<void>
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
  close(): Promise<void>
}
