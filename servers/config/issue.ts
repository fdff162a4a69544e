// The section of the issue server.
import * as v from 'valibot'
import { wireAlgorithmNames } from '../../proto/algorithms.ts'
import { acme, dnsServer } from './upstream.ts'
import { address, addressClasses, count, days, displayName, peer, share, some } from './values.ts'

export const issueSection = v.strictObject({
  /** What the network is called in invitations; the zone where left out. */
  displayName: v.optional(displayName, ''),
  listen: some(address, 'multiaddr'),
  announce: v.optional(v.array(address), []),
  proofServers: some(
    v.strictObject({
      peer,
      addresses: some(address, 'multiaddr'),
      displayName: v.optional(v.pipe(v.string(), v.maxLength(64)), ''),
    }),
    'proof server',
  ),
  dnsServers: some(dnsServer, 'DNS server'),
  /** How long a DNS server may take to show a challenge value to the world before the order is given up, milliseconds. */
  dnsWaitMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(120_000)), 10_000),
  addressClasses,
  keyAlgorithms: v.optional(some(v.picklist(wireAlgorithmNames()), 'key algorithm'), [
    'ecdsa-p256',
    'ecdsa-p384',
    'rsa-2048',
  ]),
  /**
   * Names that contain an address as well, for peers that were dialled back there. Addresses change hands, and each change costs a
   * certificate of the week: nobody needs them where names of peers do.
   */
  ipNames: v.optional(v.boolean(), false),
  discovery: v.optional(v.boolean(), true),
  /** Who gets how much of the zone's week. */
  budget: v.optional(
    v.strictObject({
      /** How long each of the buckets below takes to refill, in days. */
      days: v.optional(days, 7),
      /** The part of the week after which certificates are issued without names that contain an address, which cost most. */
      ipNamesShare: v.optional(share, 0.5),
      /** Certificates that the CA gives exactly the same names. */
      sameNames: v.optional(count, 5),
      /** New certificates for one peer: it moves, reinstalls, tries. */
      newPerPeer: v.optional(count, 5),
      /**
       * New certificates for the peers of one network, an IPv4 /24 or an IPv6 /48: a fifth of the week, and less the more of the week
       * is used.
       */
      newPerPrefix: v.optional(count, 10),
      /** Orders that the CA takes from our account in so many hours, whatever comes of them. Let's Encrypt: 300 in 3 (2026-08). */
      orders: v.optional(count, 300),
      ordersHours: v.optional(v.pipe(v.number(), v.minValue(0.001), v.maxValue(8_784)), 3),
      /** The part of them that is given to new names; the rest is for renewals. */
      newOrdersShare: v.optional(share, 0.8),
      /** Orders of one peer in that time: who fails asks again after 1, 10 and 100 minutes. */
      ordersPerPeer: v.optional(count, 6),
      /**
       * Orders of one network in that time for new names, and as many again for renewals; fewer the more of all orders are used, and
       * half of them for one address, so that a few networks cannot use them up.
       */
      ordersPerNetwork: v.optional(count, 30),
      /** Conversations that a network may begin in ten minutes. Each costs us some signatures that are checked, and no more. */
      attemptsPerNetwork: v.optional(count, 300),
    }),
    {},
  ),
  /** The line in front of the CA. */
  queue: v.optional(
    v.strictObject({
      /** Orders at the CA at once: with its answers in seconds, more than the 300 in three hours that it allows. */
      atOnce: v.optional(count, 8),
      /** Orders that wait; at a quarter of a minute each, the last of them waits six minutes. */
      maxWaiting: v.optional(count, 200),
      /** Orders that wait for peers of one network (IPv4 /24, IPv6 /48), so that it cannot fill the line. */
      maxWaitingPerNetwork: v.optional(count, 50),
    }),
    {},
  ),
  acme: v.optional(acme, {}),
})

export type IssueSection = v.InferOutput<typeof issueSection>
