// The one picture: a house on a road to others. Empty, it has no certificate; filled with a tick, it serves; barriers on the road
// mean that nobody gets through.
import type { JSX } from 'preact'
import type { Scene as SceneName } from '../../proto/text/life.ts'

const OTHERS = [
  [22, 4],
  [62, 5],
  [98, 4],
  [222, 4],
  [258, 5],
  [298, 4],
] as const

const TONES: Record<SceneName, string> = {
  plain: '',
  working: '',
  good: 'scene-good',
  alert: 'scene-attention scene-reach',
  gate: 'scene-attention scene-reach',
  wait: 'scene-attention',
  lock: 'scene-attention',
  offline: 'scene-offline',
}

const ALERT = (
  <>
    <path class="scene-glyph" d="M160 46v13" />
    <circle class="scene-ink" cx="160" cy="68.5" r="2.75" />
  </>
)

const GLYPHS: Record<SceneName, JSX.Element | null> = {
  plain: null,
  working: null,
  good: <path class="scene-glyph" d="m147 58 9 9 17-18" />,
  alert: ALERT,
  gate: ALERT,
  wait: <path class="scene-glyph" d="M148 58a12 12 0 1 0 24 0a12 12 0 1 0-24 0ZM160 51.5v7l4.5 3" />,
  lock: (
    <path
      class="scene-glyph"
      d="M152 56h16a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3h-16a3 3 0 0 1-3-3v-10a3 3 0 0 1 3-3ZM153.5 56v-4.5a6.5 6.5 0 0 1 13 0v4.5"
    />
  ),
  offline: <path class="scene-glyph" d="M148 59a17 17 0 0 1 24 0M153 65a10 10 0 0 1 14 0M160 70.5v.1M146 49l28 26" />,
}

/** Draws the picture; what it means stands beside it in words. */
export function Scene({ name, low = false }: { name: SceneName; low?: boolean }) {
  const road = name === 'gate' ? 'M8 80h101M211 80h101' : name === 'offline' ? 'M8 80h64M248 80h64' : 'M8 80h304'
  return (
    <svg
      class={['scene', TONES[name], low && 'scene-low'].filter(Boolean).join(' ')}
      viewBox="0 0 320 100"
      aria-hidden="true"
    >
      <circle class="scene-halo" cx="160" cy="53" r="46" />
      <path class="scene-road" d={road} />
      {OTHERS.map(([x, r]) => (
        <circle key={x} class="scene-other" cx={x} cy="80" r={r} />
      ))}
      {name === 'gate' && <path class="scene-gate" d="M116 68v16M204 68v16" />}
      <path class="scene-house" d="M160 25 190 51v24a5 5 0 0 1-5 5h-50a5 5 0 0 1-5-5V51Z" />
      {GLYPHS[name]}
    </svg>
  )
}
