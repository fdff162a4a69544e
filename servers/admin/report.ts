// What a role tells its operator: whether it is well in one sentence, the rest as a part of the page, and its figures.
import type { RoleName } from '../role.ts'
import type { Figure } from './figures.ts'
import type { Html } from './html.ts'

/** A role was asked for its report before it ran. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError'

  constructor(role: RoleName) {
    super(`the role ${role} does not run: start it first`)
  }
}

/** What one role says now. */
export interface RoleReport {
  readonly role: RoleName
  /** Of its part of the page. */
  readonly title: string
  /** What an operator who looks for a second should see. */
  readonly state: { readonly attention: boolean; readonly sentence: string }
  readonly content: Html
  readonly figures: readonly Figure[]
}
