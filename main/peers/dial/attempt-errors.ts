// How the attempt at one address can end, besides what the network says.

/** Others have made us dial there enough for now. */
export class HeldBackError extends Error {
  override readonly name = 'HeldBackError'
}

/** The address is our own. */
export class OurselvesError extends Error {
  override readonly name = 'OurselvesError'
}

/** Nobody waits for the dial any more. */
export class GivenUpError extends Error {
  override readonly name = 'GivenUpError'
}
