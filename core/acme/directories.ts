// Where CAs are. Names for the two that everybody means; any other CA is named by its directory's address.

/** Let's Encrypt, whose certificates browsers trust, and its test CA with generous limits, whose they do not. */
export const DIRECTORIES = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
} as const

export type DirectoryName = keyof typeof DIRECTORIES

export const DEFAULT_DIRECTORY: DirectoryName = 'letsencrypt'

/** An address of a CA that cannot be used. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError'
}

/**
 * The directory address of a CA.
 *
 * @param nameOrUrl  `letsencrypt` (where left out), `staging`, or an https address
 * @throws DirectoryError for anything else
 */
export function directoryUrl(nameOrUrl: string = DEFAULT_DIRECTORY): string {
  if (nameOrUrl === 'letsencrypt' || nameOrUrl === 'staging') return DIRECTORIES[nameOrUrl]
  const url = URL.parse(nameOrUrl)
  if (url?.protocol !== 'https:') {
    throw new DirectoryError(`the CA "${nameOrUrl}" is unknown: expected letsencrypt, staging or an https address`)
  }
  return url.href
}

/**
 * Which CA a directory belongs to, for counts and memories that must not be mixed up with another's.
 *
 * @param nameOrUrl  as for directoryUrl
 * @returns its origin, such as `https://acme-v02.api.letsencrypt.org`
 * @throws DirectoryError
 */
export function directoryOrigin(nameOrUrl?: string): string {
  return new URL(directoryUrl(nameOrUrl)).origin
}

/** Whether a CA is known to sign what browsers do not trust; of a private one only its root tells. */
export function isTestDirectory(url: string): boolean {
  return new URL(url).origin === new URL(DIRECTORIES.staging).origin
}

/** Whether certificates of this CA are meant for the public: those of Let's Encrypt's staging are not. */
export function isProduction(url: string): boolean {
  return url === DIRECTORIES.letsencrypt
}
