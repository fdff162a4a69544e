// Which answer of the first question is chosen before a person has chosen: none is better than a wrong one, and nothing is chosen
// any more once they have.
import type { State } from '../proto/api/index.ts'

/** Where a certificate can come from. */
export type From = 'public' | 'invited' | 'sandbox'

/** What the page knows. */
export interface Known {
  /** What a person clicked. */
  readonly clicked: From | undefined
  /** Whether this is the first question, and not the wish for another network. */
  readonly first: boolean
  /** The invitation in the clipboard; null for none, undefined as long as nobody knows. */
  readonly clipboard: string | null | undefined
  /** Whether the public network answers; undefined where none is offered. */
  readonly broker: NonNullable<State['network']['public']>['broker'] | undefined
}

/** The answer that is chosen; undefined for none. */
export function chosenAnswer({ clicked, first, clipboard, broker }: Known): From | undefined {
  if (clicked !== undefined || !first) return clicked
  // what somebody has just copied says more than what most people have
  if (clipboard === undefined) return undefined
  if (clipboard !== null) return 'invited'
  return broker === 'answers' ? 'public' : undefined
}
