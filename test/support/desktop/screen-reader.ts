// What a person with a screen reader gets to hear: every word of the app's windows and of the system's dialogs, over the accessibility bus
// of the desktop (AT-SPI). It reads the app that people get, which no driver can look into.
import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Session, Started } from './session.ts'

const run = promisify(execFile)

/** Starts the accessibility bus; Debian's package at-spi2-core. */
export const SCREEN_READER_PROGRAM = '/usr/libexec/at-spi-bus-launcher'

/** What a program needs in its environment to speak from its start on. */
export const SPEAKING = { ACCESSIBILITY_ENABLED: '1' } as const

/** The screen reader of a session. */
export interface ScreenReader {
  /** Everything that has a name right now, from the first window to the last, as one text. */
  words(): Promise<string>
  /** Waits until it can be heard. @returns all words then */
  hear(wanted: RegExp): Promise<string>
  /** Waits for something to press, and presses it. */
  press(name: RegExp): Promise<void>
}

const PATIENCE_MS = 30_000
const POLL_MS = 100
/** A page has some hundred; what goes on beyond is a circle. */
const MAX_NODES = 2_000
/** Windows, frames, documents, sections: deep, never this deep. */
const MAX_DEPTH = 60
/** dbus-send is a process each time. */
const AT_ONCE = 4

/** Starts it; ends with the session, whose person it belongs to. */
export async function startScreenReader(session: Session): Promise<ScreenReader> {
  const launcher = session.start(SCREEN_READER_PROGRAM, ['--launch-immediately', '--a11y=1'])
  const address = await addressOf(session, launcher)
  const ask = (to: string, path: string, method: string, args: readonly string[] = []) =>
    send(session, address, [`--dest=${to}`, path, method, ...args])
  const lookOf = async (to: string, path: string): Promise<Look> => {
    const all = ['string:org.a11y.atspi.Accessible']
    const [about, role, children] = await Promise.all([
      ask(to, path, 'org.freedesktop.DBus.Properties.GetAll', all),
      ask(to, path, 'org.a11y.atspi.Accessible.GetRoleName'),
      ask(to, path, 'org.a11y.atspi.Accessible.GetChildren'),
    ])
    const name = /string "Name"\s+variant\s+string "([^]*?)"\n/.exec(about)?.[1] ?? ''
    return { to, path, name, role: /string "([^"]*)"/.exec(role)?.[1] ?? '', children: refsOf(children) }
  }
  const lookAround = async (): Promise<Look[]> => {
    const found: Look[] = []
    const visit = async (ref: Ref, depth: number): Promise<Look[]> => {
      if (depth > MAX_DEPTH || found.length > MAX_NODES) return []
      const look = await lookOf(ref.to, ref.path).catch(() => undefined)
      if (!look) return [] // gone while it was looked at
      found.push(look)
      const below: Look[] = [look]
      for (let at = 0; at < look.children.length; at += AT_ONCE) {
        const next = look.children.slice(at, at + AT_ONCE)
        below.push(...(await Promise.all(next.map((child) => visit(child, depth + 1)))).flat())
      }
      return below
    }
    return await visit({ to: 'org.a11y.atspi.Registry', path: '/org/a11y/atspi/accessible/root' }, 0)
  }
  const words = async () =>
    (await lookAround())
      .map(({ name }) => name.trim())
      .filter((name, index, all) => name !== '' && name !== all[index - 1])
      .join('\n')
  return {
    words,
    async hear(wanted) {
      const deadline = performance.now() + PATIENCE_MS
      for (;;) {
        const heard = await words()
        if (wanted.test(heard)) return heard
        if (performance.now() > deadline) throw new Error(`${String(wanted)} is not to be heard in:\n${heard}`)
        await sleep(POLL_MS)
      }
    },
    async press(name) {
      const deadline = performance.now() + PATIENCE_MS
      for (;;) {
        const all = await lookAround()
        const found = all.find((look) => /button|link|menu item/.test(look.role) && name.test(look.name))
        if (found) {
          await ask(found.to, found.path, 'org.a11y.atspi.Action.DoAction', ['int32:0'])
          return
        }
        if (performance.now() > deadline) {
          const names = all.filter(({ role }) => /button|link/.test(role)).map((look) => look.name)
          throw new Error(`there is nothing to press as ${String(name)}, but ${JSON.stringify(names)}`)
        }
        await sleep(POLL_MS)
      }
    },
  }
}

/** Why no screen reader can be had here; undefined where one can. */
export async function whyNoScreenReader(): Promise<string | undefined> {
  return await access(SCREEN_READER_PROGRAM).then(
    () => undefined,
    () => 'at-spi2-core is not installed',
  )
}

interface Ref {
  readonly to: string
  readonly path: string
}

interface Look extends Ref {
  readonly name: string
  readonly role: string
  readonly children: readonly Ref[]
}

function refsOf(text: string): Ref[] {
  return [...text.matchAll(/string "(:[\d.]+)"\s+object path "([^"]+)"/g)].map(([, to = '', path = '']) => ({
    to,
    path,
  }))
}

async function addressOf(session: Session, launcher: Started): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const bus = session.env['DBUS_SESSION_BUS_ADDRESS'] ?? ''
    const where = ['--dest=org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus.GetAddress']
    const answer = await send(session, bus, where).catch(() => '')
    const found = /"(unix:[^"]+)"/.exec(answer)?.[1]
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`no accessibility bus: ${launcher.said()}`)
    await sleep(POLL_MS)
  }
}

async function send({ account, env }: Session, address: string, args: readonly string[]): Promise<string> {
  const { uid, gid } = account
  const as = { uid, gid, env: { ...env, DBUS_SESSION_BUS_ADDRESS: address }, timeout: PATIENCE_MS }
  return (await run('dbus-send', ['--session', '--print-reply', ...args], as)).stdout
}
