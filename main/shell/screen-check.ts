// Whether there is a screen to open a window on. Without one Chromium ends with a crash and half a sentence, after our first lines have
// run: so it is looked at in them, without waiting for anything.
import { existsSync, readFileSync } from 'node:fs'

/** What is looked at. */
export interface ScreenFacts {
  readonly platform: NodeJS.Platform
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether a path is there. @default asks the file system */
  readonly exists?: (path: string) => boolean
  /** The machine's open sockets, as Linux lists them. @default /proc/net/unix */
  readonly openSockets?: () => string
}

/** There is no screen; the message says what was looked for, and how to go on without. */
export class NoScreenError extends Error {
  override readonly name = 'NoScreenError'
}

const ADVICE = 'Start it on a desktop, or run it without a window: nodetrust node'

/** @throws NoScreenError on Linux, where it is certain that there is none */
export function checkScreen(facts: ScreenFacts): void {
  const { platform, argv, env, exists = existsSync, openSockets = readOpenSockets } = facts
  if (platform !== 'linux' || env['WAYLAND_DISPLAY']) return
  // whoever names the kind of screen knows
  if (argv.some((word) => /^--?ozone-platform/.test(word))) return
  const display = env['DISPLAY']
  if (!display) {
    throw new NoScreenError(`Nodetrust finds no screen: neither DISPLAY nor WAYLAND_DISPLAY is set. ${ADVICE}`)
  }
  // one of another machine, or one that ssh brings here, is known only by trying
  const number = /^(?:unix)?:(\d+)(?:\.\d+)?$/.exec(display)?.[1]
  if (number === undefined) return
  const path = `/tmp/.X11-unix/X${number}`
  if (
    exists(path) ||
    openSockets()
      .split('\n')
      .some((line) => line.endsWith(` @${path}`))
  )
    return
  throw new NoScreenError(`Nodetrust finds no screen: DISPLAY is ${display}, and no X server answers there. ${ADVICE}`)
}

function readOpenSockets(): string {
  try {
    return readFileSync('/proc/net/unix', 'utf8')
  } catch {
    return ''
  }
}
