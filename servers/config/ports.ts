// The port of each role where the configuration says nothing else.

/** Ports of the first network of 2018, kept so that old firewall notes stay true. */
export const DEFAULT_PORTS = {
  dnsControl: 25_891,
  proof: 25_892,
  issue: 25_893,
  issueWs: 25_894,
  ca: 25_895,
  broker: 25_896,
  admin: 25_897,
  metrics: 25_898,
  nostrRelay: 25_900,
  dns: 53,
} as const
