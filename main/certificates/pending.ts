// Where a node keeps the key of the certificate that it is asking for; what is kept and why stands in core.
import { join } from 'node:path'
import * as core from '../../core/certificates/pending-key.ts'
import type { Clock } from '../../core/clock.ts'

export type { KeyPurpose, PendingKey } from '../../core/certificates/pending-key.ts'

/** Makes the place of the pending key of a data folder. */
export function createPendingKey({ dir, clock }: { readonly dir: string; readonly clock: Clock }): core.PendingKey {
  return core.createPendingKey({ path: join(dir, 'certificate.pending.json'), clock })
}
