// The configuration of the roles: one file, a section for each role that is served from it. Defaults and their reasons
// stand in the sections (config/) and nowhere else; `nodetrust init` writes a file that explains each line.
import * as v from 'valibot'
import { LOG_LEVELS } from '../core/log.ts'
import { admin } from './config/admin.ts'
import { brokerSection } from './config/broker.ts'
import { caSection } from './config/ca.ts'
import { dnsSection } from './config/dns.ts'
import { issueSection } from './config/issue.ts'
import { joinSection } from './config/join.ts'
import { nostrRelaySection } from './config/nostr-relay.ts'
import { proofSection } from './config/proof.ts'
import { zoneName } from './config/values.ts'
import { WeekSection } from './config/week.ts'

export { DEFAULT_PORTS } from './config/ports.ts'
export { WeekSection } from './config/week.ts'
export type { BrokerSection } from './config/broker.ts'
export type { CaSection } from './config/ca.ts'
export type { DnsSection } from './config/dns.ts'
export type { IssueSection } from './config/issue.ts'
export type { NostrRelaySection } from './config/nostr-relay.ts'
export type { ProofSection } from './config/proof.ts'
export type { DnsServerSection } from './config/upstream.ts'

export const ServersConfig = v.strictObject({
  zone: zoneName,
  dir: v.string(),
  log: v.optional(v.picklist(LOG_LEVELS), 'info'),
  /** Where the operator's page and the figures for Prometheus are; nowhere where left out. */
  admin: v.optional(admin),
  week: v.optional(WeekSection, {}),
  dns: v.optional(dnsSection),
  proof: v.optional(proofSection),
  issue: v.optional(issueSection),
  ca: v.optional(caSection),
  broker: v.optional(brokerSection),
  'nostr-relay': v.optional(nostrRelaySection),
  /** The web page that invitations lead to. */
  join: v.optional(joinSection, {}),
})

export type ServersConfig = v.InferOutput<typeof ServersConfig>
