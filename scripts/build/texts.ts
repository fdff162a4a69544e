// Parts the messages for the page: what Home and the frame say while all is well comes with the first words, what the first question
// says with that question, the rest when another page is opened (`en.ts?first`, `en.ts?ask`, `en.ts?more`). Keys are the same in every language, so they are files of their own and a language is
// a list in their order (`en.ts?first-keys`). Whoever writes messages does so in one file for each language and knows nothing of this;
// a message that is asked for and not there is fetched with the rest (renderer/language.ts), so the list below decides about size alone.
import { pathToFileURL } from 'node:url'
import { stat } from 'node:fs/promises'
import type { Plugin } from 'vite'

/** What the first words are: keys without a dot, and these families. */
const FIRST = ['nav', 'home', 'link', 'view', 'time', 'update', 'units']

/** The same of the first question. */
const ASK = ['welcome']

/** Single words that Home and the first question borrow from other pages. */
const BORROWED: Readonly<Record<string, Part>> = {
  'settings.invite': 'first',
  'notice.no-tray': 'ask',
  'notice.keychain-fallback': 'ask',
}

type Part = 'first' | 'ask' | 'more'

/** The part that a message comes with. */
export function partOf(key: string): Part {
  const dot = key.indexOf('.')
  const family = key.slice(0, dot)
  return BORROWED[key] ?? (dot < 0 || FIRST.includes(family) ? 'first' : ASK.includes(family) ? 'ask' : 'more')
}

const PARTED = /\/proto\/text\/([a-z]+)\.ts\?(first|ask|more)(-keys)?$/

/** The plugin. */
export const partedTexts: Plugin = {
  name: 'nodetrust-texts',
  enforce: 'pre',
  async load(id) {
    const [, language = '', part, keys] = PARTED.exec(id) ?? []
    if (part === undefined) return null
    const path = id.replace(/\?.*$/, '')
    this.addWatchFile(path)
    // the time of the last change lets a running development server see new words
    const { mtimeMs } = await stat(path)
    const file: Readonly<Record<string, Readonly<Record<string, unknown>>>> = await import(
      `${pathToFileURL(path).href}?at=${mtimeMs}`
    )
    const messages = Object.entries(file[language] ?? {}).filter(([key]) => partOf(key) === part)
    if (messages.length === 0) throw new Error(`${path} has no messages "${language}"`)
    const inOrder = messages.toSorted(([one], [other]) => (one < other ? -1 : 1))
    return keys === undefined
      ? `export const messages = ${JSON.stringify(inOrder.map(([, message]) => message))}`
      : `export const keys = ${JSON.stringify(inOrder.map(([key]) => key))}`
  },
}
