// What the WSS bench compares.

/** Node's own https with `ws`, our listener without anything above it, and a whole host of ours. */
export const WSS_SERVERS = [
  ['node', 'node:https and ws'],
  ['ours', 'our listener'],
  ['libp2p', 'a whole stream, noise and yamux'],
] as const

export type WssServerKind = (typeof WSS_SERVERS)[number][0]

export function isWssServerKind(word: string): word is WssServerKind {
  return WSS_SERVERS.some(([kind]) => kind === word)
}
