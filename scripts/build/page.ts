// What the page's policy would refuse in a browser is refused here, where whoever built it sees it: scripts and styles inside
// the HTML, handlers and style attributes, foreign addresses, source maps.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { constants, gzipSync } from 'node:zlib'

/** The built page would not work under its policy; the message lists every reason. */
export class PageError extends Error {
  override readonly name = 'PageError'
}

const KINDS: readonly string[] = ['.html', '.js', '.css', '.svg', '.png', '.ico', '.woff2', '.webmanifest', '.json']

const RULES: readonly (readonly [RegExp, string])[] = [
  [/<script(?![^>]*\ssrc=)[^>]*>/i, 'an inline script'],
  [/<style\b/i, 'an inline style sheet'],
  [/<[a-z][^>]*\sstyle\s*=/i, 'a style attribute'],
  [/<[a-z][^>]*\son[a-z]+\s*=/i, 'an event handler as attribute'],
  [/<[a-z][^>]*\s(?:src|href)\s*=\s*["']?(?:[a-z]+:|\/\/)/i, 'an address of another origin'],
]

/** @throws PageError */
export async function checkPage(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const wrong: string[] = []
  for (const file of files) {
    const name = file.slice(folder.length + 1)
    if (!KINDS.includes(extname(file))) wrong.push(`${name}: a file of this kind is not served`)
    if (extname(file) === '.html') {
      const html = await readFile(file, 'utf8')
      const links = [...html.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, link]) => join(dirname(file), link ?? ''))
      wrong.push(...links.filter((link) => !files.includes(link)).map((link) => `${name}: ${link} is not there`))
      wrong.push(...RULES.filter(([rule]) => rule.test(html)).map(([, what]) => `${name}: ${what}`))
    }
    if (/\.(?:js|css)$/.test(file) && /[#@] sourceMappingURL=/.test(await readFile(file, 'utf8')))
      wrong.push(`${name}: points to a source map`)
  }
  if (!files.includes(join(folder, 'index.html'))) wrong.push('index.html is missing')
  if (wrong.length > 0) throw new PageError(`the page would not work under its policy:\n  ${wrong.join('\n  ')}`)
}

/** Packs what packs well, once and as small as it gets, so that nobody does it for each visit: `x.js.gz` beside `x.js`. */
export async function packPage(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && /\.(?:html|js|css|svg)$/.test(entry.name))
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name)
    const packed = gzipSync(await readFile(path), { level: constants.Z_BEST_COMPRESSION })
    // gzip writes the operating system it ran on there (RFC 1952, section 2.3.1); 255 is "unknown", the same everywhere
    packed[9] = 255
    await writeFile(`${path}.gz`, packed)
  }
}
