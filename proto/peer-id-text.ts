// Peer ids as people hand them on: in links, configurations and addresses. A peer id has no check sum that a library looks at
// when it takes an address apart (`multiaddr()` takes any text behind /p2p/), so each is decoded here where it is read. One
// that was cut off, or that something stuck to, would otherwise be kept and fail for ever.
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { codeOf, shown } from './plain-text.ts'

/** What a peer id is written with: base58btc, or a CID in another alphabet of small letters and digits. */
const FOREIGN = /[^A-Za-z0-9]/u

/** Lengths of the usual peer ids by how they begin: an Ed25519 key, the digest of an RSA key, a secp256k1 key. */
const USUAL_CHARS: readonly (readonly [begin: string, chars: number])[] = [
  ['12D3Koo', 52],
  ['Qm', 46],
  ['16Uiu2HA', 53],
]

/** More is no peer id, and is not decoded. */
const MAX_CHARS = 128

/**
 * Says what is wrong with a peer id.
 *
 * @returns undefined where nothing is; else the end of a sentence that begins with the peer id
 */
export function whyNotPeerId(text: string): string | undefined {
  const foreign = FOREIGN.exec(text)?.[0]
  if (text === '') return 'is empty'
  if (foreign !== undefined) return `contains ${nameOf(foreign)}, which no peer id has`
  if (text.length <= MAX_CHARS && decodes(text)) return undefined
  const usual = USUAL_CHARS.find(([begin]) => text.startsWith(begin))?.[1]
  if (usual === undefined) return 'is no peer id, such as 12D3KooW…'
  if (usual === text.length) return 'is no peer id: a letter of it was changed'
  const what = text.length < usual ? 'it was cut off' : 'something stuck to it'
  return `has ${text.length} characters instead of ${usual}: ${what}`
}

/**
 * Says what is wrong with the peer ids of an address; one without any is fine here.
 *
 * @returns undefined where nothing is; else a sentence without its full stop
 */
export function whyNotPeersOf(address: string): string | undefined {
  let before = ''
  for (const { name, value } of components(address)) {
    if (name === 'p2p') {
      const why = whyNotPeerId(value ?? '')
      if (why !== undefined) return `the peer id "${shown(value ?? '')}" ${why}`
      if (before === name) return 'it names a peer twice (/p2p/…/p2p/…)'
    }
    before = name
  }
  return undefined
}

/** What stands between host and peer id in an address that a node dials: TCP, with WebSockets and TLS or without. */
const DIALLED = /^(?:ip4|ip6|dns|dns4|dns6) tcp(?: (?:tls )?(?:sni )?(?:ws|wss))?(?: p2p)?$/

/**
 * Whether a node can dial an address at all: by TCP, at a place that is one. An address by QUIC alone is kept and fails for ever.
 *
 * @param address  a multiaddr that can be read
 */
export function canBeDialled(address: string): boolean {
  const parts = components(address)
  const [host, port] = parts
  if (host?.name === 'dnsaddr') return true
  const isSomewhere = !/^(?:0\.0\.0\.0|::|(?:0+:){7}0+)$/.test(host?.value ?? '')
  return isSomewhere && port?.value !== '0' && DIALLED.test(parts.map(({ name }) => name).join(' '))
}

function decodes(text: string): boolean {
  try {
    return peerIdFromString(text).toString() !== ''
  } catch {
    return false
  }
}

function components(address: string): readonly { readonly name: string; readonly value?: string | undefined }[] {
  try {
    return multiaddr(address).getComponents()
  } catch {
    return []
  }
}

function nameOf(character: string): string {
  if (/\s/u.test(character)) return `a space (${codeOf(character)})`
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(character)
    ? `"${character}"`
    : `a character that cannot be seen (${codeOf(character)})`
}
