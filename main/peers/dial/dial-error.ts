// A dial that led to nobody.
import type { DialReport } from './report.ts'

/** The peer was not reached; the report says what was tried. */
export class DialError extends Error {
  override readonly name = 'DialError'
  readonly report: DialReport
  /** What each address failed with. */
  readonly errors: readonly unknown[]

  constructor(message: string, report: DialReport, errors: readonly unknown[]) {
    super(message)
    this.report = report
    this.errors = errors
  }
}
