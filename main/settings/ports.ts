// Whether a port can be listened on, found out by trying. Between the answer and its use another program may take the port;
// then listening itself says so.
// oxlint-disable-next-line no-restricted-imports -- looks whether a port is free, and never accepts
import { createServer } from 'node:net'

/** How far above a taken port a free one is looked for. */
const SEARCH_SPAN = 50
const MAX_PORT = 65_535

/** Whether nobody listens on a port, on any address of this machine, and we may. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await canListen(port, '::')) !== 'taken' && (await canListen(port, '0.0.0.0')) === 'free'
}

/**
 * The next port that is free.
 *
 * @param after  the search begins with the one above
 * @param except  ports that are not wanted either
 * @returns undefined where none of the next ones is free
 */
export async function nextFreePort(after: number, except: readonly number[] = []): Promise<number | undefined> {
  for (let port = Math.max(1_024, after + 1); port <= Math.min(MAX_PORT, after + SEARCH_SPAN); port++) {
    if (!except.includes(port) && (await isPortFree(port))) return port
  }
  return undefined
}

async function canListen(port: number, host: string): Promise<'free' | 'taken' | 'no-such-family'> {
  const server = createServer()
  const outcome = Promise.withResolvers<'free' | 'taken' | 'no-such-family'>()
  server.once('error', (error: NodeJS.ErrnoException) => {
    outcome.resolve(error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL' ? 'no-such-family' : 'taken')
  })
  server.listen({ port, host, ipv6Only: host === '::', exclusive: true }, () => outcome.resolve('free'))
  const result = await outcome.promise
  if (server.listening) await new Promise((resolve) => server.close(resolve))
  return result
}
