// The network as a map: who asks whom, drawn twice, wide and narrow, of which the style shows the one that fits. A way on which something
// fails is of another colour and another stroke, and what fails stands below in words.
import { html, type Html, NONE } from '../html.ts'
import type { MapPlace, RoleReport, Trouble } from '../report.ts'

const NAMES: Readonly<Record<MapPlace, string>> = {
  ...{ peers: 'Peers', proof: 'Proof server', issue: 'Issue server', broker: 'Broker', dns: 'DNS', ca: 'CA' },
  'nostr-relay': 'Nostr relay',
}

/** Where three of them stand side by side on a phone. */
const SHORT_NAMES: Readonly<Record<MapPlace, string>> = {
  ...NAMES,
  proof: 'Proof',
  issue: 'Issue',
  'nostr-relay': 'Relay',
}

/** Who asks whom, by the role that has the way; of the DNS it is the CA and all the world. */
const WAYS: readonly { readonly of: MapPlace; readonly from: MapPlace; readonly to: MapPlace }[] = [
  { of: 'proof', from: 'peers', to: 'proof' },
  { of: 'issue', from: 'peers', to: 'issue' },
  { of: 'broker', from: 'peers', to: 'broker' },
  { of: 'nostr-relay', from: 'peers', to: 'nostr-relay' },
  { of: 'issue', from: 'issue', to: 'ca' },
  { of: 'issue', from: 'issue', to: 'dns' },
  { of: 'broker', from: 'broker', to: 'dns' },
  { of: 'dns', from: 'ca', to: 'dns' },
]

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Layout {
  readonly name: 'wide' | 'narrow'
  readonly size: { readonly width: number; readonly height: number }
  readonly boxes: ReadonlyMap<MapPlace, Box>
}

/** The map, and in words what fails. */
export function rolesPicture(reports: readonly RoleReport[]): Html {
  const here = new Set<MapPlace>(reports.map(({ role }) => role))
  const ways = WAYS.filter(({ of }) => here.has(of))
  const places = new Set<MapPlace>([...ways.flatMap(({ from, to }) => [from, to]), ...here])
  const troubles = reports.flatMap(({ pictures }) => pictures?.troubles ?? [])
  if (ways.length === 0) return NONE
  const draw = (layout: Layout) => drawn(layout, { reports, ways, troubles })
  return html`<figure class="map">
    ${draw(wide(places))} ${draw(narrow(places))}
    ${
      troubles.length === 0
        ? NONE
        : html`<ul class="troubles">
            ${troubles.map(({ from, to, why }) => html`<li>${NAMES[from]} to ${NAMES[to]}: ${why}</li>`)}
          </ul>`
    }
  </figure>`
}

const MIDDLE: readonly MapPlace[] = ['proof', 'issue', 'broker', 'nostr-relay']
const END: readonly MapPlace[] = ['ca', 'dns']

function wide(places: ReadonlySet<MapPlace>): Layout {
  const [width, height, gap] = [184, 56, 24]
  const [middle, end] = [MIDDLE.filter((one) => places.has(one)), END.filter((one) => places.has(one))]
  const rows = Math.max(middle.length, end.length, 1)
  const whole = rows * height + (rows - 1) * gap
  const column = (all: readonly MapPlace[], x: number): [MapPlace, Box][] => {
    const top = (whole - (all.length * height + (all.length - 1) * gap)) / 2
    return all.map((place, index) => [place, { x, y: 1 + top + index * (height + gap), width, height }])
  }
  const boxes = new Map([...column(['peers'], 1), ...column(middle, 287), ...column(end, 573)])
  return { name: 'wide', size: { width: 758, height: whole + 2 }, boxes }
}

function narrow(places: ReadonlySet<MapPlace>): Layout {
  const [height, gap, whole] = [52, 40, 318]
  const row = (all: readonly MapPlace[], y: number): [MapPlace, Box][] => {
    const space = all.length > 2 ? 9 : 60
    const width = Math.min(140, (whole - (all.length - 1) * space) / Math.max(all.length, 1))
    const left = (whole - (all.length * width + (all.length - 1) * space)) / 2
    return all.map((place, index) => [place, { x: 1 + left + index * (width + space), y: 1 + y, width, height }])
  }
  const [middle, end] = [MIDDLE.filter((one) => places.has(one)), END.filter((one) => places.has(one))]
  const boxes = new Map([
    ...row(['peers'], 0),
    ...row(middle, height + gap),
    ...row(end, (middle.length > 0 ? 2 : 1) * (height + gap)),
  ])
  const rows = 1 + (middle.length > 0 ? 1 : 0) + (end.length > 0 ? 1 : 0)
  return { name: 'narrow', size: { width: whole + 2, height: rows * height + (rows - 1) * gap + 2 }, boxes }
}

interface Drawn {
  readonly reports: readonly RoleReport[]
  readonly ways: typeof WAYS
  readonly troubles: readonly Trouble[]
}

function drawn({ name, size, boxes }: Layout, { reports, ways, troubles }: Drawn): Html {
  const failing = ({ from, to }: (typeof WAYS)[number]) =>
    troubles.some((trouble) => trouble.from === from && trouble.to === to)
  const words = troubles.length === 0 ? 'nothing fails' : `${troubles.length} fail`
  return html`<svg
    class="${name}"
    viewBox="0 0 ${size.width} ${size.height}"
    role="img"
    aria-label="Who asks whom in this network: ${ways.length} ways, ${words}"
  >
    <defs>${[false, true].map((bad) => arrowHead(name, bad))}</defs>
    ${ways.toSorted((one, other) => Number(failing(one)) - Number(failing(other))).map((way) => arrow(name, boxes, way, failing(way)))}
    ${[...boxes].map(([place, box]) => boxOf(place, box, { reports, names: name === 'wide' ? NAMES : SHORT_NAMES }))}
  </svg>`
}

function arrowHead(name: string, bad: boolean): Html {
  return html`<marker
    id="${headOf(name, bad)}"
    viewBox="0 0 8 8"
    refX="7"
    refY="4"
    markerWidth="8"
    markerHeight="8"
    markerUnits="userSpaceOnUse"
    orient="auto"
    ><path class="${bad ? 'head bad' : 'head'}" d="M0 0L8 4L0 8z"
  /></marker>`
}

function headOf(name: string, bad: boolean): string {
  return `${name}-${bad ? 'bad' : 'well'}`
}

function arrow(name: Layout['name'], boxes: Layout['boxes'], { from, to }: (typeof WAYS)[number], bad: boolean): Html {
  const [one, other] = [boxes.get(from), boxes.get(to)]
  if (!one || !other) return NONE
  const beside = name === 'wide' ? one.x === other.x : one.y === other.y
  const alongX = (name === 'wide') !== beside
  return html`<path
    class="${bad ? 'way bad' : 'way'}"
    d="${curve(one, other, alongX)}"
    marker-end="url(#${headOf(name, bad)})"
  />`
}

/** From the edge of one box to that of the other, leaving and arriving at a right angle. */
function curve(one: Box, other: Box, alongX: boolean): string {
  const [x1, y1] = alongX ? [one.x + one.width, one.y + one.height / 2] : [one.x + one.width / 2, one.y + one.height]
  const [x2, y2] = alongX ? [other.x - 1, other.y + other.height / 2] : [other.x + other.width / 2, other.y - 1]
  const [half, rise] = [(x2 - x1) / 2, (y2 - y1) / 2]
  return alongX
    ? `M${x1} ${y1}C${x1 + half} ${y1} ${x2 - half} ${y2} ${x2} ${y2}`
    : `M${x1} ${y1}C${x1} ${y1 + rise} ${x2} ${y2 - rise} ${x2} ${y2}`
}

function boxOf(
  place: MapPlace,
  { x, y, width, height }: Box,
  { reports, names }: { readonly reports: readonly RoleReport[]; readonly names: typeof NAMES },
): Html {
  const report = reports.find(({ role }) => role === place)
  const attention = report?.state.attention === true
  const isHere = report !== undefined || place === 'peers'
  const kind = ['box', ...(attention ? ['bad'] : []), ...(isHere ? [] : ['elsewhere'])].join(' ')
  const middle = x + width / 2
  const line = lineOf(place, reports)
  return html`<g class="${kind}">
    <rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10" />
    <text x="${middle}" y="${y + (line === '' ? height / 2 + 5 : height / 2 - 3)}"
      >${names[place]}${attention ? ' !' : ''}</text
    >
    ${line === '' ? NONE : html`<text class="line" x="${middle}" y="${y + height / 2 + 15}">${line}</text>`}
  </g>`
}

function lineOf(place: MapPlace, reports: readonly RoleReport[]): string {
  const own = reports.find(({ role }) => role === place)?.pictures?.line
  if (own !== undefined) return own
  const all = reports.flatMap(({ pictures }) => pictures ?? [])
  if (place === 'ca') return all.find(({ ca }) => ca !== undefined)?.ca ?? 'elsewhere'
  if (place !== 'peers') return reports.some(({ role }) => role === place) ? '' : 'elsewhere'
  const valid = all.find(({ certificates }) => certificates)?.certificates?.valid
  return valid === undefined ? '' : `${valid} certified`
}
