// A picture that moves, as an animated PNG (PNG third edition, section 11.3.6): one palette, and of each frame only the part that
// changed. Every browser shows it; what knows no animation shows the first frame.
import { deflateSync } from 'node:zlib'
import { chunk, colourAt, nearest, paletteChunks, readPng } from './png.ts'

/** One picture and how long it stands. */
export interface Frame {
  readonly png: Buffer
  readonly ms: number
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** @param most  colours of the palette, 256 at most */
export function animated(frames: readonly Frame[], most: number): Buffer {
  const pictures = frames.map(({ png, ms }) => ({ ...readPng(png), ms }))
  const [first] = pictures
  if (!first) throw new RangeError('an animation has one frame at least')
  const { width, height } = first
  const counts = new Map<number, number>()
  for (const { pixels } of pictures)
    for (let at = 0; at < pixels.length; at += 4) {
      const colour = colourAt(pixels, at)
      counts.set(colour, (counts.get(colour) ?? 0) + 1)
    }
  const palette = [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, most)
    .map(([colour]) => colour)
  const index = new Map(palette.map((colour, at) => [colour, at]))
  const indexed = pictures.map(({ pixels }) => {
    const places = new Uint8Array(width * height)
    for (let at = 0; at < places.length; at += 1) {
      const colour = colourAt(pixels, at * 4)
      let place = index.get(colour)
      if (place === undefined) index.set(colour, (place = nearest(colour, palette)))
      places[at] = place
    }
    return places
  })

  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const control = Buffer.alloc(8)
  control.writeUInt32BE(frames.length, 0)
  const parts: Buffer[] = [SIGNATURE, chunk('IHDR', header), chunk('acTL', control), ...paletteChunks(palette)]
  let sequence = 0
  for (const [at, places] of indexed.entries()) {
    const before = indexed[at - 1]
    const part = before ? changed(before, places, width, height) : { x: 0, y: 0, width, height }
    const told = Buffer.alloc(26)
    told.writeUInt32BE(sequence, 0)
    told.writeUInt32BE(part.width, 4)
    told.writeUInt32BE(part.height, 8)
    told.writeUInt32BE(part.x, 12)
    told.writeUInt32BE(part.y, 16)
    told.writeUInt16BE(frames[at]?.ms ?? 0, 20)
    told.writeUInt16BE(1_000, 22)
    parts.push(chunk('fcTL', told))
    sequence += 1
    const data = deflateSync(rowsOf(places, width, part), { level: 9, memLevel: 9 })
    if (at === 0) parts.push(chunk('IDAT', data))
    else {
      const number = Buffer.alloc(4)
      number.writeUInt32BE(sequence, 0)
      parts.push(chunk('fdAT', Buffer.concat([number, data])))
      sequence += 1
    }
  }
  return Buffer.concat([...parts, chunk('IEND')])
}

interface Part {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The smallest rectangle around everything that is another colour; one pixel where nothing is. */
function changed(before: Uint8Array, after: Uint8Array, width: number, height: number): Part {
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      if (before[y * width + x] !== after[y * width + x]) {
        left = Math.min(left, x)
        right = Math.max(right, x)
        top = Math.min(top, y)
        bottom = y
      }
  return right < 0
    ? { x: 0, y: 0, width: 1, height: 1 }
    : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }
}

/** Each line behind a byte that says that it is not filtered. */
function rowsOf(places: Uint8Array, width: number, part: Part): Buffer {
  const rows = Buffer.alloc((part.width + 1) * part.height)
  for (let y = 0; y < part.height; y += 1) {
    const from = (part.y + y) * width + part.x
    rows.set(places.subarray(from, from + part.width), y * (part.width + 1) + 1)
  }
  return rows
}
