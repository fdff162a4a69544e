// Copies of the packaged app whose archive is damaged, as a bad disk or half a download leaves it. Everything else is linked, so a copy costs
// what its archive has.
import { chmod, cp, link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import type { PackedApp } from './packed-app.ts'

/** A copy. */
export interface DamagedApp extends PackedApp {
  remove(): Promise<void>
}

const ARCHIVE = join('resources', 'app.asar')

/** Of the archive's header: sizes of the two pickles around the JSON text. */
const HEADER_SIZE_AT = 4
const TEXT_SIZE_AT = 12
const TEXT_AT = 16
/** The size of a pickle is not counted in itself. */
const PICKLE_BYTES = 8

const PlaceSchema = v.object({ offset: v.string(), size: v.number() })

/** @param damage  changes the archive's bytes */
export async function damagedApp(app: PackedApp, damage: (archive: Buffer) => Buffer): Promise<DamagedApp> {
  const folder = await mkdtemp(join(tmpdir(), 'nodetrust-damaged-'))
  await chmod(folder, 0o755)
  for (const entry of await readdir(app.folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const from = join(entry.parentPath, entry.name)
    const to = join(folder, from.slice(app.folder.length + 1))
    await mkdir(dirname(to), { recursive: true })
    if (to.endsWith(ARCHIVE)) await writeFile(to, damage(await readFile(from)))
    // another disk takes no links
    else await link(from, to).catch(() => cp(from, to))
  }
  const remove = () => rm(folder, { recursive: true, force: true })
  return { folder, program: join(folder, 'nodetrust'), remove }
}

/** Where a file lies in an archive. @param name  matches its path, such as `build/preload.cjs` */
export function placeIn(archive: Buffer, name: RegExp): { readonly at: number; readonly size: number } {
  const text = archive.subarray(TEXT_AT, TEXT_AT + archive.readUInt32LE(TEXT_SIZE_AT)).toString('utf8')
  const base = PICKLE_BYTES + archive.readUInt32LE(HEADER_SIZE_AT)
  const find = (node: unknown, path: string): v.InferOutput<typeof PlaceSchema> | undefined => {
    const files = v.is(v.object({ files: v.record(v.string(), v.unknown()) }), node) ? node.files : {}
    for (const [one, below] of Object.entries(files)) {
      const full = path === '' ? one : `${path}/${one}`
      if (name.test(full) && v.is(PlaceSchema, below)) return below
      const found = find(below, full)
      if (found) return found
    }
    return undefined
  }
  const place = find(JSON.parse(text), '')
  if (!place) throw new Error(`the archive holds no ${String(name)}`)
  return { at: base + Number(place.offset), size: place.size }
}

/** Overwrites the beginning of a file in an archive. */
export function scribble(archive: Buffer, name: RegExp, text = '}}} '): Buffer {
  const { at, size } = placeIn(archive, name)
  archive.write(text.repeat(Math.ceil(size / text.length)).slice(0, Math.min(size, 4_096)), at)
  return archive
}
