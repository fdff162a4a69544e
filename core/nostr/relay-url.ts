// What may be the address of a relay.

/** The longest that is read. */
const MAX_CHARS = 256

/** Whether a text is the address of a relay: a WebSocket's, and nothing of a person's in it. */
export function isRelayUrl(text: string): boolean {
  if (text.length > MAX_CHARS || !URL.canParse(text)) return false
  const { protocol, username, password, hostname } = new URL(text)
  return (protocol === 'wss:' || protocol === 'ws:') && username === '' && password === '' && hostname !== ''
}
