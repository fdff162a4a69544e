// Words for what is known of other peers' addresses, the same for the node, its API and whoever shows them.

/** Where an address came from, the most trusted first. */
export const PROVENANCES = ['user', 'certified', 'identify', 'exchange', 'dht', 'broadcast', 'observed'] as const
export type Provenance = (typeof PROVENANCES)[number]

/** Where an address leads. `carrier` is the network of a provider that translates addresses (100.64.0.0/10). */
export const ADDRESS_KINDS = ['public', 'private', 'carrier', 'loopback', 'relay'] as const
export type AddressKind = (typeof ADDRESS_KINDS)[number]
