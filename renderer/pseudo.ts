// The pseudo-locales for tests, apart from what people load.
import { mirrored, pseudo, type Message } from '../proto/text/format.ts'

/**
 * English with accents, in brackets, a third longer: text that comes out plain was never looked up. Or from right to left: what is
 * cut, or runs into its neighbours, was never thought of that way.
 */
export function pseudoTable(
  english: Readonly<Record<string, Message>>,
  language: 'en-XA' | 'ar-XB',
): Record<string, Message> {
  const change = language === 'ar-XB' ? mirrored : pseudo
  return Object.fromEntries(Object.entries(english).map(([key, message]) => [key, change(message)]))
}
