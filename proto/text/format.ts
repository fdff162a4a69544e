// Sentences with places to fill in. A message is text with {name} in it, or one text for each plural form of its `count`;
// numbers, dates and plurals come from the platform (Intl), so no library is needed.

/** Text, or a text for each plural category that the language has; `other` always. */
export type Message = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>
export type Messages = Readonly<Record<string, Message>>
export type Values = Readonly<Record<string, string | number>>

/** Gives the sentence of a key, filled in. */
export type Text<Table extends Messages> = (key: keyof Table & string, values?: Values) => string

/**
 * Makes the function that gives sentences.
 *
 * @param locale  BCP 47, for plurals and numbers
 * @param table  all messages of that language
 * @param options.isolate  keeps what is filled in apart from the direction of the words around it (Unicode UAX #9, section 2.4)
 */
export function createText<Table extends Messages>(
  locale: string,
  table: Record<keyof Table, Message>,
  { isolate = false }: { readonly isolate?: boolean } = {},
): Text<Table> {
  const plurals = new Intl.PluralRules(locale)
  const numbers = new Intl.NumberFormat(locale)
  return (key, values = {}) => {
    const message = table[key]
    const text =
      typeof message === 'string' ? message : (message[plurals.select(Number(values['count'] ?? 0))] ?? message.other)
    return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name]
      const filled = value === undefined ? whole : typeof value === 'number' ? numbers.format(value) : value
      return isolate ? `\u2068${filled}\u2069` : filled
    })
  }
}

/** The places in a message, sorted: every language must have the same. */
export function placesOf(message: Message): string[] {
  const texts = typeof message === 'string' ? [message] : Object.values(message)
  const names = texts.flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''))
  return [...new Set(names)].sort()
}

/** Accented look-alikes: a text that comes out plain was never looked up. */
const PSEUDO: Readonly<Record<string, string>> = {
  ...{ a: 'á', b: 'ƀ', c: 'ç', d: 'ð', e: 'é', f: 'ƒ', g: 'ĝ', h: 'ĥ', i: 'í', j: 'ĵ', k: 'ķ', l: 'ļ', m: 'ɱ' },
  ...{ n: 'ñ', o: 'ó', p: 'þ', q: 'ɋ', r: 'ŕ', s: 'š', t: 'ţ', u: 'ú', v: 'ṽ', w: 'ŵ', x: 'ẋ', y: 'ý', z: 'ž' },
  ...{ A: 'Á', B: 'ß', C: 'Ç', D: 'Ð', E: 'É', G: 'Ĝ', H: 'Ĥ', I: 'Í', L: 'Ļ', N: 'Ñ', O: 'Ó', R: 'Ŕ', S: 'Š', T: 'Ţ' },
  ...{ U: 'Ú', W: 'Ŵ', Y: 'Ý', Z: 'Ž' },
}

/** Text of the pseudo-locale: accented, in brackets, a third longer, its places untouched. */
export function pseudo(message: Message): Message {
  if (typeof message !== 'string') {
    return Object.fromEntries(Object.entries(message).map(([form, text]) => [form, pseudoText(text)])) as Message
  }
  return pseudoText(message)
}

function pseudoText(text: string): string {
  const accented = text.replaceAll(/\{\w+\}|[A-Za-z]/g, (part) => PSEUDO[part] ?? part)
  return `[${accented}${'·'.repeat(Math.ceil(text.length / 3))}]`
}

/** Text of the other pseudo-locale: the same words, shown from right to left by force, its places untouched. */
export function mirrored(message: Message): Message {
  if (typeof message !== 'string') {
    return Object.fromEntries(Object.entries(message).map(([form, text]) => [form, mirroredText(text)])) as Message
  }
  return mirroredText(message)
}

function mirroredText(text: string): string {
  return text.replaceAll(/(\{\w+\})|([^\s{}]+)/g, (word, place?: string) => place ?? `\u202e${word}\u202c`)
}
