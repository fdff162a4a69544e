// Pictures of every page in every state, light and dark, into `docs/screenshots/`: the real page in Chromium with a node that only
// plays one, at a moment that stands still. `node scripts/screenshots.ts [--out DIR] [name ...]`; with the name `desktop`, the real window and tray.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, deflateSync, inflateSync } from 'node:zlib'
import { buildRenderer } from './build.ts'
import { desktopScreenshots } from './desktop-screenshots.ts'
import { LARGE, openWindow, SMALL, startBrowser } from '../test/support/page-host/browser.ts'
import { startPageHost } from '../test/support/page-host/page-host.ts'
import { SCENES, SERVING, type Scene } from '../test/support/page-host/states.ts'
import { OPERATOR_SCENES } from '../test/support/operator-scenes.ts'

/** These are shown in the README, so they are sharp on every screen. */
const SHARP = ['home-serving', 'home-working', 'certificate']

const THEMES = ['light', 'dark'] as const
const SIZES = { small: SMALL, wide: LARGE } as const

const args = process.argv.slice(2)
const outAt = args.indexOf('--out')
const out = outAt < 0 ? join(import.meta.dirname, '..', 'docs', 'screenshots') : (args[outAt + 1] ?? '.')
const names = args.filter((_, index) => outAt < 0 || (index !== outAt && index !== outAt + 1))
const scenes = SCENES.filter(({ name }) => names.length === 0 || names.includes(name))

/** Those of the real window and the tray are made apart: they need a desktop. */
const DESKTOP = 'desktop'
if (names.includes(DESKTOP)) {
  await mkdir(out, { recursive: true })
  const made = await desktopScreenshots(out)
  console.log(`${made.length} pictures of the desktop app in ${out}: ${made.join(', ')}`)
  process.exit(0)
}

const { path } = await buildRenderer()
await mkdir(out, { recursive: true })
const old = names.length > 0 ? [] : (await readdir(out)).filter((name) => !name.startsWith(`${DESKTOP}-`))
for (const name of old) await rm(join(out, name), { recursive: true, force: true })
const host = await startPageHost({ pageDir: path, state: SERVING })
const browser = await startBrowser()
let bytes = 0
let count = 0

/** Takes all pictures of one size in one window. */
async function takeAll(
  wanted: readonly Scene[],
  theme: (typeof THEMES)[number],
  size: keyof typeof SIZES,
  scale: 1 | 2,
) {
  const { context, page } = await openWindow(browser, { theme, size: SIZES[size], scale })
  for (const scene of wanted) {
    host.show(scene.state)
    // each picture begins with a page that has no past: nothing open, nothing scrolled
    await page.goto('about:blank')
    await page.goto(host.link())
    await page.waitForSelector('.app[data-view]')
    await page.evaluate(`location.hash = '#${scene.view}'`)
    await page.waitForSelector(`.app[data-view="${scene.state.app.firstRun ? 'network' : scene.view}"]`)
    const picture = withPalette(await page.screenshot(), scale === 2 ? 256 : 48)
    await writeFile(join(out, `${scene.name}${size === 'small' ? '' : `.${size}`}.${theme}.png`), picture)
    bytes += picture.length
    count += 1
  }
  await context.close()
}

/** The operator's page is as high as it is; its top is what somebody sees first. */
async function takeOperator(theme: (typeof THEMES)[number]) {
  for (const { name, page: html } of OPERATOR_SCENES.filter((one) => names.length === 0 || names.includes(one.name)))
    for (const [suffix, size] of [
      ['', { width: 1_100, height: 960 }],
      ['.narrow', { width: 360, height: 960 }],
    ] as const) {
      const { context, page } = await openWindow(browser, { theme, size, scale: 1 })
      await page.setContent(html())
      const picture = withPalette(await page.screenshot(), 48)
      await writeFile(join(out, `${name}${suffix}.${theme}.png`), picture)
      bytes += picture.length
      count += 1
      await context.close()
    }
}

const isSharp = ({ name }: Scene) => SHARP.includes(name)
for (const theme of THEMES) {
  await takeAll(
    scenes.filter((scene) => isSharp(scene)),
    theme,
    'small',
    2,
  )
  await takeAll(
    scenes.filter((scene) => !isSharp(scene)),
    theme,
    'small',
    1,
  )
  await takeAll(scenes, theme, 'wide', 1)
}
for (const theme of THEMES) await takeOperator(theme)
await browser.close()
await host.stop()
console.log(`${count} pictures, ${(bytes / 1_000_000).toFixed(2)} MB in ${out}`)

/**
 * Writes a PNG with few colours (ISO/IEC 15948, colour type 3), which is a third of the size. The pages have few;
 * where smoothed letters make more of them, the rarest ones become the nearest that is kept.
 */
function withPalette(png: Buffer, most: number): Buffer {
  const { width, height, pixels } = readPng(png)
  const counts = new Map<number, number>()
  for (let at = 0; at < pixels.length; at += 3) {
    const colour = colourAt(pixels, at)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const kept = [...counts].toSorted(([, one], [, other]) => other - one).slice(0, most)
  const palette = kept.map(([colour]) => colour)
  const index = new Map(palette.map((colour, at) => [colour, at]))
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const colour = colourAt(pixels, (y * width + x) * 3)
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
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  const data = deflateSync(rows, { level: 9, memLevel: 9 })
  return Buffer.concat([
    png.subarray(0, 8),
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', data),
    chunk('IEND'),
  ])
}

function colourAt(pixels: Uint8Array, at: number): number {
  return ((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0)
}

function nearest(colour: number, palette: readonly number[]): number {
  let best = 0
  let least = Infinity
  for (const [at, other] of palette.entries()) {
    const red = (colour >> 16) - (other >> 16)
    const green = ((colour >> 8) & 255) - ((other >> 8) & 255)
    const blue = (colour & 255) - (other & 255)
    const distance = red * red + green * green + blue * blue
    if (distance < least) [best, least] = [at, distance]
  }
  return best
}

/** Reads what Chromium writes: 8 bits a channel, RGB or RGBA, not interlaced. */
function readPng(png: Buffer): { width: number; height: number; pixels: Uint8Array } {
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
  const pixels = new Uint8Array(width * height * 3)
  for (let at = 0; at < width * height; at += 1) pixels.set(lines.subarray(at * channels, at * channels + 3), at * 3)
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

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  body.copy(whole, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}
