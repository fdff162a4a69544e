// HTML for the operator's page, out of pieces that escape by themselves: what a peer or a CA wrote can only ever be text.
import { NOT_COUNTED } from '../quota/bucket.ts'
import { inWords } from '../quota/words.ts'

/** Text that is HTML already. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a template takes: HTML as it is, everything else as text. */
export type Piece = Html | string | number | readonly Html[]

/** A template whose values are escaped unless they are HTML. */
export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return new Html(
    parts.map((part, index) => `${part}${index < values.length ? textOf(values[index] ?? '') : ''}`).join(''),
  )
}

/** Nothing. */
export const NONE = new Html('')

/** A name and what there is to say to it. */
export type Fact = readonly [name: string, value: Piece]

/** Facts as a list. */
export function facts(all: readonly Fact[]): Html {
  return html`<dl>
    ${all.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`
}

/** Rows under a head, or a sentence where there are none. */
export function table(head: readonly string[], rows: readonly (readonly Piece[])[], none: string): Html {
  if (rows.length === 0) return html`<p class="empty">${none}</p>`
  const lines = rows.map(
    (row) =>
      html`<tr>
        ${row.map((cell, at) => html`<td data-head="${head[at] ?? ''}">${cell}</td>`)}
      </tr>`,
  )
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${lines}
      </tbody>
    </table>
  </div>`
}

/** Something on a surface of its own, under a heading unless it is empty. */
export function card(heading: string, ...content: readonly Html[]): Html {
  const head = heading === '' ? NONE : html`<h3>${heading}</h3>`
  return html`${head}
    <div class="card">${content}</div>`
}

/** A number of things, in words: one of them is no plural. */
export function numberOf(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

/** From here on an operator may want to look. */
const FULL_SHARE = 0.9

/** How much of something is used, in a bar and in numbers; a practice network has limits that nobody counts. */
export function used(count: number, of: number): Html {
  if (!isCounted(of)) return html`${grouped(count)} <span class="soft">(not counted)</span>`
  return html`${bar(count / of, count >= of * FULL_SHARE)}${grouped(count)} of ${grouped(of)}`
}

/** Whether a limit is one: where nobody counts, as at the CA of a practice network, it is as high as it can be. */
export function isCounted(limit: number): boolean {
  return limit < NOT_COUNTED
}

/** A number as people read it. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f')
}

/**
 * A share as a picture, for those who see; the number stands beside it. Attributes are no inline style, so the policy allows them.
 *
 * @param share  0 to 1
 */
export function bar(share: number, attention: boolean): Html {
  const width = Math.round(Math.min(Math.max(share, 0), 1) * 160)
  return html`<svg class="${attention ? 'bar attention' : 'bar'}" viewBox="0 0 160 8" aria-hidden="true">
    <rect width="${width}" height="8" />
  </svg>`
}

/** An identifier. */
export function code(text: string): Html {
  return html`<span class="code">${text}</span>`
}

/** So much of an identifier tells it from others; its beginning is the same for all of a kind. */
const SHORT = { begin: 8, end: 6 }

/** A long identifier, short: the whole of it opens, with and without a script. */
export function shortId(text: string): Html {
  const { begin, end } = SHORT
  if (text.length <= begin + end + 3) return code(text)
  return html`<details class="id" data-id="${text}">
    <summary title="${text}"><span class="code">${text.slice(0, begin)}…${text.slice(-end)}</span></summary>
    <span class="code whole">${text}</span> ${copyButton(text)}
  </details>`
}

/** Long names of one thing, the labels of each as short as tells them apart, and whole where it is opened. */
export function shortNames(names: readonly string[]): Html {
  const short = names.map((name) => name.replaceAll(/[^.]{25,}/g, (label) => `${label.slice(0, 8)}…${label.slice(-6)}`))
  const whole = names.join('\n')
  if (short.join('\n') === whole) return code(whole)
  return html`<details class="id" data-id="${whole}">
    <summary title="${whole}">${short.map((name) => html`<span class="code line">${name}</span>`)}</summary>
    ${names.map((name) => html`<span class="code whole">${name}</span>`)} ${copyButton(whole)}
  </details>`
}

/** Copies a text; there only where the page's script runs. */
export function copyButton(text: string, words = 'Copy'): Html {
  return html`<button type="button" class="copy" data-copy="${text}">${words}</button>`
}

/** What matters less. */
export function soft(text: string): Html {
  return html`<span class="soft">(${text})</span>`
}

/** A moment, milliseconds since 1970, by how far it is from now; to the second for who points at it. */
export function time(ms: number, now: number): Html {
  const text = new Date(ms).toISOString()
  return html`<time datetime="${text}" title="${text.slice(0, 19).replace('T', ' ')} UTC">${when(ms, now)}</time>`
}

/** A moment to the minute. */
export function exactTime(ms: number): Html {
  const minute = new Date(ms).toISOString().slice(0, 16)
  // to the minute for programs as well: what changes every moment would be news all the time
  return html`<time datetime="${minute}Z">${minute.replace('T', ' ')} UTC</time>`
}

/** How far a moment is from now, in words. */
export function when(ms: number, now: number): string {
  if (Math.abs(ms - now) < MINUTE_MS) return ms > now ? 'in less than a minute' : 'just now'
  return ms > now ? `in ${inWords(ms - now)}` : `${ago(now - ms)} ago`
}

const MINUTE_MS = 60_000

/** Rounded down: what was a minute and a half ago was a minute ago. */
function ago(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS)
  if (minutes < 60) return numberOf(minutes, 'minute')
  if (minutes < 48 * 60) return numberOf(Math.floor(minutes / 60), 'hour')
  return numberOf(Math.floor(minutes / (24 * 60)), 'day')
}

function textOf(value: Piece): string {
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('\n')
  return String(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
