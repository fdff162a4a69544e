// The built page as a fixed list in memory: what is not in the list is not served, so no path can lead anywhere else.
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { CACHE_FOREVER, CACHE_NEVER, PAGE_TYPES } from '../page-headers.ts'

/** One file of the page. */
export interface PageFile {
  readonly type: string
  readonly cache: string
  readonly content: Buffer
  /** The same, packed by the build. */
  readonly gzipped: Buffer | undefined
}

/** Files by their path, such as `/assets/index-Bx3k9.js`; `/` is the page itself. */
export type PageFiles = ReadonlyMap<string, PageFile>

/** The page has some 300 kB; a folder of this size is another one. */
const MAX_BYTES = 8_000_000
const MAX_DEPTH = 4

/**
 * Reads the page.
 *
 * @param dir  what the build has made; undefined or absent: no page
 * @returns an empty list where there is no page
 */
export async function readPageFiles(dir: string | undefined): Promise<PageFiles> {
  const files = new Map<string, PageFile>()
  if (dir === undefined) return files
  let bytes = 0
  const visit = async (folder: string, path: string, depth: number): Promise<void> => {
    for (const name of await readdir(folder).catch(() => [])) {
      const full = join(folder, name)
      const facts = await stat(full)
      if (facts.isDirectory() && depth > 0) await visit(full, `${path}${name}/`, depth - 1)
      const type = PAGE_TYPES[extname(name)]
      if (!facts.isFile() || type === undefined || name.startsWith('.')) continue
      bytes += facts.size
      if (bytes > MAX_BYTES) return
      const hashed = /-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(name)
      const content = await readFile(full)
      const gzipped = await readFile(`${full}.gz`).catch(() => undefined)
      bytes += gzipped?.length ?? 0
      files.set(`${path}${name}`, { type, cache: hashed ? CACHE_FOREVER : CACHE_NEVER, content, gzipped })
    }
  }
  await visit(dir, '/', MAX_DEPTH)
  const index = files.get('/index.html')
  if (index) files.set('/', { ...index, cache: CACHE_NEVER })
  return files
}

/**
 * The page, read once; where there is none yet, it is looked for at each request, so that one that is built meanwhile is found.
 *
 * @param dir  as above
 */
export function createPage(dir: string | undefined): () => Promise<PageFiles> {
  let files: Promise<PageFiles> | undefined
  return () => {
    const reading = (files ??= readPageFiles(dir).then(
      (read) => {
        if (!read.has('/')) files = undefined
        return read
      },
      (error: unknown) => {
        files = undefined
        throw error
      },
    ))
    return reading
  }
}
