// The words of the language in use. Each language is fetched when it is chosen, and in parts (scripts/build/texts.ts), so that
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
  /** What the first question says. */
  readonly ask: Later<true>
  /** Everything. */
  readonly more: Later<true>
}

const PARTS = {
  first: {
    keys: () => import('../proto/text/en.ts?first-keys'),
    en: () => import('../proto/text/en.ts?first'),
    de: () => import('../proto/text/de.ts?first'),
  },
  ask: {
    keys: () => import('../proto/text/en.ts?ask-keys'),
    en: () => import('../proto/text/en.ts?ask'),
    de: () => import('../proto/text/de.ts?ask'),
  },
  more: {
    keys: () => import('../proto/text/en.ts?more-keys'),
    en: () => import('../proto/text/en.ts?more'),
    de: () => import('../proto/text/de.ts?more'),
  },
} as const
type PartName = keyof typeof PARTS

const ALL = Object.keys(PARTS) as readonly PartName[]

async function load(name: PartName, language: Language): Promise<Part> {
  const part = PARTS[name]
  const [{ keys }, { messages }] = await Promise.all([part.keys(), language === 'de' ? part.de() : part.en()])
  return put(language, keys, messages)
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
  const loaded = new Set<PartName>(['first'])
  const read = async (chosen: Setting): Promise<Words> => {
    const { language, locale } = chooseLanguage(chosen, preferred)
    // a part that did not come is asked for once more, as others are (later.ts)
    const parts = await Promise.all([...loaded].map((name) => load(name, language).catch(() => load(name, language))))
    const table = Object.assign({}, ...parts) as MessageTable
    const words = createWords(language, table, locale)
    if (loaded.size === ALL.length) return words
    // words that are not there yet are fetched, and whoever asked is drawn again
    const knows = (key: string): boolean => Object.hasOwn(table, key) || (void more.fetch(), false)
    return {
      ...words,
      text: (key, values) => (knows(key) ? words.text(key, values) : ''),
      knows: (key): key is keyof MessageTable => knows(key),
    }
  }
  const show = async (chosen: Setting): Promise<void> => {
    const before = loaded.size
    const next = await read(chosen)
    // more came meanwhile, and these are without
    if (loaded.size !== before) return show(chosen)
    // another one may have been chosen meanwhile
    if (setting.peek() === chosen) words.value = next
  }
  const part = (names: readonly PartName[]) =>
    later(async (): Promise<true> => {
      await Promise.all(names.map((name) => load(name, words.peek().language)))
      for (const name of names) loaded.add(name)
      await show(setting.peek())
      return true
    })
  const ask = part(['ask'])
  const more = part(['ask', 'more'])
  const words = signal(await read(setting.peek()))
  // where they do not come, those that are there go on
  effect(() => void show(setting.value).catch(() => undefined))
  return { words, ask, more }
}
