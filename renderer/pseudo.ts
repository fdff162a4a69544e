// The pseudo-locale for tests, apart from what people load.
import { pseudo, type Message } from '../proto/text/format.ts'

/** English with accents, in brackets, a third longer: text that comes out plain was never looked up. */
export function pseudoTable(english: Readonly<Record<string, Message>>): Record<string, Message> {
  return Object.fromEntries(Object.entries(english).map(([key, message]) => [key, pseudo(message)]))
}
