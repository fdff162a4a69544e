// Looks for a newer version once a day and announces it. It is installed only where the system checks the signature of what
// is installed (a packaged app on macOS or Windows, by an installer that the build brings along); elsewhere the download page
// is opened. Nothing is looked for in development, in tests, or where nobody publishes.
import type { State } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import { isNewer, MAX_FEED_BYTES, readFeed, UpdateFeedError, type UpdateSource } from './update-feed.ts'

/** Installs what the system verifies; none where a build has none. */
export interface Installer {
  /** Downloads and verifies, then ends the app to install. @throws where that fails */
  install(version: string): Promise<void>
}

/** What the updater needs. */
export interface UpdaterInit {
  /** None: this build announces nothing. */
  readonly source: UpdateSource | undefined
  readonly version: string
  readonly platform: NodeJS.Platform
  readonly packaged: boolean
  readonly installer: Installer | undefined
  readonly clock: Clock
  readonly log: Log
  /** 0 to 1, so that not everybody asks at once. */
  readonly random: () => number
  readonly enabled: () => boolean
  readonly checkedAt: number | undefined
  readonly fetchFeed: (url: string, signal: AbortSignal) => Promise<string>
  readonly openDownload: () => Promise<void>
  readonly onUpdate: (update: State['update']) => void
}

/** The updater. */
export interface Updater {
  /** Looks now and then until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>
  /** Looks once; a failure is told to the log alone. */
  check(signal: AbortSignal): Promise<void>
  /** Installs the announced version, or opens the page where it is. */
  install(): Promise<void>
}

const CHECK_EVERY_MS = 24 * 3_600_000
/** The start of a computer is busy enough. */
const FIRST_WAIT_MS = 60_000
const JITTER_MS = 10 * 60_000
/** How long a look may take. */
const FETCH_TIMEOUT_MS = 20_000
/** A machine that slept looks soon after it woke. */
const LOOK_EVERY_MS = 30 * 60_000

/** Whether an update may be installed rather than announced. */
export function installsHere({
  platform,
  packaged,
  installer,
}: Pick<UpdaterInit, 'platform' | 'packaged' | 'installer'>) {
  return packaged && installer !== undefined && (platform === 'darwin' || platform === 'win32')
}

/** Why nothing is looked for; undefined where it is. */
export function whyNoUpdates({ source, packaged }: Pick<UpdaterInit, 'source' | 'packaged'>): string | undefined {
  if (!packaged) return 'this is no packaged app'
  if (source === undefined) return 'nobody publishes this build'
  return URL.parse(source.url)?.protocol === 'https:' ? undefined : 'announcements come by https only'
}

/** Makes the updater. */
export function createUpdater(init: UpdaterInit): Updater {
  const { source, clock, log, onUpdate } = init
  let checkedAt = init.checkedAt
  let available: State['update']['available'] = null

  const check = async (signal: AbortSignal): Promise<void> => {
    if (!source || whyNoUpdates(init) !== undefined) return
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)])
      const { version } = readFeed(await init.fetchFeed(source.url, limit), source.publicKey, clock.now())
      const newest = available?.version ?? init.version
      if (isNewer(version, newest)) available = { version, installs: installsHere(init) }
    } catch (error) {
      log.info({ error: error instanceof Error ? error.message : String(error) }, 'no look at newer versions')
    }
    checkedAt = clock.now()
    onUpdate({ available, checkedAt })
  }

  return {
    check,
    async run(signal) {
      const why = whyNoUpdates(init)
      if (why !== undefined) {
        log.debug({ why }, 'newer versions are not looked for')
        return
      }
      const wait = (ms: number) => clock.sleep(ms, signal).catch(() => undefined)
      await wait(FIRST_WAIT_MS + init.random() * JITTER_MS)
      while (!signal.aborted) {
        const due = checkedAt === undefined || Math.abs(clock.now() - checkedAt) >= CHECK_EVERY_MS
        if (due && init.enabled()) await check(signal)
        await wait(LOOK_EVERY_MS)
      }
    },
    async install() {
      if (available?.installs === true && init.installer) await init.installer.install(available.version)
      else await init.openDownload()
    },
  }
}

/**
 * Fetches an announcement.
 *
 * @throws UpdateFeedError, or what the network failed with; redirects are not followed
 */
export async function fetchFeed(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { redirect: 'error', credentials: 'omit', cache: 'no-store', signal })
  if (!response.ok || !response.body) throw new UpdateFeedError(`the server answered ${response.status}`)
  const parts: Uint8Array[] = []
  let total = 0
  for await (const part of response.body) {
    total += part.length
    if (total > MAX_FEED_BYTES) throw new UpdateFeedError('the announcement is too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
