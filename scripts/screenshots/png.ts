// PNG files with few colours, written and read without a library (ISO/IEC 15948).
import { crc32, deflateSync, inflateSync } from 'node:zlib'

/**
 * Writes a PNG with few colours (ISO/IEC 15948, colour type 3), which is a third of the size. The pages have few;
 * where smoothed letters make more of them, the rarest ones become the nearest that is kept.
 */
export function withPalette(png: Buffer, most: number): Buffer {
  const { width, height, pixels } = readPng(png)
  const counts = new Map<number, number>()
  for (let at = 0; at < pixels.length; at += 4) {
    const colour = colourAt(pixels, at)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const kept = [...counts].toSorted(([, one], [, other]) => other - one).slice(0, most)
  const palette = kept.map(([colour]) => colour)
  const index = new Map(palette.map((colour, at) => [colour, at]))
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const colour = colourAt(pixels, (y * width + x) * 4)
      let at = index.get(colour)
      if (at === undefined) {
        at = nearest(colour, palette)
        index.set(colour, at)
      }
      rows[y * (width + 1) + 1 + x] = at
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const data = deflateSync(rows, { level: 9, memLevel: 9 })
  return Buffer.concat([
    png.subarray(0, 8),
    chunk('IHDR', header),
    ...paletteChunks(palette),
    chunk('IDAT', data),
    chunk('IEND'),
  ])
}

/** The palette of a file, with transparency where a colour has some. */
export function paletteChunks(palette: readonly number[]): Buffer[] {
  const colours = palette.flatMap((colour) => [colour >>> 24, (colour >>> 16) & 255, (colour >>> 8) & 255])
  const alphas = palette.map((colour) => colour & 255)
  const opaque = alphas.every((alpha) => alpha === 255)
  return [chunk('PLTE', Buffer.from(colours)), ...(opaque ? [] : [chunk('tRNS', Buffer.from(alphas))])]
}

/** Red, green, blue and alpha as one number. */
export function colourAt(pixels: Uint8Array, at: number): number {
  const [red = 0, green = 0, blue = 0, alpha = 0] = pixels.subarray(at, at + 4)
  return ((red << 24) | (green << 16) | (blue << 8) | alpha) >>> 0
}

export function nearest(colour: number, palette: readonly number[]): number {
  let best = 0
  let least = Infinity
  for (const [at, other] of palette.entries()) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = [24, 16, 8, 0].map(
      (bits) => ((colour >>> bits) & 255) - ((other >>> bits) & 255),
    )
    const distance = red * red + green * green + blue * blue + alpha * alpha
    if (distance < least) [best, least] = [at, distance]
  }
  return best
}

/** Reads what Chromium writes: 8 bits a channel, RGB or RGBA, not interlaced. Gives RGBA. */
export function readPng(png: Buffer): { width: number; height: number; pixels: Uint8Array } {
  const width = png.readUInt32BE(16)
  const height = png.readUInt32BE(20)
  const channels = png[25] === 6 ? 4 : 3
  const parts: Buffer[] = []
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  const raw = inflateSync(Buffer.concat(parts))
  const stride = width * channels
  const lines = new Uint8Array(stride * height)
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0
    for (let x = 0; x < stride; x += 1) {
      const left = x < channels ? 0 : (lines[y * stride + x - channels] ?? 0)
      const up = y === 0 ? 0 : (lines[(y - 1) * stride + x] ?? 0)
      const corner = x < channels || y === 0 ? 0 : (lines[(y - 1) * stride + x - channels] ?? 0)
      const value = raw[y * (stride + 1) + 1 + x] ?? 0
      lines[y * stride + x] = value + predicted(filter, left, up, corner)
    }
  }
  if (channels === 4) return { width, height, pixels: lines }
  const pixels = new Uint8Array(width * height * 4).fill(255)
  for (let at = 0; at < width * height; at += 1) pixels.set(lines.subarray(at * 3, at * 3 + 3), at * 4)
  return { width, height, pixels }
}

/** What a filter adds to a byte (ISO/IEC 15948 section 9.2). */
function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter < 3) return filter === 0 ? 0 : filter === 1 ? left : up
  if (filter === 3) return (left + up) >> 1
  const guess = left + up - corner
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner
}

export function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  body.copy(whole, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}
