// One order at the CA, as those see it who run orders: what is given to whoever speaks with the CA, and what comes back.
import type { CertificateRow } from '../store/store.ts'
import type { Place } from './turns.ts'

/** What comes of an order. */
export type Issued = Omit<CertificateRow, 'peer' | 'names' | 'spki'>

/** What runs one ACME order; TXT values come and go through `dns01`. */
export type RunOrder = (order: {
  readonly names: readonly string[]
  readonly csr: Uint8Array
  readonly profile: string | undefined
  /** The CA's URL of an order to go on with. */
  readonly resume: string | undefined
  /** The certificate that this one replaces, and the account that ordered it: no other account may say so. */
  readonly replaces: { readonly certId: string; readonly account: string } | undefined
  readonly dns01: {
    set(name: string, value: string, signal: AbortSignal): Promise<void>
    remove(name: string, value: string, signal: AbortSignal): Promise<void>
    preCheck(name: string, value: string, signal: AbortSignal): Promise<void>
  }
  readonly onOrderUrl: (url: string) => Promise<void>
  readonly onStep: OnStep
  readonly signal: AbortSignal
}) => Promise<Issued>

/** What happens now; `place` where the order waits for its turn. */
export type OnStep = (step: string, detail?: string, place?: Place) => void
