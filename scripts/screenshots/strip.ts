// A first run as it is: a real network on loopback, a real node, its page in Chromium, and the three moments that matter beside each
// other (`strip.png`), and all of it as a picture that moves (`first-run.png`, an animated PNG). `npm run screenshots -- strip`.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { systemClock } from '../../core/clock.ts'
import { openAuthority } from '../../servers/ca/authority.ts'
import { bridgeHosts } from '../../test/ui/hosts/bridge.ts'
import { startBrowser, type UiBrowser } from '../../test/ui/hosts/browser.ts'
import { dirOf, prepareHome } from '../../test/ui/hosts/host.ts'
import { startUiNetwork } from '../../test/ui/hosts/network.ts'
import { button, choose, life, say, titled } from '../../test/ui/words.ts'
import { buildRenderer } from '../build.ts'
import { animated, type Frame } from './animation.ts'
import { withPalette } from './png.ts'

/** The window as it opens, a little higher, so that nothing is half seen; sharp on every screen. */
const SIZE = { width: 420, height: 720 }
const SCALE = 2

/** How long a viewer needs for a moment that a program is through with at once. */
const READ_MS = 2_600
const GLANCE_MS = 350
const STEP_MS = 450

/** Letters that a person would type or paste at once. */
const PASTED_AT_ONCE = 12

/** What was written. */
export interface Written {
  readonly path: string
  readonly bytes: number
}

/** Takes both pictures. */
export async function takeStrip(out: string): Promise<readonly Written[]> {
  await buildRenderer()
  const folder = await mkdtemp(join(tmpdir(), 'nodetrust-strip-'))
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })]
  try {
    const { rootPem } = await openAuthority({ dir: folder, clock: systemClock })
    const rootPath = join(folder, 'root-to-trust.pem')
    await writeFile(rootPath, rootPem)
    const browser = await startBrowser(rootPath)
    stops.push(() => browser.stop())
    const network = await startUiNetwork({ caDir: folder })
    stops.push(() => network.stop())
    const home = await mkdtemp(join(tmpdir(), 'nodetrust-strip-home-'))
    stops.push(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
    await prepareHome(home)
    await calm(home)
    // its root is among those that this computer trusts, as a public authority's is
    const env = { NODE_EXTRA_CA_CERTS: rootPath }
    const context = () => browser.context({ viewport: SIZE, deviceScaleFactor: SCALE, colorScheme: 'light' })
    const app = await bridgeHosts().start({ home, context, env })
    stops.push(() => app.stop())
    const page = app.page()
    const frames: Frame[] = []
    const take = async (ms: number): Promise<Buffer> => {
      const png = await page.screenshot()
      frames.push({ png, ms })
      return png
    }

    await titled(page, 'welcome.title')
    await take(READ_MS / 2)
    await choose(page, 'invited')
    await take(GLANCE_MS)
    await paste(page, network.invitation, take)
    await button(page, 'welcome.join').isEnabled()
    await page
      .getByText(say('welcome.names.value', { zone: network.zone }))
      .first()
      .waitFor()
    const invited = await take(READ_MS)

    network.mood = 'holding'
    await button(page, 'welcome.join').click()
    await page.mouse.move(0, 0)
    await life(page, 'working')
    await button(page, 'notice.dismiss').click()
    await page.locator('.banner').waitFor({ state: 'detached' })
    await page.mouse.move(0, 0)
    const seen = new Set<string>()
    const steps = async (): Promise<boolean> => {
      const [done, running] = await Promise.all([
        page.locator('.step-done').count(),
        page.locator('[aria-current="step"]').count(),
      ])
      const look = `${done} ${running}`
      if (running > 0 && !seen.has(look)) await take(STEP_MS)
      seen.add(look)
      return running > 0
    }
    const ordered = network.held().then(() => true)
    while (!(await Promise.race([ordered, steps().then(() => false)])));
    const working = await take(STEP_MS)
    network.release()
    while (await steps());
    await life(page, 'serving')
    await page.locator('.qr[data-text]').waitFor()
    const serving = await take(2 * READ_MS)

    const strip = withPalette(await beside(browser, [invited, working, serving]), 250)
    return [await write(join(out, 'strip.png'), strip), await write(join(out, 'first-run.png'), animated(frames, 128))]
  } finally {
    for (const stop of stops.toReversed()) await stop().catch(() => undefined)
  }
}

/** What this machine has to say of itself is not what a first run is about. */
async function calm(home: string): Promise<void> {
  const path = join(dirOf(home), 'settings.json')
  const stored = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(path, JSON.stringify({ ...stored, dismissed: ['keychain-fallback'] }))
}

async function paste(page: Page, invitation: string, take: (ms: number) => Promise<Buffer>): Promise<void> {
  const field = page.getByLabel(say('welcome.invitation'), { exact: true })
  await field.fill(invitation.slice(0, PASTED_AT_ONCE))
  await take(GLANCE_MS)
  await field.fill(invitation)
  // its beginning tells what it is
  await field.evaluate((element) => (element.scrollTop = 0))
}

/** Windows beside each other on nothing, so that the page behind may be light or dark. */
async function beside(browser: UiBrowser, windows: readonly Buffer[]): Promise<Buffer> {
  const gap = 28
  const context = await browser.context({
    viewport: { width: windows.length * (SIZE.width + gap) + gap, height: SIZE.height + 2 * gap },
    deviceScaleFactor: 1.5,
  })
  const page = await context.newPage()
  const images = windows.map((png) => `<img src="data:image/png;base64,${png.toString('base64')}">`).join('')
  await page.setContent(`<style>
    body { display: flex; gap: ${gap}px; margin: ${gap}px; background: transparent }
    img { width: ${SIZE.width}px; height: ${SIZE.height}px; border-radius: 14px; outline: 1px solid #9aa5a1 }
  </style>${images}`)
  const png = await page.screenshot({ omitBackground: true })
  await context.close()
  return png
}

async function write(path: string, content: Buffer): Promise<Written> {
  await writeFile(path, content)
  return { path, bytes: content.length }
}
