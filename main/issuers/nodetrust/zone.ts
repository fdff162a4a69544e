// Which zone the node agreed to: the one of the invitation or of the configuration, or else the one that its issue server named
// first. The server's key says who it is and not which domain it speaks for, so each of its answers is held against this.
import { join } from 'node:path'
import * as v from 'valibot'
import { readFileIfThere, writeFileAtomic } from '../../../core/files.ts'
import { OtherZoneError } from './errors.ts'

/** Holds the zone that an issue server names against the one that was agreed to. */
export interface AgreedZone {
  /**
   * @param told  what the server says, lower case
   * @throws OtherZoneError; FileError where the first one could not be remembered
   */
  check(told: string): Promise<void>
}

/** What it needs. */
export interface AgreedZoneInit {
  /** The data folder. */
  readonly dir: string
  /** Peer id of the issue server, text. */
  readonly server: string
  /** The zone that a person agreed to. @default the first that the server names */
  readonly zone?: string | undefined
}

const MAX_BYTES = 4_096
const FirstSchema = v.object({ server: v.string(), zone: v.string() })

/** Makes it. */
export function agreedZone({ dir, server, zone }: AgreedZoneInit): AgreedZone {
  const path = join(dir, 'network-zone.json')
  return {
    async check(told) {
      const agreed = zone ?? (await firstZone(path, server))
      if (agreed === undefined) await writeFileAtomic(path, `${JSON.stringify({ server, zone: told })}\n`)
      else if (agreed !== told) throw new OtherZoneError(agreed, told)
    },
  }
}

/** What the same server named first; undefined where it was never asked. A file that cannot be read is one of another time. */
async function firstZone(path: string, server: string): Promise<string | undefined> {
  const bytes = await readFileIfThere(path)
  if (!bytes || bytes.length > MAX_BYTES) return undefined
  try {
    const first = v.parse(FirstSchema, JSON.parse(bytes.toString('utf8')))
    return first.server === server ? first.zone : undefined
  } catch {
    return undefined
  }
}
