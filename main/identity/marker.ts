// What a data folder remembers of its identity without holding the secret: whose it is and where the key lies. As long as
// this file is there, no read that gives nothing leads to a new identity.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { FileError, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { MARKER_FILE } from './files.ts'

const Kind = v.picklist(['keychain', 'passphrase-file', 'file'])
const MarkerSchema = v.object({
  version: v.literal(1),
  peerId: v.pipe(v.string(), v.nonEmpty(), v.maxLength(128)),
  /** Where the key lies. */
  store: Kind,
  /** The name of the keychain's entry; it stays when the folder moves. */
  account: v.pipe(v.string(), v.nonEmpty(), v.maxLength(128)),
  /** The key lies in the file only because there was no keychain. */
  fallback: v.optional(v.boolean()),
  /** An import is under way: the store may hold this peer's key already. */
  next: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(128))),
  /** Places that the key has left, but may not have been removed from. */
  leaving: v.optional(v.pipe(v.array(Kind), v.maxLength(3))),
})

/** What the file says. */
export type Marker = Readonly<v.InferOutput<typeof MarkerSchema>>

/** What a look at the file gave. */
export type MarkerContent =
  | { readonly kind: 'none' }
  | { readonly kind: 'good'; readonly marker: Marker }
  /** It is there and says nothing, so it is not known whose identity this is. */
  | { readonly kind: 'damaged' }
  /** A later version of the program wrote it. */
  | { readonly kind: 'too-new' }

/** The file. */
export interface MarkerFile {
  /** @throws FileError where it is there but cannot be read */
  read(): Promise<MarkerContent>
  /** @throws FileError */
  write(marker: Marker): Promise<void>
  /** @throws FileError */
  remove(): Promise<void>
}

/** The marker of a data folder. */
export function createMarkerFile(dir: string): MarkerFile {
  const path = join(dir, MARKER_FILE)
  return {
    async read() {
      const text = await readFileIfThere(path)
      return text ? parseMarker(text.toString('utf8')) : { kind: 'none' }
    },
    write: (marker) => writeFileAtomic(path, `${JSON.stringify(marker, undefined, 2)}\n`),
    remove: () =>
      rm(path, { force: true }).catch((error: unknown) => {
        throw new FileError(path, 'remove', error)
      }),
  }
}

function parseMarker(text: string): MarkerContent {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'damaged' }
  }
  const parsed = v.safeParse(MarkerSchema, value)
  if (parsed.success) return { kind: 'good', marker: parsed.output }
  return v.is(v.object({ version: v.pipe(v.number(), v.minValue(2)) }), value)
    ? { kind: 'too-new' }
    : { kind: 'damaged' }
}
