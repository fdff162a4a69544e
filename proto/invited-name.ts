// What a network may be called by whoever invites to it. The name is chosen by a stranger and read by a person who is about to
// say yes, so it may not look like something else: not like an address, not turned around, not in letters that only look Latin.

/** What fits into a line of the window. */
const MAX_NAME_CHARS = 64

/** Letters, digits, spaces and punctuation of any language: nothing that turns the text around or hides. */
const PLAIN = /^[\p{L}\p{N}\p{M}\p{P}\p{Sc} ]+$/u

/** Letters that leave no trace, such as the Hangul filler. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/u

/** More marks on one letter than any language has. */
const PILED_UP = /\p{M}{4,}/u

/** Full stops of other alphabets, which look like the one of a domain. */
const OTHER_DOTS = /[\u2024\u3002\uFE52\uFF0E\uFF61]/g

/** Alphabets whose letters look like Latin ones; nobody mixes them within a word but to deceive. */
const LOOKALIKES = /\p{Script=Cyrillic}|\p{Script=Greek}|\p{Script=Armenian}|\p{Script=Cherokee}/u

/**
 * Says why a name cannot be shown to who is invited.
 *
 * @returns undefined where it can; else the end of a sentence that begins with "the name"
 */
export function whyNotInvitedName(name: string): string | undefined {
  if (!/[\p{L}\p{N}]/u.test(name)) return 'is empty'
  if (name.length > MAX_NAME_CHARS) return `is too long: ${MAX_NAME_CHARS} characters are the most`
  if (!PLAIN.test(name) || UNSEEN.test(name) || PILED_UP.test(name)) return 'has characters that cannot be shown'
  if (/%[0-9a-f]{2}/i.test(name)) return 'was encoded twice'
  const letters = name.normalize('NFC').match(/[\p{L}\p{N}]/gu) ?? []
  if (letters.some((letter) => letter.normalize('NFKC') !== letter)) return 'has letters that imitate others'
  if (name.split(/[^\p{L}\p{M}]+/u).some((word) => LOOKALIKES.test(word) && /\p{Script=Latin}/u.test(word)))
    return 'mixes alphabets whose letters look alike'
  return undefined
}

/** Whether a name, or a word of it, looks like a web address or a domain. */
export function looksLikeAddress(name: string): boolean {
  const plain = name.normalize('NFKC').replaceAll(OTHER_DOTS, '.')
  return /:\/\/|^www\.|^[a-z]+:\/|(?:^|[^\p{L}\p{N}])(?:[\p{L}\p{N}][\p{L}\p{N}-]*\.)+\p{L}{2,}/iu.test(plain)
}

/** What a network is called that has no name but its domain: the end of a long one says most. */
export function invitedNameOf(zone: string): string {
  return zone.slice(-MAX_NAME_CHARS).replace(/^[.-]+/, '')
}
