// What the window's page costs: its size, the time to the first paint and to the moment when a person can act, and the memory and
// CPU of an idle node without a page and with one that is open. A real node with its certificate, and Debian's Chromium.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright-core'
import { systemClock } from '../core/clock.ts'
import { createLog } from '../core/log.ts'
import { nodeFlags } from '../core/node-flags.ts'
import { findNode } from '../main/cli/client.ts'
import { buildRenderer } from '../scripts/build.ts'
import { startSandboxNetwork, type SandboxNetwork } from '../servers/sandbox/network.ts'
import { writeNodeConfig } from '../servers/sandbox/node-config.ts'
import { type Summary, summarize } from './summary.ts'

/** A file of the page. */
export interface PageFile {
  readonly name: string
  readonly bytes: number
  /** Packed at level 9, bytes. */
  readonly gzipped: number
  /** Whether an English visit loads it. */
  readonly loaded: boolean
}

/** What an idle node costs. */
export interface IdleCost {
  /** Pages in memory, MiB. */
  readonly rss: number
  /** Milliseconds of CPU a minute. */
  readonly cpuMsPerMinute: number
}

export interface PageResult {
  readonly visits: number
  /** Milliseconds since the navigation began. */
  readonly firstPaint: Summary
  /** The node's state is drawn and its buttons work. */
  readonly interactive: Summary
  readonly files: readonly PageFile[]
  readonly idleMinutes: number
  /** undefined where the system does not tell. */
  readonly idle: { readonly withoutPage: IdleCost; readonly withPage: IdleCost } | undefined
  readonly skipped: readonly string[]
}

export interface PageOptions {
  /** @default 9 */
  readonly visits?: number
  /** @default 1 */
  readonly idleMinutes?: number
  readonly signal?: AbortSignal
}

const ROOT = join(import.meta.dirname, '..')
const READY_TIMEOUT_MS = 30_000
/** What starting left behind is given back by then. */
const CALM_MS = 15_000
const MINUTE_MS = 60_000
/** Clock ticks of the kernel, as every Linux that Node runs on counts them. */
const TICK_MS = 10
const KIB_PER_MIB = 1024

/** Notes the moment at which the state is drawn. */
const NOTE_INTERACTIVE = `new MutationObserver((_changes, observer) => {
  if (document.querySelector('main [data-life]') === null) return
  document.documentElement.dataset.interactive = performance.now()
  observer.disconnect()
}).observe(document, { childList: true, subtree: true })`

/** Measures. */
export async function benchPage(options: PageOptions = {}): Promise<PageResult> {
  const { visits = 9, idleMinutes = 1, signal } = options
  const { path } = await buildRenderer()
  const program = findChromium()
  if (program === undefined) return withoutBrowser(await filesOf(path, new Set()), idleMinutes)
  const network = await startSandboxNetwork({ log: createLog('silent') })
  const nodes: Node[] = []
  let browser: Browser | undefined
  try {
    for (const name of ['seen', 'unseen']) nodes.push(await startNode(network, name))
    const [seen, unseen] = nodes
    if (!seen || !unseen) throw new Error('the nodes did not start')
    browser = await chromium.launch({
      ...{ executablePath: program, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] },
    })
    const loaded = new Set<string>()
    const paints: number[] = []
    const acts: number[] = []
    for (let visit = 0; visit < visits; visit++) {
      signal?.throwIfAborted()
      const page = await open(browser, seen, loaded)
      const [paint = Number.NaN, interactive = Number.NaN] = await momentsOf(page)
      paints.push(paint)
      acts.push(interactive)
      await page.context().close()
    }
    await open(browser, seen, loaded)
    await systemClock.sleep(CALM_MS, signal)
    const before = await Promise.all([readCost(unseen), readCost(seen)])
    await systemClock.sleep(idleMinutes * MINUTE_MS, signal)
    const after = await Promise.all([readCost(unseen), readCost(seen)])
    const [withoutPage, withPage] = [0, 1].map((index) => costOf(before[index], after[index], idleMinutes))
    return {
      ...{ visits, firstPaint: summarize(paints), interactive: summarize(acts), idleMinutes },
      files: await filesOf(path, loaded),
      idle: withoutPage && withPage ? { withoutPage, withPage } : undefined,
      skipped: withoutPage ? [] : ['page: memory and CPU are read from /proc, which only Linux has'],
    }
  } finally {
    await browser?.close()
    await Promise.all(nodes.map(({ child }) => end(child)))
    await network.stop()
  }
}

function withoutBrowser(files: readonly PageFile[], idleMinutes: number): PageResult {
  const none: Summary = { median: Number.NaN, min: Number.NaN, max: Number.NaN }
  const skipped = ['page: there is no chromium, so only the size was measured']
  return { visits: 0, firstPaint: none, interactive: none, files, idleMinutes, idle: undefined, skipped }
}

interface Node {
  readonly child: ChildProcess
  readonly dir: string
}

async function startNode(network: SandboxNetwork, name: string): Promise<Node> {
  const config = await writeNodeConfig(network, name, { connect: 'none', broadcastIntervalMs: 5 * MINUTE_MS })
  const dir = join(network.dir, `node-${name}`)
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('NODETRUST_')))
  const words = [...nodeFlags(), join(ROOT, 'main', 'headless.ts'), 'node']
  const child = spawn(process.execPath, [...words, '--config', config, '--events'], {
    ...{ cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] },
  })
  if (!child.stdout) throw new Error('a node without output')
  const lines = createInterface({ input: child.stdout, signal: AbortSignal.timeout(READY_TIMEOUT_MS) })
  for await (const line of lines) if (line.includes('"event":"wss"')) break
  lines.close()
  // nobody reads on, and a full pipe would stop the node
  child.stdout.resume()
  return { child, dir }
}

async function open(browser: Browser, { dir }: Node, loaded: Set<string>): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  page.on('response', (response) => {
    const name = new URL(response.url()).pathname.slice(1)
    loaded.add(name === '' ? 'index.html' : name)
  })
  await page.addInitScript(NOTE_INTERACTIVE)
  const { url } = await (await findNode(dir)).call('bridge.link', { role: 'owner' })
  await page.goto(url)
  await page.locator('html[data-interactive]').waitFor({ state: 'attached' })
  return page
}

async function momentsOf(page: Page): Promise<readonly number[]> {
  const moments = `new Promise((resolve) => {
    new PerformanceObserver((list) => {
      const [paint] = list.getEntriesByName('first-contentful-paint')
      if (paint) resolve([paint.startTime, Number(document.documentElement.dataset.interactive)])
    }).observe({ type: 'paint', buffered: true })
  })`
  return (await page.evaluate(moments)) as number[]
}

async function filesOf(folder: string, loaded: ReadonlySet<string>): Promise<PageFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const names = entries
    .filter((entry) => entry.isFile() && !['', '.gz'].includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  const files = names.map(async (name): Promise<PageFile> => {
    const bytes = await readFile(join(folder, name))
    return { name, bytes: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length, loaded: loaded.has(name) }
  })
  return (await Promise.all(files)).sort((a, b) => b.gzipped - a.gzipped)
}

interface Reading {
  readonly rss: number
  readonly cpuMs: number
}

/** From /proc (proc_pid_stat(5)): fields 14 and 15 are the ticks of CPU; the name before them may hold anything but `)`. */
async function readCost({ child }: Node): Promise<Reading | undefined> {
  if (process.platform !== 'linux') return undefined
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
  const kib = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1])
  return { rss: kib / KIB_PER_MIB, cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS }
}

function costOf(before: Reading | undefined, after: Reading | undefined, minutes: number): IdleCost | undefined {
  if (!before || !after) return undefined
  return { rss: after.rss, cpuMsPerMinute: (after.cpuMs - before.cpuMs) / minutes }
}

function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, 'chromium')).find((path) => existsSync(path))
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
