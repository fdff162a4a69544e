// What a person chose in the window, in one file of the data folder. A file that cannot be read is kept aside and the
// defaults are used; keys that this version does not know are kept for the version that does.
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { type Clock, LAST_MOMENT_MS } from '../../core/clock.ts'
import { FileError, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { MAX_PEER_NAME_CHARS, SettingsValues, WAYS } from '../../proto/api/index.ts'
import { parseKeptInvitation } from '../../proto/invitation.ts'
import { DEFAULT_TCP_PORT, DEFAULT_WSS_PORT } from './config.ts'
import { MAX_PEER_NAMES, type PeerNames } from './peer-names.ts'
import type { Settings } from '../../proto/api/index.ts'

/** Raised when a key changes its meaning; then `read` has to bring older files up to it. */
const VERSION = 1

/** What is larger is not ours: addresses of 100 peers and names of 200 take half of it at the very most. */
const MAX_BYTES = 262_144

/** Addresses that a person typed in. */
export const MAX_PEERS = 100
const MAX_DISMISSED = 50

export const DEFAULT_SETTINGS: Settings = {
  ...{
    tcpPort: DEFAULT_TCP_PORT,
    wssPort: DEFAULT_WSS_PORT,
    mapPorts: true,
    discoverable: true,
    dialPolicy: 'default',
  },
  ...{ theme: 'system', language: 'system', startAtLogin: false, startMinimised: false },
  ...{ notifications: true, checkForUpdates: true },
}

/** What would throw wherever it is looked at later is no choice. */
const Readable = (read: (text: string) => unknown) =>
  v.pipe(
    v.string(),
    v.check((text) => {
      try {
        read(text)
        return true
      } catch {
        return false
      }
    }),
  )

const Moment = v.pipe(v.number(), v.minValue(0), v.maxValue(LAST_MOMENT_MS))

const ChosenNetwork = v.variant('kind', [
  v.object({ kind: v.literal('joined'), invitation: Readable((text) => parseKeptInvitation(text)) }),
  v.object({ kind: v.literal('sandbox'), way: v.optional(v.picklist(WAYS)) }),
])
export type ChosenNetwork = v.InferOutput<typeof ChosenNetwork>

const StoredSchema = v.object({
  version: v.literal(VERSION),
  values: v.partial(v.object(SettingsValues.entries)),
  /** null: none was chosen. */
  network: v.nullable(ChosenNetwork),
  /** A person asked for a certificate, so one is kept from then on. */
  wanted: v.boolean(),
  /** Addresses of peers that were added by hand. */
  peers: v.pipe(v.array(Readable((text) => multiaddr(text))), v.maxLength(MAX_PEERS)),
  /** What a person calls peers; one that cannot be read is a name less, and no reason to lose the rest. */
  peerNames: v.fallback(
    v.optional(
      v.pipe(
        v.record(v.pipe(v.string(), v.maxLength(128)), v.pipe(v.string(), v.maxLength(MAX_PEER_NAME_CHARS))),
        v.check((names) => Object.keys(names).length <= MAX_PEER_NAMES),
      ),
      {},
    ),
    {},
  ),
  /** Wall clock milliseconds of the last encrypted copy of the identity. */
  backupAt: v.nullable(Moment),
  /** Notices that a person has read; they do not come back while what they say stays so. */
  dismissed: v.optional(v.pipe(v.array(v.string()), v.maxLength(MAX_DISMISSED)), []),
})

/** Everything that is remembered of a person's choices. */
export interface Stored {
  readonly values: Settings
  readonly network: ChosenNetwork | null
  readonly wanted: boolean
  readonly peers: readonly string[]
  readonly peerNames: PeerNames
  readonly backupAt: number | null
  readonly dismissed: readonly string[]
}

/** The choices of one data folder. */
export interface SettingsStore {
  get(): Stored
  /**
   * Changes some of it, at once in memory, then on the disk.
   *
   * @throws FileError where it could not be written; it holds for this run then
   */
  set(change: Partial<Stored>): Promise<void>
}

/** What was found. */
export interface OpenedSettings {
  readonly store: SettingsStore
  /** Where a file that could not be read is now. */
  readonly asidePath: string | undefined
}

/** What is remembered where nothing was chosen. */
export const NOTHING_CHOSEN: Omit<Stored, 'values'> = {
  network: null,
  wanted: false,
  peers: [],
  peerNames: {},
  backupAt: null,
  dismissed: [],
}

/** The choices as they are on the disk, for whoever only looks; undefined where there are none, or none that can be read. */
export async function readStored(dir: string): Promise<Stored | undefined> {
  const bytes = await readFileIfThere(join(dir, 'settings.json')).catch(() => undefined)
  const read = bytes && parseStored(bytes)
  if (!read) return undefined
  const { values, ...rest } = read.known
  const chosen = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  return { ...NOTHING_CHOSEN, ...rest, values: { ...DEFAULT_SETTINGS, ...chosen } }
}

/** Reads the choices of a data folder. What the system refuses to read is as good as damaged: the program opens all the same. */
export async function openSettings(dir: string, clock: Clock): Promise<OpenedSettings> {
  const path = join(dir, 'settings.json')
  const bytes = await readFileIfThere(path).catch((error: unknown) => {
    if (error instanceof FileError) return 'refused' as const
    throw error
  })
  const read = bytes === undefined || bytes === 'refused' ? undefined : parseStored(bytes)
  let asidePath: string | undefined
  if (bytes !== undefined && !read) {
    asidePath = `${path}.corrupt-${new Date(clock.now()).toISOString().slice(0, 19).replaceAll(':', '-')}`
    // where it cannot be moved, it is still there for whoever may read it
    await rename(path, asidePath).catch(() => (asidePath = path))
  }
  const unknown: Readonly<Record<string, unknown>> = read?.whole ?? {}
  const unknownValues = isRecord(unknown['values']) ? unknown['values'] : {}
  const { values, ...rest } = read?.known ?? { ...NOTHING_CHOSEN, values: {} }
  const chosen = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  let now: Stored = { ...NOTHING_CHOSEN, ...rest, values: { ...DEFAULT_SETTINGS, ...chosen } }
  let writing = Promise.resolve()
  const store: SettingsStore = {
    get: () => now,
    async set(change) {
      now = { ...now, ...change }
      const text = `${JSON.stringify({ ...unknown, version: VERSION, ...now, values: { ...unknownValues, ...now.values } }, null, 2)}\n`
      const write = () => writeFileAtomic(path, text)
      const mine = writing.then(write, write)
      writing = mine.catch(() => undefined)
      await mine
    },
  }
  return { store, asidePath }
}

interface Read {
  readonly known: v.InferOutput<typeof StoredSchema>
  readonly whole: Readonly<Record<string, unknown>>
}

function parseStored(bytes: Uint8Array): Read | undefined {
  if (bytes.length > MAX_BYTES) return undefined
  try {
    const whole: unknown = JSON.parse(new TextDecoder().decode(bytes))
    const result = v.safeParse(StoredSchema, whole)
    return result.success && isRecord(whole) ? { known: result.output, whole } : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
