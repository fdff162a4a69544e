// Pictures of every page in every state, light and dark, into `docs/screenshots/`: the real page in Chromium with a node that only
// plays one, at a moment that stands still. `node scripts/screenshots.ts [--out DIR] [name ...]`; with the name `desktop`, the real window and tray;
// with the name `strip`, a real first run as a strip and as a moving picture into `docs/images/`.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildRenderer } from './build.ts'
import { desktopScreenshots } from './desktop-screenshots.ts'
import { withPalette } from './screenshots/png.ts'
import { takeStrip } from './screenshots/strip.ts'
import { LARGE, openWindow, SMALL, startBrowser } from '../test/support/page-host/browser.ts'
import { startPageHost } from '../test/support/page-host/page-host.ts'
import { PRESSED, SCENES, SERVING, type Scene } from '../test/support/page-host/states.ts'
import { OPERATOR_SCENES } from '../test/support/operator-scenes.ts'

/** These are shown in the README, so they are sharp on every screen. */
const SHARP = ['home-serving', 'home-working', 'certificate']

const THEMES = ['light', 'dark'] as const
const SIZES = { small: SMALL, wide: LARGE } as const

const args = process.argv.slice(2)
const outAt = args.indexOf('--out')
const out = outAt < 0 ? join(import.meta.dirname, '..', 'docs', 'screenshots') : (args[outAt + 1] ?? '.')
const names = args.filter((_, index) => outAt < 0 || (index !== outAt && index !== outAt + 1))
const scenes = [...SCENES, ...PRESSED].filter(({ name }) => names.length === 0 || names.includes(name))

/** Those of the real window and the tray are made apart: they need a desktop. */
const DESKTOP = 'desktop'
if (names.includes(DESKTOP)) {
  await mkdir(out, { recursive: true })
  const made = await desktopScreenshots(out)
  console.log(`${made.length} pictures of the desktop app in ${out}: ${made.join(', ')}`)
  process.exit(0)
}

/** A first run takes a network, a node and a minute. */
if (names.includes('strip')) {
  const folder = outAt < 0 ? join(import.meta.dirname, '..', 'docs', 'images') : out
  await mkdir(folder, { recursive: true })
  for (const { path, bytes } of await takeStrip(folder)) console.log(`${path}: ${(bytes / 1000).toFixed(0)} kB`)
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
    const pressed = PRESSED.find(({ name }) => name === scene.name)
    if (pressed?.fill) await page.locator(pressed.fill[0]).fill(pressed.fill[1])
    for (const selector of pressed?.press ?? []) await page.locator(selector).click()
    if (pressed) await page.locator(pressed.shows).scrollIntoViewIfNeeded()
    const picture = withPalette(await page.screenshot(), scale === 2 ? 256 : pressed ? 128 : 48)
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
