// What is said where we reach into js-libp2p's transports and find something else than the version that was tested has.

/** js-libp2p or ws has other insides than the ones that were tested; pin the version that was. */
export class TransportChangedError extends Error {
  override readonly name = 'TransportChangedError'
}
