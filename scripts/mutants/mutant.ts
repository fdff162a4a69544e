// A mutant: one place of the code broken on purpose, for a statement of docs/security.md. The statement's own tests have to notice it,
// or the page promises more than the tests show. One or more for each statement, in the file of its table.

/** One way to break a statement. */
export interface Mutant {
  /** Path from the top of the clone. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/** Mutants by the id of their statement. */
export type Mutants = Readonly<Record<string, readonly Mutant[]>>

/** Of how many places of a file a mutant is; it applies where that is one. */
export function placesOf({ find, replace }: Mutant, text: string): number {
  return find === '' || find === replace ? 0 : text.split(find).length - 1
}
