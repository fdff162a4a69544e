// The life of a certificate on one line. Positions are per cent of the picture's width, so no style is needed, and its heights grow
// with the letters; the same facts are in its label.
import { directionOf } from '../../proto/text/index.ts'
import { useApp } from '../app.ts'
import { timelinePlaces } from '../say/timeline.ts'

/** Shorter lives are told by the clock, longer ones by the day. */
const SHORT_LIFE_MS = 3 * 24 * 3_600_000

export function Timeline({ from, to, renewAt }: { from: number; to: number; renewAt: number | null }) {
  const { t, times, now, words } = useApp()
  const place = timelinePlaces(from, to, renewAt, now.value)
  const mirrors = directionOf(words.value.language) === 'rtl'
  // the picture runs the way the lines do; anchors of words turn by themselves
  const x = (at: number) => `${mirrors ? 100 - at : at}%`
  const say = (at: number) => (to - from < SHORT_LIFE_MS ? times().clock(at) : times().shortDate(at))
  const values = { issued: times().date(from), today: times().date(now.value), expires: times().date(to) }
  const label =
    renewAt === null
      ? t('certificate.timeline-plain', values)
      : t('certificate.timeline', { ...values, renews: times().date(renewAt) })
  return (
    <svg class="timeline" role="img" aria-label={label}>
      <text x={x(place.now.wordsAt)} y="0.8125rem" text-anchor={place.now.anchor}>
        {t('certificate.today')}
      </text>
      <rect class="timeline-track" x="0" y="1.625rem" width="100%" height="0.375rem" rx="0.1875rem" />
      <rect
        class="timeline-gone"
        x={mirrors ? x(place.now.at) : '0'}
        y="1.625rem"
        width={`${place.now.at}%`}
        height="0.375rem"
        rx="0.1875rem"
      />
      <circle class="timeline-now" cx={x(place.now.at)} cy="1.8125rem" r="0.4375rem" />
      {place.renew !== undefined && (
        <>
          <circle class="timeline-mark" cx={x(place.renew.at)} cy="1.8125rem" r="0.375rem" />
          <g class="timeline-renewal">
            <text class="timeline-word" x={x(place.renew.wordsAt)} y="3.625rem" text-anchor="middle">
              {t('certificate.renews')}
            </text>
            <text class="timeline-date" x={x(place.renew.wordsAt)} y="4.6875rem" text-anchor="middle">
              {renewAt === null ? '' : say(renewAt)}
            </text>
          </g>
        </>
      )}
      <text class="timeline-word" x={x(0)} y="3.625rem">
        {t('certificate.issued')}
      </text>
      <text class="timeline-date" x={x(0)} y="4.6875rem">
        {say(from)}
      </text>
      <text class="timeline-word" x={x(100)} y="3.625rem" text-anchor="end">
        {t('certificate.expires')}
      </text>
      <text class="timeline-date" x={x(100)} y="4.6875rem" text-anchor="end">
        {say(to)}
      </text>
    </svg>
  )
}
