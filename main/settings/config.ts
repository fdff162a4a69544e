// The node's configuration: every key, its default and what it accepts, in one place. Everything has a default, so that a
// node without any configuration starts, listens, and says what it lacks.
import { isAbsolute } from 'node:path'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { TCP, WebSockets, WebSocketsSecure } from '@multiformats/multiaddr-matcher'
import * as v from 'valibot'
import { LOG_LEVELS } from '../../core/log.ts'
import { parseHostPort } from '../../core/net/host-port.ts'
import { EXCLUSION_FORMS, parseExclusion } from '../../core/net/announce-filter.ts'
import { ADDRESS_CLASSES } from '../../core/net/address-class.ts'
import { isInvitedZone, parseInvitation } from '../../proto/invitation.ts'
import { parseIp } from '../../proto/ip.ts'
import { whyNotPeersOf } from '../../proto/peer-id-text.ts'
import { shown } from '../../proto/plain-text.ts'
import { wireAlgorithmNames } from '../../proto/algorithms.ts'
import { PUBLIC_INVITATION } from '../issuers/autotls/forge.ts'
import { DialSection } from '../peers/dial/policy.ts'
import { AutoTls } from './autotls-section.ts'
import { defaultDir } from './data-dir.ts'
import { NamingSection } from './naming-section.ts'

export { dataDir } from './data-dir.ts'

/**
 * Ports that stay the same are needed for a router's port forwarding. These lie above 1024 (no privilege), below 32768
 * (no outgoing connection takes them by chance), and are neither Kubo's (4001) nor a web server's usual ones.
 */
export const DEFAULT_TCP_PORT = 4431
export const DEFAULT_WSS_PORT = 4430

/** What `network.public` says where nobody is offered a public network. */
export const NO_PUBLIC_NETWORK = 'none'

/** A peer that joins learns everybody within this time, and a thousand nodes make a few messages a second. */
const DEFAULT_INTERVAL_MS = 5 * 60_000

/** Shorter would be noise for everybody; longer and a restarted peer is unknown for most of a day. */
const MIN_INTERVAL_MS = 1_000
const MAX_INTERVAL_MS = 6 * 3_600_000

const Addresses = (expected: string, fits: (address: Multiaddr) => boolean) => {
  const one = v.pipe(
    v.string(),
    v.check(
      (text) => fitsMultiaddr(text, fits) && whyNotPeersOf(text) === undefined,
      ({ input }) => {
        const why = whyNotPeersOf(input)
        return why === undefined ? `expected ${expected}, got "${shown(input)}"` : `${why}, in "${shown(input)}"`
      },
    ),
  )
  return v.pipe(
    v.union([v.string(), v.array(v.string())]),
    v.transform((value) => (typeof value === 'string' ? [value] : value)),
    v.array(one),
  )
}

const DialAddresses = Addresses(
  'a multiaddr with /p2p/, such as /dns4/issue.example.org/tcp/4431/p2p/12D3KooW…',
  (address) => peerOf(address) !== undefined,
)

const PlainAddresses = Addresses(
  'a TCP or plain WebSocket multiaddr to listen on, such as /ip4/0.0.0.0/tcp/4431 (WSS belongs into listen.wss)',
  (address) => TCP.exactMatch(address) || WebSockets.exactMatch(address),
)

const WssAddresses = Addresses(
  'a secure WebSocket multiaddr to listen on, such as /ip4/0.0.0.0/tcp/4430/tls/ws',
  (address) => WebSocketsSecure.exactMatch(address) && parseIp(address.getComponents()[0]?.value ?? '') !== undefined,
)

const Network = v.strictObject({
  /** Addresses of the one issue server, each with /p2p/ and its peer id; none: no certificate is asked for. */
  issue: v.optional(
    v.pipe(
      DialAddresses,
      v.check(
        (list) => new Set(list.map((text) => peerOfText(text))).size <= 1,
        'expected addresses of one issue server, got several peer ids',
      ),
    ),
    [],
  ),
  /** The zone that the issue server has to speak for. @default the first that it names, remembered in the data folder */
  zone: v.optional(
    v.pipe(
      v.string(),
      v.toLowerCase(),
      v.check(isInvitedZone, (issue) => `expected a domain, such as nt.example.net, got "${issue.input}"`),
    ),
  ),
  /** Forges to get a certificate of; where an issue server is named, that is asked first. Left out: none. */
  autotls: v.optional(AutoTls),
  /**
   * The forge that the window offers to who was not invited: an invitation to it, or `none`. Its broker is asked whether it
   * answers when somebody looks at that choice.
   */
  public: v.optional(
    v.pipe(
      v.string(),
      v.check(
        isForgeInvitation,
        ({ input }) =>
          `expected none, or an invitation to a forge, such as https://registration.libp2p.direct, got "${shown(input)}"`,
      ),
    ),
    PUBLIC_INVITATION,
  ),
  /** Kinds of names to ask for: the identity's, which never change, and those that contain the IP address. */
  names: v.optional(v.pipe(v.array(v.picklist(['identity', 'ip'])), v.minLength(1, 'expected identity, ip or both')), [
    'identity',
    'ip',
  ]),
  /** Key algorithms in order of preference; all of them are fine for every browser. */
  algorithms: v.optional(
    v.pipe(v.array(v.picklist(wireAlgorithmNames())), v.minLength(1, 'expected at least one key algorithm')),
    ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048'],
  ),
  /** The CA's profile; the issue server's default where left out. */
  profile: v.optional(v.string()),
  /** PEM file of the root to trust instead of the platform's, for a CA of your own or a sandbox. */
  trustAnchor: v.optional(v.string()),
  /** DNS server to ask instead of the system's, `IP:PORT`, for a zone that is not in the public DNS (a sandbox). */
  resolver: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (text) => Boolean(parseHostPort(text)?.port),
        (issue) => `expected IP:PORT, such as 127.0.0.1:5353 or [::1]:5353, got "${issue.input}"`,
      ),
    ),
  ),
})

const Listen = v.strictObject({
  /** Where plain libp2p connections come in. */
  addresses: v.optional(PlainAddresses, [`/ip4/0.0.0.0/tcp/${DEFAULT_TCP_PORT}`, `/ip6/::/tcp/${DEFAULT_TCP_PORT}`]),
  /** Where browsers come in, once there is a certificate; one port for each family at most is announced. */
  wss: v.optional(WssAddresses, [
    `/ip4/0.0.0.0/tcp/${DEFAULT_WSS_PORT}/tls/ws`,
    `/ip6/::/tcp/${DEFAULT_WSS_PORT}/tls/ws`,
  ]),
})

const Discovery = v.strictObject({
  /** Whether to broadcast our record and learn others'. */
  enabled: v.optional(v.boolean(), true),
  /** Peers that are dialled to get into the network; the issue server counts as one anyway. */
  bootstrap: v.optional(DialAddresses, []),
  /** Between two broadcasts of an unchanged record, milliseconds. */
  intervalMs: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(MIN_INTERVAL_MS), v.maxValue(MAX_INTERVAL_MS)),
    DEFAULT_INTERVAL_MS,
  ),
  /** Classes of addresses that are told and dialled; a private address is of no use outside and says where one lives. */
  addressClasses: v.optional(v.array(v.picklist(ADDRESS_CLASSES)), ['public']),
  /** Whether records are put into and found in the DHT too: for networks of hundreds, where peers do not hear of all others. */
  dht: v.optional(v.boolean(), false),
  /** Whether discovered peers are dialled: only those with certified WSS addresses, or none. */
  connect: v.optional(v.picklist(['certified', 'none']), 'none'),
})

const Announce = v.strictObject({
  /** What is told to nobody: not broadcast, not by identify, not to a broker. In a variable or flag with commas between. */
  exclude: v.optional(
    v.pipe(
      v.union([v.string(), v.array(v.string())]),
      v.transform((value) => (typeof value === 'string' ? value.split(',') : value).map((text) => text.trim())),
      v.array(
        v.pipe(
          v.string(),
          v.check(
            (text) => parseExclusion(text) !== undefined,
            (issue) => `expected ${EXCLUSION_FORMS}, got "${issue.input}"`,
          ),
        ),
      ),
    ),
    [],
  ),
})

const Reachability = v.strictObject({
  /** Whether the router may be asked to let visitors in (UPnP, NAT-PMP, PCP). */
  mapPorts: v.optional(v.boolean(), true),
  /** Whether a first certificate waits until others can reach this node, where it is certain that they cannot. */
  required: v.optional(v.boolean(), true),
})

const IdentitySection = v.strictObject({
  /** Where the key is kept: the keychain of the system, or a file that only its owner may read. */
  store: v.optional(v.picklist(['keychain', 'file']), 'file'),
})

const Bridge = v.strictObject({
  /** Whether a node without a window serves its page and its command line on 127.0.0.1. */
  enabled: v.optional(v.boolean(), true),
  /** 0: any free one. */
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), 0),
})

const AbsolutePath = (what: string) =>
  v.pipe(
    v.string(),
    v.check(
      (text) => isAbsolute(text),
      (issue) => `expected the absolute path of ${what}, got "${issue.input}"`,
    ),
  )

/** Longer than any server takes to read a certificate again, short enough that a hook that hangs is noticed. */
const DEFAULT_HOOK_TIMEOUT_MS = 60_000

/** What other programs on this computer get of the certificate; nothing where nothing is said. */
const Certificate = v.strictObject({
  /** A folder that is kept fresh with the certificate and its key as PEM files. */
  export: v.optional(AbsolutePath('a folder')),
  /** The name or number of a group that may read the key in that folder, besides the node's own user. */
  exportGroup: v.optional(
    v.union([
      v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, 'expected the name of a group')),
      v.pipe(v.number(), v.integer(), v.minValue(0)),
    ]),
  ),
  /** A program that is run after the certificate has changed, without arguments and without a shell. */
  hook: v.optional(AbsolutePath('a program')),
  /** How long it may take, milliseconds. */
  hookTimeoutMs: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(3_600_000)),
    DEFAULT_HOOK_TIMEOUT_MS,
  ),
})

/** The whole configuration. */
export const NodeConfigSchema = v.strictObject({
  /** Folder for the identity, the certificate and what the node remembers. */
  dir: v.optional(v.pipe(v.string(), v.nonEmpty('expected the path of a folder')), defaultDir),
  log: v.optional(v.picklist(LOG_LEVELS), 'warn'),
  network: v.optional(Network, {}),
  listen: v.optional(Listen, {}),
  discovery: v.optional(Discovery, {}),
  dial: v.optional(DialSection, {}),
  announce: v.optional(Announce, {}),
  reachability: v.optional(Reachability, {}),
  identity: v.optional(IdentitySection, {}),
  bridge: v.optional(Bridge, {}),
  certificate: v.optional(Certificate, {}),
  naming: v.optional(NamingSection, {}),
})
export type NodeConfig = v.InferOutput<typeof NodeConfigSchema>

/** The peer id at the end of an address; undefined where there is none. */
export function peerOf(address: Multiaddr): string | undefined {
  const last = address.getComponents().at(-1)
  return last?.name === 'p2p' ? last.value : undefined
}

/** Valibot goes on with later checks after an earlier one has failed, so the text may be no multiaddr. */
function peerOfText(text: string): string | undefined {
  try {
    return peerOf(multiaddr(text))
  } catch {
    return undefined
  }
}

function isForgeInvitation(text: string): boolean {
  try {
    return text === NO_PUBLIC_NETWORK || parseInvitation(text).broker !== undefined
  } catch {
    return false
  }
}

function fitsMultiaddr(text: string, fits: (address: Multiaddr) => boolean): boolean {
  try {
    return fits(multiaddr(text))
  } catch {
    return false
  }
}
