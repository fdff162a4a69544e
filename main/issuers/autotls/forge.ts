// A forge as the node uses it: a domain, the broker that registers for it, the CA that certifies its names. Made of the
// configuration, with the files that it names read.
import { readFile } from 'node:fs/promises'
import { directoryUrl } from '../../../core/acme/directories.ts'
import { ConfigError } from '../../../core/config.ts'
import { formatInvitation } from '../../../proto/invitation.ts'
import { autotlsName } from '../../../proto/names.ts'
import type { PeerId } from '@libp2p/interface'

/** A forge. */
export interface Forge {
  /** Lower case. */
  readonly domain: string
  readonly broker: URL
  /** Of the CA. */
  readonly directoryUrl: string
  /** For brokers that ask for one; a secret. */
  readonly token?: string | undefined
  /** PEM; what broker, CA and certificates are checked against instead of the system's roots. */
  readonly trustAnchorPem?: string | undefined
}

/** A forge as it is configured. */
export interface ForgeSection {
  readonly domain: string
  readonly broker: string
  readonly directory: string
  readonly token?: string | undefined
  /** Path of a PEM file. */
  readonly trustAnchor?: string | undefined
}

/** The forge that everybody may use. */
export const PUBLIC_FORGE = {
  domain: 'libp2p.direct',
  broker: 'https://registration.libp2p.direct',
  directory: 'letsencrypt',
} as const satisfies ForgeSection

/** The same as an invitation, for whoever has none. */
export const PUBLIC_INVITATION = formatInvitation({
  ...{ zone: PUBLIC_FORGE.domain, name: PUBLIC_FORGE.domain },
  ...{ issue: [], broker: PUBLIC_FORGE.broker },
})

/**
 * Reads what forges need.
 *
 * @param trustAnchorPem  of those that name none; the system's roots where left out
 * @throws ConfigError where a trust anchor cannot be read
 */
export async function openForges(
  sections: readonly ForgeSection[],
  trustAnchorPem: string | undefined,
): Promise<readonly Forge[]> {
  return await Promise.all(
    sections.map(async ({ domain, broker, directory, token, trustAnchor }): Promise<Forge> => {
      const anchor = trustAnchor === undefined ? trustAnchorPem : await readAnchor(domain, trustAnchor)
      const url = new URL(broker)
      return { domain, broker: url, directoryUrl: directoryUrl(directory), token, trustAnchorPem: anchor }
    }),
  )
}

/** The names that a certificate of a forge has: every address of the peer, and nothing else. */
export function forgeNames(peer: PeerId, domain: string): readonly [string] {
  return [`*.${autotlsName(peer, domain)}`]
}

/** The forge that a certificate's names belong to. */
export function forgeOf<Item extends { readonly domain: string }>(
  forges: readonly Item[],
  names: readonly string[],
  peer: PeerId,
): Item | undefined {
  return forges.find(({ domain }) => names.includes(forgeNames(peer, domain)[0]))
}

async function readAnchor(domain: string, path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8')
    // every command reads a configuration, and next to none of them a certificate
    const { readChain } = await import('../../../core/x509/chain.ts')
    readChain(pem)
    return pem
  } catch (error) {
    throw new ConfigError(
      `\`network.autotls.forges\`: the trustAnchor of ${domain}, ${path}, is no readable PEM file with certificates`,
      { cause: error },
    )
  }
}
