// How many certificates are good now, and how many of them begin to renew in each of the next days.
import { grouped, html, type Html, numberOf } from '../html.ts'
import type { CertificatesPicture } from '../report.ts'

const DAY_MS = 24 * 3_600_000
const HEIGHT = 36
const COLUMN = 32

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** The figure. @param now  milliseconds since 1970 */
export function certificatesPicture({ valid, renewing }: CertificatesPicture, now: number): Html {
  const most = Math.max(1, ...renewing)
  const soon = renewing.reduce((one, other) => one + other, 0)
  return html`<figure class="certificates">
    <p><strong>${grouped(valid)}</strong> ${valid === 1 ? 'certificate is' : 'certificates are'} good now</p>
    <svg
      viewBox="0 0 ${renewing.length * COLUMN} ${HEIGHT + 30}"
      role="img"
      aria-label="${numberOf(soon, 'renewal')} in the next ${renewing.length} days: ${renewing.join(', ')}"
    >
      ${renewing.map((count, index) => day(count, index, most, now))}
    </svg>
    <figcaption>
      ${soon === 0 ? 'None' : grouped(soon)} of them ${soon === 1 ? 'renews' : 'renew'} in the next ${renewing.length}
      days
    </figcaption>
  </figure>`
}

function day(count: number, index: number, most: number, now: number): Html {
  const high = count === 0 ? 2 : Math.max(4, (count / most) * HEIGHT)
  const middle = index * COLUMN + COLUMN / 2
  const name = index === 0 ? 'today' : (DAYS[new Date(now + index * DAY_MS).getUTCDay()] ?? '')
  return html`<rect
      class="${count === 0 ? 'none' : 'good'}"
      x="${index * COLUMN + 6}"
      y="${Math.round(14 + HEIGHT - high)}"
      width="${COLUMN - 12}"
      height="${Math.round(high)}"
      rx="2"
    />
    ${count === 0 ? html`` : html`<text x="${middle}" y="${Math.round(10 + HEIGHT - high)}" class="count">${grouped(count)}</text>`}
    <text x="${middle}" y="${HEIGHT + 27}" class="day-name">${name}</text>`
}
