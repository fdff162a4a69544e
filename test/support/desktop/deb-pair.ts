// Two Debian packages of the app as it is packed, an older and a newer version, whose content differs in nothing else.
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDeb } from '../../../scripts/package/deb.ts'
import { readManifest } from '../../../scripts/package/command.ts'

/** The packages. */
export interface DebPair {
  readonly older: string
  readonly newer: string
  /** Their versions, as dpkg knows them. */
  readonly versions: { readonly older: string; readonly newer: string }
}

/** Any time will do, as long as it is the same. */
export const DEB_TIME = 1_700_000_000

/** What packed-app.ts puts beside the app to know it again. */
const STAMP = 'packed'

/** A copy of the app that may be changed. @param to  a folder that is not there yet */
export async function copyOfApp(app: string, to: string): Promise<string> {
  await cp(app, to, { recursive: true, verbatimSymlinks: true })
  await rm(join(to, STAMP), { force: true })
  return to
}

/** Makes both in a folder. They are not compressed: that takes a minute and shows nothing. */
export async function makeDebPair(app: string, folder: string): Promise<DebPair> {
  const copy = await copyOfApp(app, join(folder, 'app'))
  const init = { app: copy, output: folder, mtime: DEB_TIME, compression: 'none' } as const
  const older = await makeDeb({ ...init, version: '0.0.9-beta.2' })
  const newer = await makeDeb(init)
  const { version } = await readManifest()
  return { older, newer, versions: { older: '0.0.9~beta.2-1', newer: `${version}-1` } }
}
