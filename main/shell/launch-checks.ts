// What is looked at before anything else starts: a window without the operating system's sandbox would be a window whose
// faults reach the whole account, so the app does not open one.

/** How the app was started. */
export interface Launch {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly packaged: boolean
}

/** Switches off Chromium's sandbox, or the walls between pages. */
const FORBIDDEN_FLAGS = [
  '--no-sandbox',
  '--disable-web-security',
  '--disable-site-isolation-trials',
  '--single-process',
]

/** Electron's own variable with the effect of --no-sandbox. */
const FORBIDDEN_VARIABLE = 'ELECTRON_DISABLE_SANDBOX'

/** Lets a test machine without user namespaces start an app that is not packaged. */
export const TEST_VARIABLE = 'TEST_WITHOUT_SANDBOX'

/** The app may not start like this. */
export class UnsafeLaunchError extends Error {
  override readonly name = 'UnsafeLaunchError'
}

/** @throws UnsafeLaunchError with what to leave out */
export function checkLaunch({ argv, env, packaged }: Launch): void {
  if (!packaged && env[TEST_VARIABLE] === '1') return
  const flag = argv.find((word) => FORBIDDEN_FLAGS.some((name) => word === name || word.startsWith(`${name}=`)))
  const found = flag ?? (env[FORBIDDEN_VARIABLE] ? FORBIDDEN_VARIABLE : undefined)
  if (found === undefined) return
  throw new UnsafeLaunchError(`Nodetrust does not start with ${found}: its window needs the sandbox. Leave it out.`)
}
