// The icons: 20 by 20 units, lines of 1.5, drawn from one table. They say nothing to people who listen; the words beside them do.

const ring = (x: number, y: number, r: number): string =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`
const GLOBE = 'M2.75 10h14.5M10 2.75c2.1 2 3.1 4.4 3.1 7.25s-1 5.25-3.1 7.25c-2.1-2-3.1-4.4-3.1-7.25s1-5.25 3.1-7.25Z'
const GEAR =
  'M8.14 4.56L8.53 2.75L11.47 2.75L11.86 4.56L12.53 4.84L14.09 3.83L16.17 5.91L15.16 7.47L15.44 8.14L17.25 8.53L17.25 11.47L15.44 11.86L15.16 12.53L16.17 14.09L14.09 16.17L12.53 15.16L11.86 15.44L11.47 17.25L8.53 17.25L8.14 15.44L7.47 15.16L5.91 16.17L3.83 14.09L4.84 12.53L4.56 11.86L2.75 11.47L2.75 8.53L4.56 8.14L4.84 7.47L3.83 5.91L5.91 3.83L7.47 4.84Z'

/** Lines, and what is filled with ink. */
const ICONS = {
  home: ['M10 2.75 17 8.75v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15.75v-7Z'],
  certificate: [`M7 11.5 6 17.25l4-2 4 2-1-5.75M8 7.6 9.4 9 12.1 6.3${ring(10, 7.5, 4.75)}`],
  address: [`M10 17.5c3.3-3 5.5-6.1 5.5-9.25a5.5 5.5 0 0 0-11 0C4.5 11.4 6.7 14.5 10 17.5Z${ring(10, 8.25, 2)}`],
  peers: [
    `${ring(10, 4.75, 2.25)}${ring(4.5, 14.75, 2.25)}${ring(15.5, 14.75, 2.25)}M8.9 6.75 5.6 12.75M11.1 6.75l3.3 6M6.75 14.75h6.5`,
  ],
  activity: ['M7.5 5.25h9M7.5 10h9M7.5 14.75h9', `${ring(3.75, 5.25, 1)}${ring(3.75, 10, 1)}${ring(3.75, 14.75, 1)}`],
  settings: [`${GEAR}${ring(10, 10, 2.25)}`],
  copy: [
    'M9 7.25h6a1.75 1.75 0 0 1 1.75 1.75v6a1.75 1.75 0 0 1-1.75 1.75h-6a1.75 1.75 0 0 1-1.75-1.75v-6a1.75 1.75 0 0 1 1.75-1.75ZM4.75 12.75A1.5 1.5 0 0 1 3.25 11.25v-6.5a1.5 1.5 0 0 1 1.5-1.5h6.5a1.5 1.5 0 0 1 1.5 1.5',
  ],
  qr: [
    'M4.25 3.25h3a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-3a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1ZM12.75 3.25h3a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-3a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1ZM4.25 11.75h3a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-3a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1ZM11.75 11.75h2M16.75 11.75v2M11.75 14.5v2.25M14.75 16.75h2',
  ],
  external: [
    'M11.75 3.5h4.75v4.75M16.25 3.75 9.5 10.5M14.75 11.75v3.5a1.5 1.5 0 0 1-1.5 1.5h-8a1.5 1.5 0 0 1-1.5-1.5v-8a1.5 1.5 0 0 1 1.5-1.5h3.5',
  ],
  right: ['m7.75 4.75 5.25 5.25-5.25 5.25'],
  down: ['m4.75 7.75 5.25 5.25 5.25-5.25'],
  back: ['M12.25 4.75 7 10l5.25 5.25'],
  check: ['m4.25 10.5 3.75 3.75 7.75-8.25'],
  info: [`${ring(10, 10, 7.25)}M10 9.25v4.25`, ring(10, 6.5, 0.9)],
  warning: ['M10 3.25 17.5 16.5h-15ZM10 8v4', ring(10, 14.25, 0.9)],
  clock: [`${ring(10, 10, 7.25)}M10 5.75V10l3 1.75`],
  lock: [
    'M5.75 8.75h8.5a1.5 1.5 0 0 1 1.5 1.5v5a1.5 1.5 0 0 1-1.5 1.5h-8.5a1.5 1.5 0 0 1-1.5-1.5v-5a1.5 1.5 0 0 1 1.5-1.5ZM6.75 8.75v-2.25a3.25 3.25 0 0 1 6.5 0v2.25',
  ],
  person: [`${ring(10, 6.5, 3)}M4 16.75c.5-3.25 2.9-5 6-5s5.5 1.75 6 5`],
  question: [`${ring(10, 10, 7.25)}M7.9 8a2.15 2.15 0 1 1 3.2 1.9c-.7.4-1.1.8-1.1 1.6`, ring(10, 13.9, 0.9)],
  seal: ['M10 2.75 15.75 5v4.5c0 3.5-2.4 6.2-5.75 7.75-3.35-1.55-5.75-4.25-5.75-7.75V5ZM7.4 9.9l1.9 1.9 3.4-3.6'],
  refresh: ['M16.25 10a6.25 6.25 0 1 1-1.83-4.42l1.83 1.67M16.25 3.5v3.75h-3.75'],
  download: ['M10 3.25v9M6.25 8.75 10 12.5l3.75-3.75M3.75 16.25h12.5'],
  globe: [`${ring(10, 10, 7.25)}${GLOBE}`],
  mail: [
    'M4.25 4.75h11.5a1.5 1.5 0 0 1 1.5 1.5v7.5a1.5 1.5 0 0 1-1.5 1.5h-11.5a1.5 1.5 0 0 1-1.5-1.5v-7.5a1.5 1.5 0 0 1 1.5-1.5ZM3.5 6l6.5 5 6.5-5',
  ],
  box: ['M10 2.75 16.5 6.25v7.5L10 17.25l-6.5-3.5v-7.5ZM3.75 6.5 10 10l6.25-3.5M10 10v7'],
  close: ['m5 5 10 10M15 5 5 15'],
  key: [`${ring(6.5, 13.5, 3.25)}M8.9 11.1l7.35-7.35M13.25 6.75l2.25 2.25`],
  router: [
    'M4.25 11.25h11.5a1.5 1.5 0 0 1 1.5 1.5v2.5a1.5 1.5 0 0 1-1.5 1.5h-11.5a1.5 1.5 0 0 1-1.5-1.5v-2.5a1.5 1.5 0 0 1 1.5-1.5ZM13.75 11.25v-3M11.25 4.9a4 4 0 0 1 5 0',
    `${ring(5.75, 14, 0.9)}${ring(8.75, 14, 0.9)}`,
  ],
} as const satisfies Record<string, readonly [lines: string, ink?: string]>

export type IconName = keyof typeof ICONS

/** They point along the lines, so they are turned round where lines run from right to left. */
const DIRECTED: readonly IconName[] = ['right', 'back', 'external', 'activity']

/** How it is coloured. */
export type IconTone = 'soft' | 'good' | 'attention'

/** Draws one icon. */
export function Icon({ name, tone, small = false }: { name: IconName; tone?: IconTone; small?: boolean }) {
  const [lines, ink]: readonly [string, string?] = ICONS[name]
  const className = ['icon', small && 'icon-small', DIRECTED.includes(name) && 'icon-way', tone && `icon-${tone}`]
    .filter(Boolean)
    .join(' ')
  return (
    <svg class={className} viewBox="0 0 20 20" aria-hidden="true">
      <path d={lines} />
      {ink !== undefined && <path class="ink" d={ink} />}
    </svg>
  )
}
