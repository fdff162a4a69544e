// The key algorithms of a certificate, as text in configurations and as numbers on the wire.
import { nodetrust } from './wire/nodetrust.js'

/** The algorithms this version knows, in the order we prefer them. */
export const WIRE_ALGORITHMS = {
  'ecdsa-p256': nodetrust.KeyAlgorithm.ECDSA_P256,
  'ecdsa-p384': nodetrust.KeyAlgorithm.ECDSA_P384,
  'rsa-2048': nodetrust.KeyAlgorithm.RSA_2048,
} as const

export type WireAlgorithm = keyof typeof WIRE_ALGORITHMS

/** The number of an algorithm on the wire. */
export function algorithmToWire(algorithm: WireAlgorithm): nodetrust.KeyAlgorithm {
  return WIRE_ALGORITHMS[algorithm]
}

/** The algorithm of a number; undefined for one this version does not know. */
export function algorithmFromWire(number: nodetrust.KeyAlgorithm): WireAlgorithm | undefined {
  return wireAlgorithmNames().find((name) => WIRE_ALGORITHMS[name] === number)
}

/** All algorithms, in the order we prefer them. */
export function wireAlgorithmNames(): WireAlgorithm[] {
  return Object.keys(WIRE_ALGORITHMS) as WireAlgorithm[]
}
