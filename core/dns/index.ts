// DNS as the house uses it: a server on UDP and TCP that asks one function for its answers, and a resolver that asks
// chosen servers. Packets are read and written in query.ts, reply.ts (servers, fast) and message.ts (clients, whole).
export { CLASS_IN, RCODE, rcodeName, TYPE } from './constants.ts'
export { DnsReplyCutError } from './ask.ts'
export { DnsConnectionClosedError, DnsTimeoutError } from './exchange.ts'
export { createLookup, LookupError } from './lookup.ts'
export {
  decodeMessage,
  encodeQuery,
  MalformedMessageError,
  type CaaData,
  type DnsMessage,
  type DnsQuestion,
  type DnsRecord,
  type SoaData,
} from './message.ts'
export { InvalidDnsNameError, nameToWire, readName, sameName } from './names.ts'
export type { RateLimitOptions } from './rate-limit.ts'
export {
  CnameChainError,
  DnsServerRefusedError,
  LameServerError,
  NameNotFoundError,
  NoDnsAnswerError,
} from './resolver-errors.ts'
export {
  createResolver,
  type DnsServerAddress,
  type LookupIpOptions,
  type QueryOptions,
  type Resolver,
  type ResolverInit,
} from './resolver.ts'
export {
  createDnsServer,
  DnsListenError,
  type DnsServer,
  type DnsServerInit,
  type DnsServerLimits,
  type DnsServerStats,
} from './server.ts'
export { type DnsHandler, type DnsLater, type DnsTransport, LATER, type TransportStats } from './transport.ts'
