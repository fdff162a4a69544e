// What the tests of the .deb stand on: two packages of the app, and a copy of this machine's file system to install them into.
import { execFile } from 'node:child_process'
import { access, chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type DebPair, makeDebPair } from './deb-pair.ts'
import type { RealElectron } from './electron.ts'
import { whyNoOwnRoot, type OwnRoot, type Outcome } from './own-root.ts'
import { packedApp } from './packed-app.ts'
import { whyNoScreenReader } from './screen-reader.ts'
import { whyNoSession } from './session.ts'

const run = promisify(execFile)

/** Where the package puts the app. */
export const APP = '/opt/Nodetrust'

const TOOLS = [
  ...[
    'dpkg',
    'dpkg-deb',
    'dpkg-shlibdeps',
    'lintian',
    'desktop-file-validate',
    'update-desktop-database',
    'xdg-mime',
    'gio',
  ],
  ...['gtk-update-icon-cache', 'apparmor_parser', 'man'],
]

/** Why no package can be tested here; undefined where it can. */
export async function whyNoDeb(): Promise<string | undefined> {
  for (const tool of TOOLS) {
    const path = `${process.env['PATH']}:/usr/sbin:/sbin`
    const found = await run('/bin/sh', ['-c', `command -v ${tool}`], { env: { PATH: path } }).then(
      () => true,
      () => false,
    )
    if (!found) return `${tool} is not installed`
  }
  return (await whyNoSession()) ?? (await whyNoScreenReader()) ?? (await whyNoOwnRoot())
}

/** The packages, and the app they are made of. */
export interface DebStage {
  readonly folder: string
  readonly app: string
  readonly debs: DebPair
  close(): Promise<void>
}

/** Makes them; takes a few seconds where the app is packed already. */
export async function makeDebs(electron: RealElectron): Promise<DebStage> {
  const folder = await mkdtemp(join(tmpdir(), 'nodetrust-deb-'))
  const close = () => rm(folder, { recursive: true, force: true })
  try {
    await chmod(folder, 0o755)
    const app = (await packedApp(electron)).folder
    return { folder, app, close, debs: await makeDebPair(app, folder) }
  } catch (error) {
    await close()
    throw error
  }
}

/** Runs dpkg; whoever expects it to fail runs it without this. */
export async function dpkg(root: OwnRoot, words: readonly string[]): Promise<Outcome> {
  const outcome = await root.run('dpkg', words)
  if (outcome.code !== 0) throw new Error(`dpkg ${words.join(' ')}: ${outcome.said}`)
  return outcome
}

/** What dpkg knows of the package: its state and version. */
export async function stateOf(root: OwnRoot): Promise<string> {
  return (await root.run('dpkg-query', ['-W', '-f=${Status} ${Version}', 'nodetrust'])).stdout
}

/** Whether there is something at a path. */
export const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
