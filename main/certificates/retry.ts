// Where a node keeps the date of its next attempt to get a certificate; what is kept and why stands in core.
import { join } from 'node:path'
import * as core from '../../core/certificates/retry-date.ts'

export type { Change, FailedAttempt, RetryDate, RetryState } from '../../core/certificates/retry-date.ts'

/** What the stored date needs. */
export interface RetryDateInit extends Omit<core.RetryDateInit, 'path'> {
  readonly dir: string
}

/** Reads the stored date of a data folder; one that cannot be read counts as none. */
export function loadRetryDate(init: RetryDateInit): Promise<core.RetryDate> {
  return core.loadRetryDate({ ...init, path: retryPath(init.dir) })
}

/** What is stored of the last failure; undefined where there was none since the last success. */
export function readRetryState(dir: string): Promise<core.RetryState | undefined> {
  return core.readRetryState(retryPath(dir))
}

function retryPath(dir: string): string {
  return join(dir, 'certificate.retry.json')
}
