// What strangers wrote, as text that can be shown anywhere: a terminal, a log, a window.

/** Control and format characters, those that turn text around among them, and line ends of every kind. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu

/** The text in one line, without anything that could move a cursor, ring a bell or hide another text. */
export function plainText(text: string): string {
  return text.replaceAll(UNSHOWABLE, ' ').trim()
}

/** A text for a message: what cannot be seen or turns others around is written as its number. */
export function shown(text: string): string {
  const visible = text.replaceAll(/[^\p{L}\p{N}\p{M}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}/gu, codeOf)
  return visible.length > 100 ? `${visible.slice(0, 100)}…` : visible
}

/** A character that cannot be seen, by its number. */
export function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
