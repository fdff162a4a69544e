// Whom issue server and broker need: the zone's DNS servers and a CA.
import * as v from 'valibot'
import { directory, hostPort, name, peerAddress } from './values.ts'

/** A DNS server of the zone: where it takes challenge values, and where it answers queries. */
const dnsServerObject = v.strictObject({
  control: peerAddress,
  /** Port 53 of the control address's host where left out. */
  query: v.optional(hostPort),
})
const dnsServerText = v.pipe(
  peerAddress,
  v.transform((control): v.InferOutput<typeof dnsServerObject> => ({ control })),
)
// not a union: its message would name neither of the two
export const dnsServer = v.lazy((input) => (typeof input === 'string' ? dnsServerText : dnsServerObject))

/** A CA, and who we are there. */
export const acme = v.strictObject({
  directory: v.optional(directory, 'letsencrypt'),
  email: v.optional(v.pipe(v.string(), v.email('expected an e-mail address'))),
  profile: v.optional(v.string()),
  trustAnchor: v.optional(v.string()),
  /** How long the CA may take for one answer, milliseconds. */
  timeoutMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(120_000)), 30_000),
  /** How soon after telling it the CA is asked how far it is, milliseconds; where left out, it follows how quickly the CA answers. */
  pollFirstMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(20), v.maxValue(15_000))),
  externalAccount: v.optional(v.strictObject({ keyId: v.string(), keyFile: v.string() })),
  /** The CA's names in CAA records, where neither we nor its directory know them. */
  caaIdentities: v.optional(v.pipe(v.array(name), v.maxLength(4)), []),
})

export type DnsServerSection = v.InferOutput<typeof dnsServerObject>
