// The section of the Nostr relay.
import * as v from 'valibot'
import { readNpub } from '../../proto/npub.ts'
import {
  CERTIFICATE_HINT_KIND,
  DELETION_KIND,
  LEGACY_ADDRESS_KIND,
  LEGACY_CERTIFICATE_KIND,
  NAME_KIND,
  NAME_PARTS_KIND,
  NIP97_KIND,
  RELAY_LIST_KIND,
} from '../../core/nostr/name-facts.ts'
import { DEFAULT_PORTS } from './ports.ts'
import { count, days, displayName, hostPort, ip, some } from './values.ts'

/** What names are made of, and what says where they are written. */
const NAME_KINDS = [
  ...[DELETION_KIND, RELAY_LIST_KIND, NAME_KIND, NAME_PARTS_KIND],
  ...[LEGACY_ADDRESS_KIND, LEGACY_CERTIFICATE_KIND, CERTIFICATE_HINT_KIND, NIP97_KIND],
]

const author = v.pipe(
  v.string(),
  v.check((text) => readNpub(text) !== undefined, 'expected a public key, npub1 and 58 more characters'),
)

const kind = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))

export const nostrRelaySection = v.strictObject({
  /** Behind a reverse proxy on loopback; anywhere with a certificate of its own. */
  listen: v.optional(hostPort, `127.0.0.1:${DEFAULT_PORTS.nostrRelay}`),
  /** PEM files of its certificate, read again when they change; without them it speaks plain WebSocket. */
  tls: v.optional(v.strictObject({ certificateFile: v.string(), keyFile: v.string() })),
  /** Reverse proxies whose X-Forwarded-For is believed. */
  trustedProxies: v.optional(v.array(ip), ['127.0.0.1', '::1']),
  /** What clients are told that it is called. */
  displayName: v.optional(displayName, ''),
  /** Who may write; everybody, within the limits, where left out. Everybody may read. */
  authors: v.optional(some(author, 'author')),
  /** Which kinds of events are kept; others are refused. */
  kinds: v.optional(some(kind, 'kind'), NAME_KINDS),
  /** An event that was not written again for so long is forgotten. */
  keepDays: v.optional(days, 40),
  limits: v.optional(
    v.strictObject({
      connections: v.optional(count, 512),
      /** Of one network, an IPv4 /24 or an IPv6 /48; of trusted proxies as many as there are. */
      connectionsPerPrefix: v.optional(count, 32),
      /** Events kept, in all and of one author. A network has brought an eighth of all at most. */
      events: v.optional(count, 100_000),
      eventsPerAuthor: v.optional(count, 64),
      /** What they take in the file, in all; an eighth of it for what one network has brought. */
      megabytes: v.optional(count, 500),
      /** Events and questions of one network in a minute. Each event costs a signature's check, about a millisecond. */
      eventsPerPrefixAndMinute: v.optional(count, 60),
      questionsPerPrefixAndMinute: v.optional(count, 300),
    }),
    {},
  ),
})

export type NostrRelaySection = v.InferOutput<typeof nostrRelaySection>
