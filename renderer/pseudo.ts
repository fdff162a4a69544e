// The pseudo-locale for tests, apart from what people load.
import { en } from '../proto/text/en.ts'
import { pseudo } from '../proto/text/format.ts'
import type { MessageTable } from '../proto/text/index.ts'

/** English with accents, in brackets, a third longer: text that comes out plain was never looked up. */
export function pseudoTable(): MessageTable {
  return Object.fromEntries(Object.entries(en).map(([key, message]) => [key, pseudo(message)])) as MessageTable
}
