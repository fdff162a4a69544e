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

/** Text of several lines without anything else that could steer a terminal: what we print, whose values a stranger may have written. */
export function plainLines(text: string): string {
  return text.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
}

/** One line that begins as it began: with an indent, where it has one. */
export function plainLine(text: string): string {
  return text.replaceAll(UNSHOWABLE, ' ')
}

/** JSON in one line that steers no terminal either: what JSON lets stand raw (DEL, C1, characters that turn text around) is escaped. */
export function plainJson(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
