// One Chromium for all pages of a suite. It trusts the root of the sandbox's CA as a person's browser would (in its own home),
// and finds the names of the sandbox's zone on this machine; every window has a profile of its own.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core'
import { SANDBOX_ZONE } from '../../../servers/sandbox/network.ts'

const run = promisify(execFile)

/** A running browser. */
export interface UiBrowser {
  /** A window with nothing in it; closed with the browser. */
  context(options?: BrowserContextOptions): Promise<BrowserContext>
  stop(): Promise<void>
}

/** A condition that does not come about in this time never does. */
export const PATIENCE_MS = 25_000

const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', `--host-resolver-rules=MAP *.${SANDBOX_ZONE} 127.0.0.1`],
] as const

/** @param rootPath  PEM file of the root to trust beside its own */
export async function startBrowser(rootPath: string): Promise<UiBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'nodetrust-ui-browser-'))
  const remove = () => rm(home, { recursive: true, force: true, maxRetries: 5 })
  try {
    const database = join(home, '.pki', 'nssdb')
    await mkdir(database, { recursive: true })
    await run('certutil', ['-N', '-d', `sql:${database}`, '--empty-password'])
    await run('certutil', ['-A', '-d', `sql:${database}`, '-n', 'sandbox', '-t', 'C,,', '-i', rootPath])
    await cp(database, join(home, '.local', 'share', 'pki', 'nssdb'), { recursive: true })
    const browser = await chromium.launch({
      ...{ executablePath: chromiumPath(), args: [...FLAGS] },
      env: { PATH: process.env['PATH'] ?? '', HOME: home },
    })
    return {
      async context(options) {
        const context = await browser.newContext({
          locale: 'en-GB',
          timezoneId: 'UTC',
          reducedMotion: 'reduce',
          ...options,
        })
        context.setDefaultTimeout(PATIENCE_MS)
        return context
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

/** The driver wants a whole path. */
function chromiumPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, 'chromium')).find((path) => existsSync(path)) ?? '/usr/bin/chromium'
}
