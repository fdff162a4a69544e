// The zone's week as a ring: how many new certificates are used, where the part begins that is kept for names that come back.
import { grouped, html, type Html, isCounted } from '../html.ts'
import type { WeekPicture } from '../report.ts'

/** From here on an operator may want to look. */
const FULL_SHARE = 0.9

/** Attributes alone draw it: an inline style would need a wider policy. */
export function weekPicture({ used, limit, days, newShare }: WeekPicture): Html {
  const counted = isCounted(limit)
  const share = counted ? Math.min(used / limit, 1) : 0
  const length = Math.round(share * 1_000) / 10
  const words = counted
    ? `${used} of ${limit} new certificates in ${days} days`
    : `${used} new certificates in ${days} days, not counted`
  const attention = counted && used >= limit * newShare * FULL_SHARE
  return html`<figure class="ring">
    <svg viewBox="0 0 120 120" role="img" aria-label="${words}">
      <circle class="${counted ? 'track' : 'track open'}" cx="60" cy="60" r="50" />
      ${arc('kept', counted ? newShare * 100 : 100, 100)} ${arc(attention ? 'value attention' : 'value', 0, length)}
      <text x="60" y="${counted ? 60 : 66}" class="big">${grouped(used)}</text>
      ${counted ? html`<text x="60" y="80" class="small">of ${grouped(limit)}</text>` : html``}
    </svg>
    <figcaption>
      ${counted ? html`New certificates of ${days} days` : html`New certificates of ${days} days. This CA is for practice: not counted`}
      ${
        counted && newShare < 1
          ? html`<span class="soft">${Math.round((1 - newShare) * 100)} % are kept for names that come back</span>`
          : html``
      }
    </figcaption>
  </figure>`
}

/** Part of the ring, in percent of it, from the top. */
function arc(name: string, from: number, to: number): Html {
  if (to <= from) return html``
  return html`<circle
    class="${name}"
    cx="60"
    cy="60"
    r="50"
    pathLength="100"
    transform="rotate(-90 60 60)"
    stroke-dasharray="${to - from} ${100 - (to - from)}"
    stroke-dashoffset="${-from}"
  />`
}
