// Debian's Chromium without a window, as a person would have it: it trusts the roots it is given and no others beyond its own,
// and no check is switched off. Home, profile and trust are in a folder that goes away with it.
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'

const run = promisify(execFile)

/** A browser is started with this. */
export interface ChromiumInit {
  /** PEM of the roots to trust. @default those of the browser alone */
  readonly roots?: readonly string[]
  /** Every name except localhost is resolved here, over HTTPS (RFC 8484), and nowhere else. @default the system's way */
  readonly dohUrl?: string
  /** Rules by which it takes a proxy. @default no proxy */
  readonly pacUrl?: string
  /** Names that are resolved without asking anybody, as `--host-resolver-rules` has them. @default none */
  readonly hosts?: string
  /** Does what a person would have done in this home before the browser starts. */
  readonly prepare?: (home: string) => Promise<unknown>
}

/** A page that can be asked for things. */
export interface Tab {
  /** The value of an expression, awaited in the page. */
  evaluate(expression: string): Promise<unknown>
  /** What the browser wrote to the console, which says more about connections than a page may know. */
  readonly console: readonly string[]
}

/** A running browser. */
export interface Chromium {
  /** @throws where the page cannot be loaded */
  open(url: string): Promise<Tab>
  stop(): Promise<void>
}

const PROGRAMS = [
  { name: 'chromium', debian: 'chromium' },
  { name: 'certutil', debian: 'libnss3-tools' },
] as const

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
] as const

/**
 * Folders below the home where Chromium looks for what a person trusts: the first for twenty years, the second in versions that
 * follow the XDG rules. Measured with 156: either one alone is read.
 */
const TRUST_FOLDERS = ['.pki/nssdb', '.local/share/pki/nssdb'] as const

/** Why there can be no browser here; undefined where there can. */
export async function whyNoChromium(): Promise<string | undefined> {
  for (const { name, debian } of PROGRAMS) {
    if ((await findProgram(name)) === undefined) return `${name} is not installed (Debian package ${debian})`
  }
  return undefined
}

/** Starts a browser. */
export async function startChromium(init: ChromiumInit): Promise<Chromium> {
  const home = await mkdtemp(join(tmpdir(), 'nodetrust-chromium-'))
  const remove = () => rm(home, { recursive: true, force: true, maxRetries: 5 })
  try {
    if (init.roots) await trust(home, init.roots)
    await init.prepare?.(home)
    const profile = join(home, 'profile')
    await mkdir(profile)
    if (init.dohUrl !== undefined) {
      const settings = { dns_over_https: { mode: 'secure', templates: init.dohUrl } }
      await writeFile(join(profile, 'Local State'), JSON.stringify(settings))
    }
    const proxy = [
      ...(init.pacUrl === undefined ? [] : [`--proxy-pac-url=${init.pacUrl}`]),
      ...(init.hosts === undefined ? [] : [`--host-resolver-rules=${init.hosts}`]),
    ]
    const browser = await chromium.launchPersistentContext(profile, {
      executablePath: (await findProgram('chromium')) ?? 'chromium',
      // the driver's own flags would change what is tested here
      ignoreDefaultArgs: true,
      args: [...FLAGS, ...proxy, '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'],
      env: { PATH: process.env['PATH'] ?? '', HOME: home },
    })
    return {
      async open(url) {
        const page = await browser.newPage()
        const said: string[] = []
        page.on('console', (message) => said.push(message.text()))
        await page.goto(url)
        return { console: said, evaluate: (expression) => page.evaluate(expression) }
      },
      async stop() {
        await browser.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Makes the database of trusted roots. */
async function trust(home: string, roots: readonly string[]): Promise<void> {
  const [first, ...others] = TRUST_FOLDERS.map((folder) => join(home, folder))
  if (first === undefined) return
  const database = `sql:${first}`
  await mkdir(first, { recursive: true })
  await run('certutil', ['-N', '-d', database, '--empty-password'])
  for (const [index, pem] of roots.entries()) {
    const file = join(home, `root-${index}.pem`)
    await writeFile(file, pem)
    await run('certutil', ['-A', '-d', database, '-n', `root ${index}`, '-t', 'C,,', '-i', file])
  }
  for (const folder of others) await cp(first, folder, { recursive: true })
}

async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  return undefined
}
