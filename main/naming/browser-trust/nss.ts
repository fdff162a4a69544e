// A person's browsers on Linux keep what they trust in NSS databases of that person: Chromium's in the home folder, one in each profile of
// Firefox. The authority of the proxy goes in there at a click and out at another; the system's own store is never touched.
// Elsewhere a person imports the certificate by the settings of the browser.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { AUTHORITY_NAME } from './authority.ts'

const run = promisify(execFile)

/** It cannot be put there, or taken out; the message says what to do. */
export class NssError extends Error {
  override readonly name = 'NssError'
}

const CERTUTIL_MS = 20_000
const MAX_PROFILES = 20

/**
 * Puts the authority into this person's browsers, or takes it out.
 *
 * @returns the folders where that was done
 * @throws NssError
 */
export async function trustInBrowsers({
  certPem,
  on,
  home = homedir(),
  platform = process.platform,
}: {
  readonly certPem: string
  readonly on: boolean
  readonly home?: string
  readonly platform?: NodeJS.Platform
}): Promise<readonly string[]> {
  if (platform !== 'linux') {
    throw new NssError(
      'import the certificate by the settings of your browser (certificates, authorities): on this system they are not changed from outside',
    )
  }
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-trust-'))
  try {
    const file = `${dir}/authority`
    await writeFile(file, certPem, { mode: 0o600 })
    const places = await placesOf(home, on)
    for (const place of places) {
      await certutil(['-D', '-d', `sql:${place}`, '-n', AUTHORITY_NAME]).catch((error: unknown) => {
        // that there is none is what was wanted; anything else leaves it there
        if (
          error instanceof NssError &&
          /could not find|not found|SEC_ERROR_(?:INVALID_ARGS|BAD_DATABASE)|PR_FILE_NOT_FOUND/i.test(error.message)
        )
          return
        throw error
      })
      if (on) await certutil(['-A', '-d', `sql:${place}`, '-t', 'C,,', '-n', AUTHORITY_NAME, '-i', file])
    }
    return places
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Chromium's own is made where there is none and it is to trust; profiles of Firefox are taken as they are. */
async function placesOf(home: string, make: boolean): Promise<readonly string[]> {
  const own = join(home, '.pki', 'nssdb')
  const has = async (folder: string) => (await stat(join(folder, 'cert9.db')).catch(() => undefined)) !== undefined
  if (make && !(await has(own))) {
    await mkdir(own, { recursive: true, mode: 0o700 })
    await certutil(['-N', '-d', `sql:${own}`, '--empty-password'])
  }
  const profiles = [join(home, '.mozilla', 'firefox'), join(home, 'snap', 'firefox', 'common', '.mozilla', 'firefox')]
  // Chromium has moved its own, and reads either; that of a snap lies apart
  const others = [
    join(home, '.local', 'share', 'pki', 'nssdb'),
    join(home, 'snap', 'chromium', 'current', '.pki', 'nssdb'),
  ]
  const found: string[] = []
  for (const folder of [own, ...others]) if (await has(folder)) found.push(folder)
  for (const folder of profiles) {
    for (const name of (await readdir(folder).catch(() => [])).slice(0, MAX_PROFILES)) {
      if (await has(join(folder, name))) found.push(join(folder, name))
    }
  }
  return found
}

async function certutil(words: readonly string[]): Promise<void> {
  try {
    await run('certutil', [...words], { timeout: CERTUTIL_MS })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new NssError('certutil is not installed: install the package libnss3-tools (nss-tools), then try again', {
        cause: error,
      })
    }
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new NssError(`the browser’s store could not be changed: ${said.slice(0, 300)}`, { cause: error })
  }
}
