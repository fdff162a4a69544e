// The words of the shell in the language that a person chose, or that the system speaks.
import type { Settings } from '../api/index.ts'
import { createText, type Message, mirrored, pseudo, type Text } from './format.ts'
import { shellDe } from './shell-de.ts'
import { shellEn, type ShellKey } from './shell-en.ts'

export type ShellText = Text<typeof shellEn>

/** Languages that there are words for; `en-XA` and `ar-XB` are those of the tests. */
export type ShellLanguage = Exclude<Settings['language'], 'system'>

/** Tables of all languages. */
export const SHELL_TABLES: Readonly<Record<ShellLanguage, Record<ShellKey, Message>>> = {
  en: shellEn,
  de: shellDe,
  'en-XA': pseudoTable(pseudo),
  'ar-XB': pseudoTable(mirrored),
}

/**
 * The language to speak.
 *
 * @param wanted  the setting
 * @param languages  what the system prefers, BCP 47, most wanted first
 */
export function shellLanguage(wanted: Settings['language'], languages: readonly string[]): ShellLanguage {
  if (wanted !== 'system') return wanted
  const known = languages.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => tag === 'de' || tag === 'en')
  return known === 'de' ? 'de' : 'en'
}

/** The sentences of a language. */
export function shellText(language: ShellLanguage): ShellText {
  return createText<typeof shellEn>(localeOf(language), SHELL_TABLES[language])
}

/** The locale by which a language's numbers and dates are written. */
export function localeOf(language: ShellLanguage): string {
  return language === 'en-XA' || language === 'ar-XB' ? 'en' : language
}

function pseudoTable(change: (message: Message) => Message): Record<ShellKey, Message> {
  const entries = Object.entries(shellEn).map(([key, message]) => [key, change(message)] as const)
  return { ...shellEn, ...Object.fromEntries(entries) }
}
