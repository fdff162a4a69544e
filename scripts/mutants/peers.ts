// Mutants of the statements of this table of docs/security.md.
import type { Mutants } from './mutant.ts'

export const PEERS: Mutants = {}
