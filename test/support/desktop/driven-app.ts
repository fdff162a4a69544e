// The app as it is packed, run from its folder by a real Electron and driven: its pages through Chromium's port, its main process through
// Node's. A package refuses both, so this is for what must be looked at from inside; the rest is looked at in the package.
import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { OUTPUTS } from '../../../scripts/build.ts'
import { stageDesktop } from '../../../scripts/package-desktop.ts'
import type { Owner } from '../keyring.ts'
import type { Account } from './account.ts'
import { eventually } from './eventually.ts'
import type { Session, Started } from './session.ts'

const run = promisify(execFile)

/** What runs where. */
export interface DrivenInit {
  readonly session: Session
  /** Electron's program. */
  readonly program: string
  /** The app's first file, see `stageApp`. */
  readonly file: string
  readonly env?: Readonly<Record<string, string>>
  /** Whether the main process can be asked as well. @default false */
  readonly inspector?: boolean
  /** Further switches of Chromium. */
  readonly words?: readonly string[]
  /** Is told of every context of pages that a driver reaches. */
  readonly onContext?: (context: BrowserContext) => void
}

/** The app under a driver. */
export interface DrivenApp {
  readonly started: Started
  /** The window's page. A driver that lost it, because its process died, has to ask anew. */
  page(): Promise<Page>
  /** Evaluates an expression in the main process, where `require` is; waits for promises. */
  main<Answer>(expression: string): Promise<Answer>
  stop(): Promise<void>
}

/** A start takes a second; a machine under load gets more. */
export const PATIENCE_MS = 25_000

/** Takes a tenth of a second. */
const CONNECT_MS = 8_000
const MOST_CONNECTS = 5

const PAGES_AT = /^DevTools listening on (ws:\S+)$/m
const MAIN_AT = /^Debugger listening on (ws:\S+)$/m

/** Puts the app where a person may read it. @returns its first file */
export async function stageApp(account: Account): Promise<string> {
  const stage = join(account.home, 'packed')
  await stageDesktop(stage)
  await giveTo(account, stage)
  return join(stage, 'app', 'build', OUTPUTS.main)
}

/** Gives a folder with everything in it to somebody. */
export async function giveTo({ uid, gid }: Owner, folder: string): Promise<void> {
  await run('chown', ['-R', `${uid}:${gid}`, folder])
}

/**
 * The system's browser and file window are what `xdg-open` starts; this one, in a folder for PATH, writes down what it was given.
 *
 * @returns the folder, and what was opened so far
 */
export async function putOpener(
  home: string,
): Promise<{ readonly folder: string; readonly opened: () => Promise<string[]> }> {
  const folder = join(home, 'bin')
  const file = join(home, 'opened')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'xdg-open'), `#!/bin/sh\nprintf '%s\\n' "$1" >> '${file}'\n`)
  await chmod(join(folder, 'xdg-open'), 0o755)
  return {
    folder,
    opened: async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
  }
}

/** Starts it. @throws what kept it from starting, with what it said */
export async function startDriven(init: DrivenInit): Promise<DrivenApp> {
  const { session, program, file, inspector = false, words: more = [] } = init
  const words = [...(inspector ? ['--inspect=0'] : []), '--remote-debugging-port=0', ...more, file]
  const started = session.start(program, words, init.env)
  const browsers: Browser[] = []
  const said = (pattern: RegExp) =>
    eventually('the app starts', async () => {
      if (started.child.exitCode !== null || started.child.signalCode !== null)
        throw new Error(`the app failed to launch: ${started.said()}`)
      return pattern.exec(started.said())?.[1]
    })
  const stop = async () => {
    for (const browser of browsers) await browser.close().catch(() => undefined)
    if (started.child.exitCode === null && started.child.signalCode === null) started.child.kill('SIGKILL')
    await started.ended
  }
  try {
    const pagesAt = await said(PAGES_AT)
    const mainAt = inspector ? await said(MAIN_AT) : undefined
    return {
      ...{ started, stop },
      async page() {
        const browser = await connect(pagesAt)
        browsers.push(browser)
        const [context] = browser.contexts()
        if (!context) throw new Error('the app has no pages to drive')
        context.setDefaultTimeout(PATIENCE_MS)
        init.onContext?.(context)
        const found = context.pages()[0] ?? context.waitForEvent('page', { timeout: PATIENCE_MS })
        return await Promise.resolve(found).catch((error: unknown) => {
          throw new Error(`the app shows no window: ${started.said()}`, { cause: error })
        })
      },
      async main(expression) {
        if (mainAt === undefined) throw new Error('the app was started without an inspector')
        return await evaluateIn(mainAt, expression)
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A driver that comes while the window is being made may wait for ever for an answer that was given before; the next one gets it. */
async function connect(address: string): Promise<Browser> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await chromium.connectOverCDP(address, { timeout: CONNECT_MS })
    } catch (error) {
      if (attempt === MOST_CONNECTS) throw error
    }
  }
}

/** Asks Node's inspector once (Chrome DevTools Protocol, Runtime.evaluate). */
async function evaluateIn<Answer>(address: string, expression: string): Promise<Answer> {
  const socket = new WebSocket(address)
  try {
    const answer = await new Promise<unknown>((resolve, reject) => {
      const params = { expression, includeCommandLineAPI: true, awaitPromise: true, returnByValue: true }
      socket.addEventListener('open', () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params })))
      socket.addEventListener('message', ({ data }) => resolve(JSON.parse(String(data))))
      socket.addEventListener('error', () => reject(new Error('the inspector does not answer')))
    })
    const { result } = answer as {
      readonly result: { readonly result: { readonly value: Answer }; readonly exceptionDetails?: object }
    }
    if (result.exceptionDetails) throw new Error(JSON.stringify(result.exceptionDetails))
    return result.result.value
  } finally {
    socket.close()
  }
}

/** Numbers of the processes of a kind (Chromium's `--type=`) among some. */
export async function processesOfType(pids: readonly number[], type: string): Promise<number[]> {
  const found: number[] = []
  for (const pid of pids) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (words.includes(`--type=${type}`)) found.push(pid)
  }
  return found
}
