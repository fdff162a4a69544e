// The words of the language in use. Each language is a file of its own, fetched when it is chosen, so that nobody loads words
// that nobody reads; another one is there in an instant and without loading the page again.
import { effect, signal, type ReadonlySignal } from '@preact/signals'
import type { State } from '../proto/api/state.ts'
import { chooseLanguage, createWords, type Language, type MessageTable, type Words } from '../proto/text/index.ts'

type Setting = State['settings']['values']['language']

/** Gets all messages of a language. */
async function load(language: Language): Promise<MessageTable> {
  if (language === 'de') return (await import('../proto/text/de.ts')).de
  if (language === 'en') return (await import('../proto/text/en.ts')).en
  return (await import('./pseudo.ts')).pseudoTable()
}

/**
 * Makes the words that follow the setting.
 *
 * @param setting  what the person chose
 * @param preferred  the browser's languages
 * @returns when the first words are there
 */
export async function createLanguage(
  setting: ReadonlySignal<Setting>,
  preferred: readonly string[],
): Promise<ReadonlySignal<Words>> {
  const read = async (chosen: Setting): Promise<Words> => {
    const { language, locale } = chooseLanguage(chosen, preferred)
    return createWords(language, await load(language), locale)
  }
  const words = signal(await read(setting.peek()))
  effect(() => {
    const chosen = setting.value
    void read(chosen).then((next) => {
      // another one may have been chosen meanwhile
      if (setting.peek() === chosen) words.value = next
    })
  })
  return words
}
