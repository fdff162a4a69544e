// Makes the sizes of our icons from their SVG sources, with Chromium as the painter: `node scripts/icons.ts` after changing one.
// The results are committed; `manifest.json` holds the hashes by which a test sees that they are those of the sources.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { icns, ico, type IconImage } from './icons/containers.ts'

const FOLDER = join(import.meta.dirname, '..', 'assets', 'icons')

/** A picture to paint: a source below assets/icons and a size in pixels. */
interface Paint {
  readonly source: string
  readonly size: number
}

/**
 * A tray icon is 16 units; the parts of a file name that Electron knows give it sharp ones for dense screens. Panels of Linux
 * desktops show 22 to 24 pixels and scale what is smaller, hence the larger set.
 */
const TRAY_SCALES = [
  ['', 16],
  ['@1.25x', 20],
  ['@1.5x', 24],
  ['@2x', 32],
  ['@3x', 48],
] as const
const TRAY_LARGE_SCALES = [
  ['', 24],
  ['@2x', 48],
] as const

const APP_SIZES = [16, 20, 24, 32, 40, 48, 64, 128, 256, 512, 1024] as const
const ICO_SIZES = [16, 20, 24, 32, 40, 48, 64, 128, 256] as const
const ICNS_SIZES = [16, 32, 64, 128, 256, 512, 1024] as const

/** Smaller than this the plate has no edge to spare and the tick needs weight. */
const SMALL_UP_TO = 32

const appSource = (size: number): string => (size <= SMALL_UP_TO ? 'app/small.svg' : 'app/app.svg')
const macSource = (size: number): string => (size < SMALL_UP_TO ? 'app/small.svg' : 'app/macos.svg')

/** What the sources and the results are, by the hash of each file. */
export interface Manifest {
  readonly sources: Readonly<Record<string, string>>
  readonly made: Readonly<Record<string, string>>
}

/** The hashes of files below assets/icons whose names fit. */
export async function hashFiles(fits: (path: string) => boolean): Promise<Record<string, string>> {
  const entries = await readdir(FOLDER, { recursive: true })
  const paths = entries.map((path) => path.replaceAll('\\', '/')).filter((path) => fits(path))
  const pairs = paths.sort().map(async (path) => [path, hashOf(await readFile(join(FOLDER, path)))] as const)
  return Object.fromEntries(await Promise.all(pairs))
}

export const isSource = (path: string): boolean => path.endsWith('.svg')
export const isMade = (path: string): boolean => /\.(?:png|ico|icns)$/.test(path)

/** Makes every size. */
async function makeIcons(): Promise<number> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const page = await browser.newPage()
    for (const path of Object.keys(await hashFiles(isMade))) await rm(join(FOLDER, path))
    const trays = Object.keys(await hashFiles((path) => /^tray\/[^/]+\.svg$/.test(path)))
    for (const source of trays) {
      const name = basename(source, '.svg')
      for (const [scale, size] of TRAY_SCALES)
        await write(`tray/${name}${scale}.png`, await paint(page, { source, size }))
      for (const [scale, size] of TRAY_LARGE_SCALES)
        await write(`tray/large/${name}${scale}.png`, await paint(page, { source, size }))
    }
    const app = await paintAll(page, APP_SIZES, appSource)
    for (const { size, png } of app) await write(`app/${size}x${size}.png`, png)
    await write('app/icon.ico', ico(app.filter(({ size }) => ICO_SIZES.some((one) => one === size))))
    await write('app/icon.icns', icns(await paintAll(page, ICNS_SIZES, macSource)))
    const made = await hashFiles(isMade)
    const manifest: Manifest = { sources: await hashFiles(isSource), made }
    await writeFile(join(FOLDER, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    return Object.keys(made).length
  } finally {
    await browser.close()
  }
}

async function paintAll(page: Page, sizes: readonly number[], source: (size: number) => string): Promise<IconImage[]> {
  const images: IconImage[] = []
  for (const size of sizes) images.push({ size, png: await paint(page, { source: source(size), size }) })
  return images
}

/** Draws an SVG as a square PNG with a transparent ground. */
async function paint(page: Page, { source, size }: Paint): Promise<Buffer> {
  const svg = await readFile(join(FOLDER, source), 'utf8')
  // an image without a size of its own is painted in whatever size it is asked for
  const sized = svg.replace(/<svg([^>]*)>/, (_all, attributes: string) => {
    return `<svg${attributes.replaceAll(/\s(?:width|height)="[^"]*"/g, '')} width="${size}" height="${size}">`
  })
  const url = `data:image/svg+xml;base64,${Buffer.from(sized).toString('base64')}`
  const script = `(async () => {
    const image = new Image()
    image.src = ${JSON.stringify(url)}
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = ${size}
    canvas.getContext('2d').drawImage(image, 0, 0, ${size}, ${size})
    return canvas.toDataURL('image/png').split(',')[1]
  })()`
  return Buffer.from(String(await page.evaluate(script)), 'base64')
}

async function write(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(join(FOLDER, path)), { recursive: true })
  await writeFile(join(FOLDER, path), content)
}

function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

function findChromium(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = ['chromium', 'google-chrome']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path))
  if (!found) throw new Error('Chromium paints the icons and is not on the PATH: install it (Debian package chromium)')
  return found
}

if (process.argv[1] === import.meta.filename) console.log(`${await makeIcons()} files in assets/icons`)
