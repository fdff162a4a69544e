// A CA in a few words, for a place on the map that has room for no address.
import { DIRECTORIES } from '../../core/acme/directories.ts'

/** What fits. */
const MAX_CHARS = 24

/** The words. @param directory  an https address, of the directory or its origin */
export function caName(directory: string): string {
  const { origin, hostname } = new URL(directory)
  if (origin === new URL(DIRECTORIES.letsencrypt).origin) return 'Let’s Encrypt'
  if (origin === new URL(DIRECTORIES.staging).origin) return 'Let’s Encrypt, staging'
  if (hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')) return 'for practice, here'
  return hostname.length > MAX_CHARS ? `…${hostname.slice(-(MAX_CHARS - 1))}` : hostname
}
