// The section of the DNS server.
import * as v from 'valibot'
import { DEFAULT_PORTS } from './ports.ts'
import { address, denylists, hostPort, ip, name, peer, some } from './values.ts'

export const dnsSection = v.strictObject({
  listen: v.optional(hostPort, `0.0.0.0:${DEFAULT_PORTS.dns}`),
  control: some(address, 'multiaddr'),
  admins: v.optional(v.array(peer), []),
  nameServers: some(v.strictObject({ name, addresses: some(ip, 'IP address') }), 'name server'),
  apexAddresses: v.optional(v.array(ip), []),
  hostmaster: v.optional(name),
  caa: v.optional(
    v.array(
      v.strictObject({
        flags: v.optional(v.picklist([0, 128]), 0),
        tag: v.picklist(['issue', 'issuewild', 'iodef']),
        value: v.string(),
      }),
    ),
    [],
  ),
  /** The address of the request to be put on the Public Suffix List, which its keepers look for at `_psl`. */
  psl: v.optional(v.pipe(v.string(), v.url(), v.maxLength(200))),
  /** What the zone's own name says about mail: that there is none, neither to nor from here, where left out. */
  mail: v.optional(
    v.strictObject({
      mx: v.optional(
        v.array(
          v.strictObject({
            preference: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
            exchange: name,
          }),
        ),
        [],
      ),
      /** TXT records, with the one of SPF. */
      txt: v.optional(v.array(v.string()), ['v=spf1 -all']),
      dmarc: v.optional(v.string()),
    }),
    {},
  ),
  /** Files of addresses and networks, one a line: names with them exist and lead nowhere. Read again when they change. */
  denylists,
  rateLimit: v.optional(v.boolean(), true),
})

export type DnsSection = v.InferOutput<typeof dnsSection>
