// All languages at once, for whoever is no page: the pseudo-locale is made from English and serves tests.
import { de } from './de.ts'
import { en } from './en.ts'
import { mirrored, pseudo, type Message } from './format.ts'
import type { Language, MessageTable } from './index.ts'

/** All messages of a language. */
export function tableOf(language: Language): MessageTable {
  if (language === 'de') return de
  return language === 'en' ? en : pseudoTable(language === 'ar-XB' ? mirrored : pseudo)
}

/** English with accents, in brackets, a third longer; or from right to left. */
export function pseudoTable(change: (message: Message) => Message = pseudo): MessageTable {
  return Object.fromEntries(Object.entries(en).map(([key, message]) => [key, change(message)])) as MessageTable
}
