// Addresses as configurations write them: `host:port`, IPv6 in brackets.

/** Takes `127.0.0.1:53` or `[::1]:53` apart; the configuration's schema has checked the form. */
export function splitHostPort(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(':')
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) }
}

/** Puts them together again. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
