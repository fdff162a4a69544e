// The section of the node's configuration about AutoTLS: the forges that it may get a certificate of, and what they are told.
import * as v from 'valibot'
import { directoryUrl } from '../../core/acme/directories.ts'
import { whyNotCertificateName } from '../../core/x509/names.ts'
import { parseIp } from '../../proto/ip.ts'
import { FORGE_ADDRESS_CLASSES } from '../issuers/autotls/addresses.ts'
import { PUBLIC_FORGE } from '../issuers/autotls/forge.ts'
import { FORGE_ADDRESS_FORMS } from '../node/announce.ts'

/** A domain whose broker registers peers, and the CA that certifies them. */
const Forge = v.strictObject({
  domain: v.pipe(
    v.string(),
    v.toLowerCase(),
    v.check(
      (text) => whyNotCertificateName(text) === undefined && !text.startsWith('*.'),
      (issue) => `expected a domain, such as libp2p.direct, got "${issue.input}"`,
    ),
  ),
  /** Who the broker is stands on its web certificate alone, so it must be https; http only on this machine. */
  broker: v.pipe(
    v.string(),
    v.check(
      isBrokerUrl,
      (issue) => `expected an https address, such as https://registration.libp2p.direct, got "${issue.input}"`,
    ),
  ),
  /** The CA: `letsencrypt`, `staging`, or the https address of an ACME directory. */
  directory: v.optional(
    v.pipe(
      v.string(),
      v.check(
        isDirectory,
        (issue) => `expected letsencrypt, staging or an https address of an ACME directory, got "${issue.input}"`,
      ),
    ),
    'letsencrypt',
  ),
  /** What the operator gave you, where their broker asks for one. */
  token: v.optional(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,512}$/, 'expected 1 to 512 characters without spaces'))),
  /** PEM file of what to trust instead of the platform's roots, for broker, CA and certificate; else `network.trustAnchor`. */
  trustAnchor: v.optional(v.string()),
})

/** A certificate by AutoTLS: the node asks the CA itself, and a forge's broker puts the proof into the DNS. */
export const AutoTls = v.strictObject({
  /** In order of preference; the next one is asked where one does not do it. */
  forges: v.optional(
    v.pipe(
      v.array(Forge),
      v.minLength(1, 'expected at least one forge'),
      v.check(
        (forges) => new Set(forges.map(({ domain }) => domain)).size === forges.length,
        'expected each domain once',
      ),
    ),
    [PUBLIC_FORGE],
  ),
  /** Classes of addresses that a broker is told, and that are announced under names of its forge. */
  addressClasses: v.optional(
    v.pipe(v.array(v.picklist(FORGE_ADDRESS_CLASSES)), v.minLength(1, 'expected at least one class')),
    ['public'],
  ),
  /** IP addresses that lead here, where neither this machine nor its router knows them: a router that asks for manual work. */
  ips: v.optional(
    v.array(
      v.pipe(
        v.string(),
        v.check(
          (text) => parseIp(text) !== undefined,
          (issue) => `expected an IP address, got "${issue.input}"`,
        ),
      ),
    ),
    [],
  ),
  /** How our address is written: `short` has a name, `long` the IP address and the name. */
  announce: v.optional(v.picklist(FORGE_ADDRESS_FORMS), 'short'),
  /** Where the CA may write to; it need not know. */
  email: v.optional(v.pipe(v.string(), v.email('expected an e-mail address'))),
})

function isBrokerUrl(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return false
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname))
  )
}

function isDirectory(text: string): boolean {
  try {
    directoryUrl(text)
    return true
  } catch {
    return false
  }
}
