// The words of the window in every language it speaks. All languages travel with the page, so that another one is a click and
// no restart; `en-XA` is made from English and serves tests.
import type { State } from '../api/state.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { createText, pseudo, type Message, type Text } from './format.ts'
import { createTimes, type Times } from './times.ts'

export { en } from './en.ts'
export { de } from './de.ts'
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
}

const pseudoEnglish = (): Record<TextKey, Message> =>
  Object.fromEntries(Object.entries(en).map(([key, message]) => [key, pseudo(message)])) as Record<TextKey, Message>

/** All messages of a language. */
export function tableOf(language: Language): Record<TextKey, Message> {
  return language === 'de' ? de : language === 'en' ? en : pseudoEnglish()
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
  if (setting === 'en-XA') return { language: setting, locale: 'en' }
  if (setting !== 'system') return { language: setting, locale: find(setting) ?? setting }
  const known = preferred.find((tag) => ['en', 'de'].includes(tag.toLowerCase().split('-')[0] ?? ''))
  return known === undefined
    ? { language: 'en', locale: 'en' }
    : { language: known.toLowerCase().startsWith('de') ? 'de' : 'en', locale: known }
}

/** Makes the words of a language. */
export function createWords(language: Language, locale: string = language, timeZone?: string): Words {
  const region = language === 'en-XA' ? 'en' : locale
  const text = createText<typeof en>(region, tableOf(language))
  return { language, locale: region, text, times: createTimes(region, text, timeZone) }
}
