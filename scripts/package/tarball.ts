// A .tar.gz with the same bytes for the same content: entries in order, one time for all, nobody's name (POSIX ustar).
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** The content does not fit the format. */
export class TarballError extends Error {
  override readonly name = 'TarballError'
}

const BLOCK_BYTES = 512
const NAME_BYTES = 100
const PREFIX_BYTES = 155

/** Where gzip writes the operating system it ran on (RFC 1952 section 2.3); 255 is "unknown". */
const GZIP_SYSTEM_AT = 9
const GZIP_SYSTEM_UNKNOWN = 255

/** What a tarball is made of. */
export interface TarballInit {
  /** The folder whose content goes in. */
  readonly folder: string
  /** What the folder is called inside. */
  readonly name: string
  /** Time of every entry, seconds since 1970. */
  readonly mtime: number
}

/** @throws TarballError */
export async function makeTarball({ folder, name, mtime }: TarballInit): Promise<Buffer> {
  const paths = (await readdir(folder, { recursive: true })).map((path) => path.replaceAll('\\', '/')).sort()
  const blocks: Buffer[] = [header(`${name}/`, 0, 0o755, mtime)]
  for (const path of paths) {
    const found = await stat(join(folder, path))
    if (found.isDirectory()) {
      blocks.push(header(`${name}/${path}/`, 0, 0o755, mtime))
    } else {
      const content = await readFile(join(folder, path))
      const mode = isProgram(path, found.mode) ? 0o755 : 0o644
      const padding = Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES)
      blocks.push(header(`${name}/${path}`, content.length, mode, mtime), content, padding)
    }
  }
  const file = gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]), { level: 9 })
  file[GZIP_SYSTEM_AT] = GZIP_SYSTEM_UNKNOWN
  return file
}

/** Windows knows no such bit, so what is started by name counts there. */
function isProgram(path: string, mode: number): boolean {
  return (mode & 0o100) !== 0 || path === 'bin/nodetrust' || path.endsWith('.sh')
}

function header(path: string, size: number, mode: number, mtime: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  const { prefix, rest } = splitName(path)
  block.write(rest, 0)
  block.write(octal(mode, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(size, 12), 124)
  block.write(octal(mtime, 12), 136)
  block.fill(' ', 148, 156)
  block.write(path.endsWith('/') ? '5' : '0', 156)
  block.write('ustar\u000000', 257)
  block.write(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function splitName(path: string): { readonly prefix: string; readonly rest: string } {
  if (Buffer.byteLength(path) <= NAME_BYTES) return { prefix: '', rest: path }
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, rest] = [path.slice(0, at), path.slice(at + 1)]
    if (rest !== '' && Buffer.byteLength(rest) <= NAME_BYTES && Buffer.byteLength(prefix) <= PREFIX_BYTES)
      return { prefix, rest }
  }
  throw new TarballError(`the name ${path} is too long for a tarball: shorten it`)
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`
}
