// What may be opened outside the window: pages of a constant table, the node's own page for browsers, and folders by name.
// Whoever asks sends an id; these checks are made again where the operating system is called, on what the id became.
import { isAbsolute, relative } from 'node:path'
import { LINKS } from '../../proto/api/links.ts'

/** An address or folder that is not opened, and why. */
export class NotOpenedError extends Error {
  override readonly name = 'NotOpenedError'
}

/**
 * Lets an address through to the system's browser: https, no credentials, and an origin of the table or of the node's own page.
 *
 * @throws NotOpenedError
 */
export function checkedUrl(text: string, testUrl: string | null): string {
  const url = URL.parse(text)
  const origins = [...Object.values(LINKS), ...(testUrl === null ? [] : [testUrl])].map(
    (known) => URL.parse(known)?.origin,
  )
  const plain = url?.protocol === 'https:' && url.username === '' && url.password === ''
  if (url && plain && origins.includes(url.origin)) return url.href
  throw new NotOpenedError(`${text.slice(0, 200)} is no page that Nodetrust opens`)
}

/**
 * Lets the address of the page for browsers through: loopback, and the program's own port.
 *
 * @throws NotOpenedError
 */
export function checkedBridgeUrl(text: string, port: number): string {
  const url = URL.parse(text)
  if (url?.protocol === 'http:' && url.hostname === '127.0.0.1' && url.port === String(port)) return url.href
  throw new NotOpenedError('this is not the page that Nodetrust serves on this computer')
}

/**
 * Lets a folder through: the data folder or one below it.
 *
 * @throws NotOpenedError
 */
export function checkedFolder(path: string, dir: string): string {
  const below = relative(dir, path)
  if (below === '' || (!below.startsWith('..') && !isAbsolute(below))) return path
  throw new NotOpenedError(`${path} is no folder of Nodetrust`)
}
