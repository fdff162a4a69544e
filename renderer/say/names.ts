// Long names in a form that people can tell apart: the first characters are the same for all, so the last ones are shown.
// Copying always gives the long form.

/** Labels up to here are shown whole. */
const LONGEST_WHOLE_LABEL = 20
const HEAD_CHARS = 3
const PEER_HEAD_CHARS = 4
const TAIL_CHARS = 8

/** A short name in parts; a line may break between them. */
export interface ShortName {
  /** Up to and with the long label, each label with its dot. */
  readonly head: readonly string[]
  /** The zone with the dot before it; may be empty. */
  readonly tail: string
}

/** Shortens a host. An IP address stays whole. */
export function shortHost(host: string): ShortName {
  const labels = host.split('.')
  if (host.includes(':') || labels.every((label) => /^\d+$/.test(label))) return { head: [host], tail: '' }
  const long = labels.findIndex((label) => label.length > LONGEST_WHOLE_LABEL)
  const headEnd = long < 0 ? 0 : long
  const head = labels
    .slice(0, headEnd + 1)
    .map((label, index) => `${shorten(label, HEAD_CHARS)}${index < headEnd ? '.' : ''}`)
  const tail = labels.slice(headEnd + 1)
  return { head, tail: tail.length === 0 ? '' : `.${tail.join('.')}` }
}

/** Shortens a peer id. */
export function shortPeer(peerId: string): string {
  return shorten(peerId, PEER_HEAD_CHARS)
}

function shorten(text: string, head: number): string {
  return text.length > LONGEST_WHOLE_LABEL ? `${text.slice(0, head)}…${text.slice(-TAIL_CHARS)}` : text
}
