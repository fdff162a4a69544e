// What others on this machine see of a command line: `ps` and /proc show the words of every process to everybody, so words that hold a
// secret are replaced in what they show as soon as a program of ours begins. Until then they are there; what is read from standard
// input, a file or the environment never is.

/** Flags and keys whose values are nobody else's business. */
const SECRET_NAME = /token|passphrase|password|secret|invitations|hmac|eab/i

/** A link is shown without what follows its question mark, where its token is. */
const LINK = /(nodetrust:[^\s?#]*)[?#]\S*/gi

const SECRET_IN_TEXT = /((?:token|passphrase|password|secret)["']?\s*[=:]\s*)[^\s,}&]+/gi

/** What stands in a secret's place. */
const HIDDEN = '(hidden)'

/**
 * The words as others may see them.
 *
 * @param words  what follows the program
 * @returns undefined where nothing in them is secret
 */
export function wordsWithoutSecrets(words: readonly string[]): readonly string[] | undefined {
  let hidesNext = false
  const shown = words.map((word) => {
    if (hidesNext) {
      hidesNext = false
      return HIDDEN
    }
    const [, name, value] = /^--([^=]+)(?:=([^]*))?$/.exec(word) ?? []
    if (name !== undefined && SECRET_NAME.test(name) && !/file$/i.test(name)) {
      hidesNext = value === undefined
      return value === undefined ? word : `--${name}=${HIDDEN}`
    }
    return word.replace(LINK, `$1?${HIDDEN}`).replace(SECRET_IN_TEXT, `$1${HIDDEN}`)
  })
  return shown.some((word, index) => word !== words[index]) ? shown : undefined
}

/** What whoever started this program put in the place of all its words, to be on the safe side. */
const ALL_HIDDEN = 'nodetrust'

/** Replaces what `ps` shows of this process, where its words hold a secret; others that were hidden with them are shown again. */
export function hideSecretWords(target: { argv: readonly string[]; title: string } = process): void {
  const words = target.argv.slice(2)
  const shown = wordsWithoutSecrets(words)
  if (shown || target.title === ALL_HIDDEN) target.title = ['nodetrust', ...(shown ?? words)].join(' ')
}
