// Parts the messages for the page: what Home and the frame say while all is well comes with the first words, the rest when another
// page is opened (`en.ts?first`, `en.ts?more`). Keys are the same in every language, so they are files of their own and a language is
// a list in their order (`en.ts?first-keys`). Whoever writes messages does so in one file for each language and knows nothing of this;
// a message that is asked for and not there is fetched with the rest (renderer/language.ts), so the list below decides about size alone.
import { pathToFileURL } from 'node:url'
import { stat } from 'node:fs/promises'
import type { Plugin } from 'vite'

/** What the first words are: keys without a dot, and these families. */
const FIRST = ['nav', 'home', 'link', 'view', 'time', 'update', 'units']

/** Single words that Home borrows from other pages. */
const BORROWED = ['settings.invite']

/** Whether a message is among the first words. */
export function isFirst(key: string): boolean {
  const dot = key.indexOf('.')
  return dot < 0 || BORROWED.includes(key) || FIRST.includes(key.slice(0, dot))
}

const PARTED = /\/proto\/text\/([a-z]+)\.ts\?(first|more)(-keys)?$/

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
    const messages = Object.entries(file[language] ?? {}).filter(([key]) => isFirst(key) === (part === 'first'))
    if (messages.length === 0) throw new Error(`${path} has no messages "${language}"`)
    const inOrder = messages.toSorted(([one], [other]) => (one < other ? -1 : 1))
    return keys === undefined
      ? `export const messages = ${JSON.stringify(inOrder.map(([, message]) => message))}`
      : `export const keys = ${JSON.stringify(inOrder.map(([key]) => key))}`
  },
}
