// The words of the language in use. Each language is fetched when it is chosen, and in two parts (scripts/build/texts.ts), so that
// nobody loads words that nobody reads; another language is there in an instant and without loading the page again.
import { effect, signal, type ReadonlySignal } from '@preact/signals'
import type { State } from '../proto/api/state.ts'
import type { Message } from '../proto/text/format.ts'
import {
  chooseLanguage,
  createWords,
  isPseudo,
  type Language,
  type MessageTable,
  type Words,
} from '../proto/text/index.ts'
import { later, type Later } from './later.ts'

type Setting = State['settings']['values']['language']
type Part = Readonly<Record<string, Message>>

/** Words that follow the setting. */
export interface Speech {
  readonly words: ReadonlySignal<Words>
  /** What the first words leave out. */
  readonly more: Later<true>
}

async function first(language: Language): Promise<Part> {
  const [{ keys }, { messages }] = await Promise.all([
    import('../proto/text/en.ts?first-keys'),
    language === 'de' ? import('../proto/text/de.ts?first') : import('../proto/text/en.ts?first'),
  ])
  return put(language, keys, messages)
}

async function more(language: Language): Promise<Part> {
  const [{ keys }, { messages }] = await Promise.all([
    import('../proto/text/en.ts?more-keys'),
    language === 'de' ? import('../proto/text/de.ts?more') : import('../proto/text/en.ts?more'),
  ])
  return put(language, keys, messages)
}

/** A part that did not come is asked for once more, as others are (later.ts). */
async function fetched(part: (language: Language) => Promise<Part>, language: Language): Promise<Part> {
  return await part(language).catch(() => part(language))
}

async function put(language: Language, keys: readonly string[], messages: readonly Message[]): Promise<Part> {
  const part = Object.fromEntries(keys.map((key, index) => [key, messages[index] ?? '']))
  return isPseudo(language) ? (await import('./pseudo.ts')).pseudoTable(part, language) : part
}

/**
 * Makes the words that follow the setting.
 *
 * @param setting  what the person chose
 * @param preferred  the browser's languages
 * @returns when the first words are there
 */
export async function createLanguage(setting: ReadonlySignal<Setting>, preferred: readonly string[]): Promise<Speech> {
  let whole = false
  const read = async (chosen: Setting): Promise<Words> => {
    const { language, locale } = chooseLanguage(chosen, preferred)
    const parts = await Promise.all([fetched(first, language), whole ? fetched(more, language) : {}])
    const table = Object.assign({}, ...parts) as MessageTable
    const words = createWords(language, table, locale)
    if (whole) return words
    // words that are not there yet are fetched, and whoever asked is drawn again
    const knows = (key: string): boolean => Object.hasOwn(table, key) || (void rest.fetch(), false)
    return {
      ...words,
      text: (key, values) => (knows(key) ? words.text(key, values) : ''),
      knows: (key): key is keyof MessageTable => knows(key),
    }
  }
  const show = async (chosen: Setting): Promise<void> => {
    const before = whole
    const next = await read(chosen)
    // the rest came meanwhile, and these are the first words alone
    if (whole !== before) return show(chosen)
    // another one may have been chosen meanwhile
    if (setting.peek() === chosen) words.value = next
  }
  const rest = later(async (): Promise<true> => {
    await more(words.peek().language)
    whole = true
    await show(setting.peek())
    return true
  })
  const words = signal(await read(setting.peek()))
  // where they do not come, those that are there go on
  effect(() => void show(setting.value).catch(() => undefined))
  return { words, more: rest }
}
