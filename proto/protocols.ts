// The protocol ids, the topic and the limits that every party of a nodetrust network agrees on.

/** Client asks the issue server what it needs to know before it asks for a certificate. */
export const ISSUE_INFO_PROTOCOL = '/p2p/nodetrust/issue/info/1.0.0'

/** Client asks a proof server to sign the address that the connection came from. */
export const PROOF_PROTOCOL = '/p2p/nodetrust/proof/1.0.0'

/** Client and issue server hold the conversation that ends in a certificate. */
export const ISSUE_PROTOCOL = '/p2p/nodetrust/issue/1.0.0'

/** Client asks when the CA would like to see a certificate renewed. */
export const ISSUE_RENEWAL_PROTOCOL = '/p2p/nodetrust/issue/renewal/1.0.0'

/** Issue server sets and removes TXT values at a DNS server; admins only. */
export const DNS01_PROTOCOL = '/p2p/nodetrust/dns-01/1.0.0'

/** Peers ask each other for signed peer records: of certain peers, or of whatever is newer than what they have. */
export const PEER_RECORDS_PROTOCOL = '/p2p/nodetrust/peer-records/1.0.0'

/** The DHT of nodetrust nodes. Its messages are those of libp2p's Kademlia with one field more, so it has an id of its own. */
export const DHT_PROTOCOL = '/p2p/nodetrust/kad/1.0.0'

/** Pubsub topic on which nodes broadcast their signed peer records. */
export const DISCOVERY_TOPIC = 'nodetrust_discovery_v2'

/** How far a proof's timestamp may lie from the verifier's clock, either way. */
export const PROOF_VALIDITY_MS = 5 * 60_000

/** How long a stream may stay silent before the other side gives it up. */
export const STREAM_IDLE_MS = 10_000

/**
 * The largest message of each protocol in bytes. A proof is below 300 bytes and a CSR with an RSA-4096 key and two
 * names below 2 KiB, so each limit leaves room for growth and none lets a stranger make a server hold much.
 */
export const MAX_MESSAGE_BYTES = {
  infoRequest: 256,
  info: 32_768,
  proofRequest: 256,
  proof: 4_096,
  issueFromClient: 16_384,
  issueFromServer: 65_536,
  dns01: 1_024,
  renewalRequest: 256,
  renewal: 1_024,
  /** 128 ids and a summary of 2,048 records. */
  peerRecordsRequest: 8_192,
  /** 128 records of the usual 300 to 600 bytes; of larger ones fewer. */
  peerRecords: 131_072,
  /** A record to be kept; all other requests are small. */
  dhtRequest: 8_192,
  /** 20 peers with their records. */
  dhtResponse: 65_536,
} as const

/** The largest signed peer record that is looked at: the limit of the wire's other users lies between 1 and 8 KiB. */
export const MAX_PEER_RECORD_BYTES = 4_096
