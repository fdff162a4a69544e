// All languages at once, for whoever is no page: the pseudo-locale is made from English and serves tests.
import { de } from './de.ts'
import { en } from './en.ts'
import { pseudo } from './format.ts'
import type { Language, MessageTable } from './index.ts'

/** All messages of a language. */
export function tableOf(language: Language): MessageTable {
  return language === 'de' ? de : language === 'en' ? en : pseudoTable()
}

/** English with accents, in brackets, a third longer. */
export function pseudoTable(): MessageTable {
  return Object.fromEntries(Object.entries(en).map(([key, message]) => [key, pseudo(message)])) as MessageTable
}
