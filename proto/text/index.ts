// The words of the window: which language, its sentences, its times. The messages come as an argument, so that a page loads
// only the language that is read; `languages.ts` has them all.
import type { State } from '../api/state.ts'
import type { en } from './en.ts'
import { createText, type Message, type Text } from './format.ts'
import { createTimes, type Times } from './times.ts'

export type { Times } from './times.ts'

/** Every sentence there is. */
export type TextKey = keyof typeof en
export type PageText = Text<typeof en>

/** A language that the window speaks. */
export type Language = Exclude<State['settings']['values']['language'], 'system'>

/** Everything one language needs. */
export interface Words {
  readonly language: Language
  /** For numbers and dates: the region that the system asks for, where it fits the language. */
  readonly locale: string
  readonly text: PageText
  readonly times: Times
  /** Whether there is a sentence under a key that came from elsewhere. */
  knows(key: string): key is TextKey
}

/** All messages of a language. */
export type MessageTable = Readonly<Record<TextKey, Message>>

/** Whether a language is one of the tests': English whose letters are exchanged, or that runs from right to left. */
export function isPseudo(language: string): language is 'en-XA' | 'ar-XB' {
  return language === 'en-XA' || language === 'ar-XB'
}

/** Which way a language runs. */
export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar-XB' ? 'rtl' : 'ltr'
}

/**
 * Chooses a language.
 *
 * @param setting  what the person chose
 * @param preferred  the system's languages, BCP 47, best first
 */
export function chooseLanguage(
  setting: State['settings']['values']['language'],
  preferred: readonly string[],
): { readonly language: Language; readonly locale: string } {
  const find = (language: string) => preferred.find((tag) => tag.toLowerCase().split('-')[0] === language)
  if (isPseudo(setting)) return { language: setting, locale: 'en' }
  if (setting !== 'system') return { language: setting, locale: find(setting) ?? setting }
  const known = preferred.find((tag) => ['en', 'de'].includes(tag.toLowerCase().split('-')[0] ?? ''))
  return known === undefined
    ? { language: 'en', locale: 'en' }
    : { language: known.toLowerCase().startsWith('de') ? 'de' : 'en', locale: known }
}

/**
 * Makes the words of a language.
 *
 * @param table  its messages
 * @param locale  BCP 47. @default the language itself
 * @param timeZone  IANA name. @default the machine's
 */
export function createWords(
  language: Language,
  table: MessageTable,
  locale: string = language,
  timeZone?: string,
): Words {
  const region = isPseudo(language) ? 'en' : locale
  const text = createText<typeof en>(region, table, { isolate: directionOf(language) === 'rtl' })
  return {
    language,
    locale: region,
    text,
    times: createTimes(region, text, timeZone),
    knows: (key): key is TextKey => Object.hasOwn(table, key),
  }
}
