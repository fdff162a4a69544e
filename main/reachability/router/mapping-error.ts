// Why a router did not open a port.

/** The router has answered, and its answer is no; the message holds its own number. */
export class RouterRefusedError extends Error {
  override readonly name = 'RouterRefusedError'
}

/** No router has answered in time, or nothing that can be understood. */
export class NoRouterAnswerError extends Error {
  override readonly name = 'NoRouterAnswerError'
}
