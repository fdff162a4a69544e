// Serves the window's page from memory under app://bundle/: a fixed list of files, read once at the start. A request is a
// name to look up in that list, so there is no path that could lead anywhere else.
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { CACHE_FOREVER, CACHE_NEVER, PAGE_HEADERS, PAGE_TYPES } from '../page-headers.ts'
import { FileError } from '../../core/files.ts'
import { PAGE_HOST, PAGE_SCHEME } from './own-page.ts'

/** One file of the page. */
export interface PageFile {
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Its name contains a hash of its content. */
  readonly hashed: boolean
}

/** Files by their path below the page's folder, such as `assets/index-B3f9.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>

/** The page is some 200 kB; a folder of another size is another folder. */
const MAX_FILES = 200
const MAX_BYTES = 8 * 1_024 * 1_024

/** The bundler puts hashed names here. */
const HASHED_FOLDER = 'assets/'

/** Names that a built page has. Percent signs are not among them, so nothing encoded gets through. */
const ADDRESS = new RegExp(
  `^${PAGE_SCHEME}://${PAGE_HOST}/((?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*)?(?:[?#].*)?$`,
)

/**
 * Reads the built page.
 *
 * @throws FileError where there is none, or it is no page
 */
export async function readPageFiles(dir: string): Promise<PageFiles> {
  const files = new Map<string, PageFile>()
  let total = 0
  try {
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
      const type = PAGE_TYPES[extname(entry.name)]
      if (!entry.isFile() || type === undefined) continue
      const path = join(entry.parentPath, entry.name)
      const bytes = new Uint8Array(await readFile(path))
      total += bytes.length
      if (files.size >= MAX_FILES || total > MAX_BYTES) throw new RangeError('it holds more than a page has')
      const name = relative(dir, path).split(sep).join('/')
      files.set(name, { type, bytes, hashed: name.startsWith(HASHED_FOLDER) })
    }
  } catch (error) {
    throw new FileError(dir, 'read the page in', error)
  }
  if (!files.has('index.html')) throw new FileError(dir, 'find the page in', new Error('there is no index.html'))
  return files
}

/** Answers the requests of the window; everything that is not a file of the list is 404 or 405. */
export function createPageHandler(files: PageFiles): (request: Request) => Response {
  return ({ method, url }) => {
    if (method !== 'GET' && method !== 'HEAD') return refusal(405, { allow: 'GET, HEAD' })
    const match = ADDRESS.exec(url)
    const file = match ? files.get(match[1] ?? 'index.html') : undefined
    if (!file) return refusal(404)
    return new Response(method === 'HEAD' ? null : file.bytes, {
      headers: {
        ...PAGE_HEADERS,
        'content-type': file.type,
        'content-length': String(file.bytes.length),
        'cache-control': file.hashed ? CACHE_FOREVER : CACHE_NEVER,
      },
    })
  }
}

function refusal(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers: { ...PAGE_HEADERS, ...headers, 'cache-control': CACHE_NEVER } })
}
