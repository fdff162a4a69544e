// What strangers wrote, as text that can be shown anywhere: a terminal, a log, a window.

/** Control and format characters, those that turn text around among them, and line ends of every kind. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu

/** The text in one line, without anything that could move a cursor, ring a bell or hide another text. */
export function plainText(text: string): string {
  return text.replaceAll(UNSHOWABLE, ' ').trim()
}
