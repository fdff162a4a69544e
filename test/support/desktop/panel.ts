// What a desktop does for its programs over D-Bus, on a session's own bus: a panel that shows tray icons, a place for messages, and
// logind's word on sleep. The D-Bus part is `panel.py`, which libraries of every Debian can run; this file gives it orders.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './account.ts'

/** An entry of a tray icon's menu, as the bus has it. */
export interface MenuEntry {
  readonly id: number
  readonly label?: string
  readonly enabled?: boolean
  readonly type?: string
}

/** A tray icon, as a panel sees it. */
export interface TrayItem {
  readonly owner: string
  readonly path: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly menuPath?: string
  readonly menu: readonly MenuEntry[]
}

/** A message that was shown. */
export interface Message {
  readonly id: number
  readonly app: string
  readonly title: string
  readonly body: string
  readonly actions: readonly string[]
  /** 0 low, 1 normal, 2 critical. */
  readonly urgency: number
}

/** Who wants to hear of sleep before it comes. */
export interface Hold {
  readonly what: string
  readonly who: string
  readonly why: string
  readonly mode: string
}

/** The panel, and the place for messages. */
export interface Panel {
  /** Shows tray icons from now on. */
  appear(): Promise<void>
  /** Whether somebody draws the icons; a desktop may have only half of it for a while. @default true */
  host(there: boolean): Promise<void>
  /** Shows none any more, and knows none, as one that ends. */
  vanish(): Promise<void>
  items(): Promise<TrayItem[]>
  /** Waits for one icon that fits. @param what  for the error, where none comes */
  item(what: string, fits?: (item: TrayItem) => boolean): Promise<TrayItem>
  /** As a click on the icon. */
  activate(item: TrayItem): Promise<void>
  /** Clicks on the entry of the menu that has this label. */
  click(label: string): Promise<void>
  readonly messages: readonly Message[]
  message(title: RegExp): Promise<Message>
  clickMessage(message: Message): Promise<void>
  stop(): Promise<void>
}

/** The part of logind that knows of sleep. */
export interface Logind {
  /** Who holds sleep up at the moment. */
  readonly holds: readonly Hold[]
  /** Waits until so many do. */
  held(count: number): Promise<void>
  sleep(): Promise<void>
  wake(): Promise<void>
  shutdown(): Promise<void>
  stop(): Promise<void>
}

/** Debian's own Python: another one on the path has not got the modules of Debian's packages. */
export const PANEL_PROGRAM = '/usr/bin/python3'
const MODULES = 'import dbus, dbus.mainloop.glib; from gi.repository import GLib'

const PATIENCE_MS = 60_000
/** Looked at again even without an event: a change may be told to nobody. */
const LOOK_MS = 250

type Person = Pick<Account, 'uid' | 'gid' | 'home'>

/** Why there can be no panel here; undefined where there can. */
export async function whyNoPanel(): Promise<string | undefined> {
  const child = spawn(PANEL_PROGRAM, ['-c', MODULES], { stdio: 'ignore' })
  const [code] = (await once(child, 'exit').catch(() => [-1])) as [number]
  return code === 0 ? undefined : 'Python has no D-Bus here (Debian packages python3-dbus and python3-gi)'
}

/** Starts the panel; it shows no icons before `appear`. */
export async function startPanel(account: Person, address: string): Promise<Panel> {
  const messages: Message[] = []
  const servant = await startServant(account, address, 'session', (line) => {
    if (line['event'] === 'message') messages.push(line['message'] as Message)
  })
  const order = servant.order
  const items = async () => ((await order('items')) ?? []) as TrayItem[]
  const panel: Panel = {
    messages,
    items,
    appear: async () => void (await order('appear')),
    host: async (there) => void (await order('host', there)),
    vanish: async () => void (await order('vanish')),
    item: (what, fits = () => true) =>
      servant.until(what, async () => {
        // an icon may go while it is read
        const all = await items().catch((error: unknown) => String(error))
        if (typeof all === 'string') return { instead: all }
        const found = all.find(fits)
        return found ? { found } : { instead: all.map(({ properties, menu }) => [properties['ToolTip'], menu]) }
      }),
    activate: async ({ owner, path }) => void (await order('activate', owner, path)),
    async click(label) {
      const has = (item: TrayItem) => item.menu.some((entry) => entry.label === label && entry.enabled !== false)
      const { owner, menuPath, menu } = await panel.item(`a menu with “${label}”`, has)
      await order('click', owner, menuPath, menu.find((entry) => entry.label === label)?.id)
    },
    message: (title) =>
      servant.until(`a message ${String(title)}`, async () => {
        const found = messages.find((one) => title.test(one.title))
        return found ? { found } : { instead: messages }
      }),
    clickMessage: async ({ id }) => void (await order('clickMessage', id)),
    stop: servant.stop,
  }
  return panel
}

/** Starts logind's part, on a system bus. */
export async function startLogind(account: Person, address: string): Promise<Logind> {
  const holds: Hold[] = []
  const same = (hold: Hold) => JSON.stringify(hold)
  const servant = await startServant(account, address, 'system', (line) => {
    const hold = line['hold'] as Hold
    if (line['event'] === 'inhibit') holds.push(hold)
    else if (line['event'] === 'release')
      holds.splice(
        holds.findIndex((one) => same(one) === same(hold)),
        1,
      )
  })
  return {
    holds,
    held: (count) =>
      servant.until(`sleep held up by ${count}`, async () =>
        holds.length === count ? { found: undefined } : { instead: holds },
      ),
    sleep: async () => void (await servant.order('sleep')),
    wake: async () => void (await servant.order('wake')),
    shutdown: async () => void (await servant.order('shutdown')),
    stop: servant.stop,
  }
}

type Line = Readonly<Record<string, unknown>>
/** What somebody waits for, or what is there instead. */
type Look<Found> = { readonly found: Found } | { readonly instead: unknown }

async function startServant(
  { uid, gid, home }: Person,
  address: string,
  role: 'session' | 'system',
  onEvent: (line: Line) => void,
) {
  const script = await readFile(join(import.meta.dirname, 'panel.py'), 'utf8')
  const env = { PATH: process.env['PATH'], HOME: home, PANEL_BUS: address, PANEL_ROLE: role }
  // given as text: the person may not be allowed to read the project
  const child = spawn(PANEL_PROGRAM, ['-c', script], { uid, gid, env, stdio: ['pipe', 'pipe', 'pipe'] })
  const answers = new Map<number, PromiseWithResolvers<unknown>>()
  const ready = Promise.withResolvers<void>()
  let happened = Promise.withResolvers<void>()
  let complaints = ''
  let count = 0
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString('utf8')))
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line
    const waiting = answers.get(Number(line['answers']))
    if (waiting && line['error'] !== undefined) waiting.reject(new Error(JSON.stringify(line['error'])))
    else if (waiting) waiting.resolve(line['value'])
    else if (line['event'] === 'ready') ready.resolve()
    else onEvent(line)
    answers.delete(Number(line['answers']))
    happened.resolve()
    happened = Promise.withResolvers()
  })
  child.once('exit', () => {
    const gone = new Error(`the panel has ended: ${complaints}`)
    ready.reject(gone)
    for (const waiting of answers.values()) waiting.reject(gone)
  })
  await ready.promise
  return {
    order: (order: string, ...words: readonly unknown[]): Promise<unknown> => {
      count += 1
      const waiting = Promise.withResolvers<unknown>()
      answers.set(count, waiting)
      child.stdin.write(`${JSON.stringify({ number: count, order, with: words })}\n`)
      return waiting.promise
    },
    async until<Found>(what: string, look: () => Promise<Look<Found>>): Promise<Found> {
      const deadline = performance.now() + PATIENCE_MS
      for (;;) {
        const next = happened.promise
        const seen = await look()
        if ('found' in seen) return seen.found
        if (performance.now() > deadline)
          throw new Error(`not in time: ${what}; there is ${JSON.stringify(seen.instead)}`)
        await Promise.race([next, sleep(LOOK_MS)])
      }
    },
    stop: () => end(child),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
