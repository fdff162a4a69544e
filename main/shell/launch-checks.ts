// What is looked at before anything else starts: a window without the operating system's sandbox would be a window whose
// faults reach the whole account, so the app does not open one; and words that would hurt the one that runs already go no further.

/** How the app was started. */
export interface Launch {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly packaged: boolean
}

/** Switches off Chromium's sandbox, or the walls between pages. */
const WALLS_DOWN = [
  'no-sandbox',
  'disable-gpu-sandbox',
  'disable-seccomp-filter-sandbox',
  'no-zygote',
  'no-zygote-sandbox',
  'allow-sandbox-debugging',
  'disable-web-security',
  'disable-site-isolation-trials',
  'single-process',
  'in-process-gpu',
]

/** Opens a door by which another program could steer the window, or puts one in front of its processes. A fuse closes Node's own doors. */
const DOORS = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-debugging-socket-name',
  'renderer-cmd-prefix',
  'utility-cmd-prefix',
  'zygote-cmd-prefix',
  'gpu-launcher',
  'browser-subprocess-path',
  'load-extension',
]

/** Electron's own variable with the effect of --no-sandbox. */
const FORBIDDEN_VARIABLE = 'ELECTRON_DISABLE_SANDBOX'

/**
 * A second start hands its words to the first, and a first one that cannot take them all is killed by Chromium, which then takes it for one
 * that hangs: a link of 128 KiB on a web page would end the node. No link of ours is a fifth of this.
 */
const MAX_WORDS_BYTES = 32_768

/** The app may not start like this. */
export class UnsafeLaunchError extends Error {
  override readonly name = 'UnsafeLaunchError'
}

/** @throws UnsafeLaunchError with what to leave out */
export function checkLaunch({ argv, env, packaged }: Launch): void {
  const bytes = argv.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0)
  if (bytes > MAX_WORDS_BYTES) {
    throw new UnsafeLaunchError(
      `Nodetrust does not start with ${bytes} bytes of words, ${MAX_WORDS_BYTES} are the most: a link that long is no invitation.`,
    )
  }
  const closed = packaged ? [...WALLS_DOWN, ...DOORS] : WALLS_DOWN
  const flag = argv.find((word) => closed.includes(switchOf(word) ?? ''))
  if (flag !== undefined && DOORS.includes(switchOf(flag) ?? '')) {
    throw new UnsafeLaunchError(
      `Nodetrust does not start with ${flag.trim()}: other programs could steer its window. Leave it out.`,
    )
  }
  const found = flag?.trim() ?? (env[FORBIDDEN_VARIABLE] ? FORBIDDEN_VARIABLE : undefined)
  if (found === undefined) return
  throw new UnsafeLaunchError(`Nodetrust does not start with ${found}: its window needs the sandbox. Leave it out.`)
}

/** The switch in a word as Chromium reads it: one dash or two, space around it, a slash on Windows, small letters; undefined for other words. */
function switchOf(word: string): string | undefined {
  return /^\s*(?:--?|\/)([a-z0-9-]+)\s*(?:=|$)/.exec(word.toLowerCase())?.[1]
}
