// The section of names by key.
import * as v from 'valibot'
import { isRelayUrl } from '../../core/nostr/relay-url.ts'

/** Open to everybody for these kinds when this was written. More than two, so that one may be away; a person names their own. */
export const DEFAULT_RELAYS = ['wss://nos.lol', 'wss://relay.primal.net', 'wss://relay.snort.social'] as const

const relay = v.pipe(
  v.string(),
  v.check((text) => isRelayUrl(text), 'expected the address of a relay, such as wss://relay.example.net'),
)
const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))

export const NamingSection = v.strictObject({
  /** Whether this machine's name is published; chosen in the window where left out. */
  publish: v.optional(v.boolean()),
  /** Relays to write to and to ask. */
  relays: v.optional(
    v.pipe(
      v.union([v.string(), v.array(v.string())]),
      v.transform((value) => (typeof value === 'string' ? value.split(',') : value).map((text) => text.trim())),
      v.array(relay),
      v.minLength(1, 'expected at least one relay'),
      v.maxLength(8, 'expected eight relays at most'),
    ),
    [...DEFAULT_RELAYS],
  ),
  /** Writes the pair of the first proof of concept too, for programs that read nothing else. */
  legacy: v.optional(v.boolean(), false),
  /** Follows names to private addresses, and publishes ours: for networks that are closed off, and for trying things out. */
  allowPrivate: v.optional(v.boolean(), false),
  /** Tells the local network `<npub>.local` while the name is published. */
  lan: v.optional(v.boolean(), true),
  /** The DNS server for `.nostr` on 127.0.0.1 and ::1; `on` is chosen by `nodetrust resolver setup` where left out. Port 0: any. */
  resolver: v.optional(v.strictObject({ on: v.optional(v.boolean()), port: v.optional(port, 5_354) }), {}),
  /** The proxy for browsers on 127.0.0.1; `on` is chosen by opening a name where left out. Port 0: any. */
  proxy: v.optional(v.strictObject({ on: v.optional(v.boolean()), port: v.optional(port, 5_355) }), {}),
})
export type NamingSection = v.InferOutput<typeof NamingSection>
