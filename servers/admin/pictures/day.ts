// The last day as columns, one for each quarter of an hour: what failed stands at the top of each in the colour of attention.
import { SLOT_MS, SLOTS, slotOf } from '../day.ts'
import { grouped, html, type Html, NONE } from '../html.ts'
import type { DayPicture } from '../report.ts'

const SIZE = { column: 10, gap: 2, height: 72 } as const

/** Something that happened once is seen beside something that happened a thousand times. */
const LEAST_HEIGHT = 3

/** The figure. @param now  milliseconds since 1970 */
export function dayPicture({ title, slots }: DayPicture, now: number): Html {
  const all = sum(slots.map((slot) => slot.all))
  const failed = sum(slots.map((slot) => slot.failed))
  const most = Math.max(1, ...slots.map((slot) => slot.all))
  const width = SLOTS * SIZE.column
  const begin = slotOf(now) - SLOTS + 1
  const failures = failed > 0 ? `${grouped(failed)} failed` : all === 0 ? 'nothing happened' : 'none failed'
  return html`<figure class="day">
    <figcaption>
      <span>${title}</span>
      <span class="sum"
        ><strong>${grouped(all)}</strong><span class="${failed === 0 ? 'soft' : 'warn'}">, ${failures}</span></span
      >
    </figcaption>
    <svg
      viewBox="0 0 ${width} ${SIZE.height + 1}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${title} of the last 24 hours: ${all}, ${failed} failed"
    >
      <rect class="ground" y="${SIZE.height}" width="${width}" height="1" />
      ${slots.map((slot, index) => column(slot, { index, most, at: (begin + index) * SLOT_MS }))}
    </svg>
    <div class="axis" aria-hidden="true"><span>24 hours ago</span><span>12 hours ago</span><span>now</span></div>
  </figure>`
}

function column(
  { all, failed }: DayPicture['slots'][number],
  { index, most, at }: { readonly index: number; readonly most: number; readonly at: number },
): Html {
  if (all === 0) return NONE
  const high = Math.max(LEAST_HEIGHT, (all / most) * SIZE.height)
  const bad = failed === 0 ? 0 : Math.max(LEAST_HEIGHT, (failed / all) * high)
  const place = (y: number, height: number, name: string) =>
    html`<rect
      class="${name}"
      x="${index * SIZE.column + SIZE.gap / 2}"
      y="${rounded(y)}"
      width="${SIZE.column - SIZE.gap}"
      height="${rounded(height)}"
    />`
  const clock = new Date(at).toISOString().slice(11, 16)
  return html`<g>
    <title>${clock} UTC: ${all}${failed > 0 ? `, ${failed} failed` : ''}</title>
    ${high > bad ? place(SIZE.height - high + bad, high - bad, 'good') : NONE}
    ${bad > 0 ? place(SIZE.height - high, bad, 'bad') : NONE}
  </g>`
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}

function sum(values: readonly number[]): number {
  return values.reduce((one, other) => one + other, 0)
}
