// Finds an invitation in what people paste: a link goes through mail programs, chats and web pages before it arrives, and comes
// out in angle brackets, with `&amp;`, over several lines, or in the middle of a sentence. Nothing is decided here: every way to
// read the text is handed to the strict reader, and only what can be read in one way alone counts (proto/invitation.ts).

/** One way to read a text. */
export interface Reading {
  /** `<zone>?<query>` of a link that asks to join. */
  readonly body: string
  /** What it asks for; `join` in every link that we know. */
  readonly verb: string
}

/** The text holds no link, or several. */
export interface NoReading {
  readonly why: string
}

/** More pieces than any mail program breaks a link into: 6,000 characters in lines of 60. */
const MAX_PIECES = 100

/** Turns text around or cannot be seen; links write such characters of a name with `%`, so raw ones came on the way. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/**
 * Where a link begins: with our scheme, or behind the `#` of a page that forwards to it. The page's own address stops at what
 * no address has, so that a sentence is not taken for one.
 */
const BEGIN = /(?:nodetrust:\s*\/\s*\/|https?:\/\/[^\s#<>"'`]+#(?:nodetrust:\/\/|\/)?(?=join\/))/gi

/** What ends a link within a line; none of it is written raw in one. */
const END = /[<>"`“”„«»|\\^{}[\]]/u

/** What stands behind a link in a sentence; our links never end with any of it. */
const TRAILING = /[.,;:!?)'’‘‚*…‹›。、，．；：！？）」』】》〉］]+$/u

/** What mail programs put before each line of an answer. */
const QUOTED = /^[ \t]*(?:>[ \t]?)+/gm

/**
 * The ways to read a text.
 *
 * @returns the likeliest first; none of them need be right
 */
export function readingsOf(text: string): readonly Reading[] | NoReading {
  const plain = withoutEntities(uncovered(text.replaceAll(UNSEEN, '').replaceAll('\r\n', '\n'))).replaceAll(QUOTED, '')
  const begins = [...plain.matchAll(BEGIN)]
  if (begins.length === 0) return { why: 'it does not look like nodetrust://join/example.org?issue=…' }
  const all = begins.map((begin, index) => readingsAt(plain, begin, begins[index + 1]?.index))
  const [first = []] = all
  // the same link as a text and as its target, as Markdown and HTML have it
  const others = all.slice(1).filter((other) => !other.some(({ body }) => first.some((one) => one.body === body)))
  if (others.length > 0) return { why: 'there are several links in it: paste one of them alone' }
  return first
}

function readingsAt(text: string, begin: RegExpExecArray, next: number | undefined): Reading[] {
  const from = begin.index + begin[0].length
  const rest = text.slice(from, next)
  const texts = new Set(
    (enclosed(text, begin.index, rest) ?? open(rest, text[begin.index - 1])).flatMap((one) => [one, ...decoded(one)]),
  )
  return [...texts].flatMap((one) => {
    const [, verb, body] = /^([a-z]+)\/(.*)$/is.exec(one) ?? []
    return verb === undefined || body === undefined ? [] : [{ verb, body }]
  })
}

/** Between angle brackets or quotes white space is of no matter (RFC 3986 appendix C). */
function enclosed(text: string, begin: number, rest: string): string[] | undefined {
  const closing = CLOSING.get(text[begin - 1] ?? '')
  const end = closing === undefined ? -1 : rest.indexOf(closing)
  if (end < 0) return undefined
  // Slack puts a label behind the link
  const inside = rest.slice(0, end).split('|')[0] ?? ''
  return joinings(inside.split(/\s+/), () => true).slice(-2)
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ['<', '>'],
  ['"', '"'],
  ["'", "'"],
  ['“', '”'],
  ['„', '“'],
  ['«', '»'],
  ['‘', '’'],
  ['`', '`'],
])

/** Without them it ends where a space is, unless it goes on in the next line. */
function open(rest: string, before: string | undefined): string[] {
  const ended = rest.split(END)[0] ?? ''
  const lines = ended.split('\n')
  const pieces: string[] = []
  for (const line of lines) {
    const words = line.split(/\s+/).filter((word) => word !== '')
    if (words.length === 0 && pieces.length > 0) break
    pieces.push(...words)
  }
  const joined = joinings(pieces.slice(0, MAX_PIECES), goesOn)
  return joined.flatMap((one) => {
    // emphasis of chats: *link*, _link_, ~link~
    const emphasised = before !== undefined && '*_~'.includes(before) && one.endsWith(before)
    const bare = (emphasised ? one.replace(/[*_~]+$/, '') : one).replace(TRAILING, '')
    return [bare]
  })
}

/**
 * The beginnings of a text that was broken up: its first piece, its first two, and so on. A piece that ends with `=` may be
 * quoted-printable (RFC 2045 section 6.7), which writes that to break a line.
 *
 * @param continues  whether a piece can belong to what stands before it
 */
function joinings(pieces: readonly string[], continues: (piece: string) => boolean): string[] {
  const quoted = pieces.some((piece) => /=3D/i.test(piece))
  const readings: string[] = []
  let whole = ''
  let soft = ''
  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && !continues(piece) && !/[=&?%/]$/.test(whole)) break
    whole += piece
    soft = `${soft.replace(/=$/, '')}${piece}`
    readings.push(...new Set([whole, quoted ? soft.replaceAll(/=3D/gi, '=') : soft]))
  }
  return readings
}

/** A word of prose that follows a link is taken for one; letters of a peer id or a parameter are not. */
function goesOn(piece: string): boolean {
  return /[=&%/]|\d/.test(piece) || piece.length > MAX_WORD_CHARS
}

/** Words of a sentence are shorter. */
const MAX_WORD_CHARS = 20

/** Programs that send a link through a page of their own encode all of it, some of them twice. */
function decoded(text: string): string[] {
  if (!/%/.test(text)) return []
  const readings: string[] = []
  let now = text
  for (let times = 0; times < 2; times++) {
    const next = decodeOnce(now)
    if (next === undefined || next === now) break
    // what was encoded once only reads as it stands: decoding it would take a sign of a name for one of the link
    if (/%25|%3D|%26|(?:issue|broker)=(?:%2F|https?%3A)/i.test(now)) readings.push(next)
    now = next
  }
  return readings
}

/** A link that is the parameter of another: everything up to the next sign that would end it there. */
function uncovered(text: string): string {
  if (/nodetrust:/i.test(text)) return text
  const [covered] = /nodetrust%(?:25)*3a%[^\s&<>"'`)]+/i.exec(text) ?? []
  if (covered === undefined) return text
  let now = covered
  for (let times = 0; times < 3 && !/^nodetrust:/i.test(now); times++) now = decodeOnce(now) ?? now
  return now
}

function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** `&amp;` is what HTML makes of `&`, and `\/` what JSON makes of `/`; some programs do it twice. */
function withoutEntities(text: string): string {
  return text
    .replaceAll(/&(?:amp;)+/gi, '&')
    .replaceAll(/&#(x[0-9a-f]{1,4}|\d{1,4});/gi, (whole, number: string) => ascii(Number(`0${number}`)) ?? whole)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('\\u0026', '&')
    .replaceAll('\\u003d', '=')
    .replaceAll('\\/', '/')
}

/** What a link is written with; other characters of it are encoded by `%`. */
function ascii(code: number): string | undefined {
  return code >= 0x20 && code < 0x7f ? String.fromCodePoint(code) : undefined
}
