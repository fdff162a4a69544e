// HTML for the operator's page, out of pieces that escape by themselves: what a peer or a CA wrote can only ever be text.
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
        ${row.map((cell) => html`<td>${cell}</td>`)}
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
  return `${count} ${count === 1 ? one : many}`
}

/** From here on an operator may want to look. */
const FULL_SHARE = 0.9

/** How much of something is used, in a bar and in numbers. */
export function used(count: number, of: number): Html {
  return html`${bar(count / of, count >= of * FULL_SHARE)}${count} of ${of}`
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

/** What matters less. */
export function soft(text: string): Html {
  return html`<span class="soft">(${text})</span>`
}

/** A moment, milliseconds since 1970, to the minute. */
export function time(ms: number): Html {
  const text = new Date(ms).toISOString()
  return html`<time datetime="${text}">${text.slice(0, 16).replace('T', ' ')} UTC</time>`
}

/** How far a moment is from now, in words. */
export function when(ms: number, now: number): string {
  if (Math.abs(ms - now) < 60_000) return ms > now ? 'in less than a minute' : 'now'
  return ms > now ? `in ${inWords(ms - now)}` : `${inWords(now - ms)} ago`
}

function textOf(value: Piece): string {
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('\n')
  return String(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
