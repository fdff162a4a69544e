// Https servers for tests: a certificate of our own making for localhost, and a server whose every answer is a function.
import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../core/clock.ts'
import { openAuthority } from '../../servers/ca/authority.ts'

/** A key and a chain for localhost, 127.0.0.1 and ::1, and the root that signed them; all PEM. */
export interface TestTls {
  readonly key: string
  readonly cert: string
  readonly rootPem: string
}

export async function createTestTls(): Promise<TestTls> {
  const authority = await openAuthority({ clock: systemClock })
  return { ...(await authority.listenerTls()), rootPem: authority.rootPem }
}

export interface TestServer {
  /** `https://127.0.0.1:…`, without a final slash. */
  readonly origin: string
  readonly rootPem: string
  /** What was asked, `POST /path`. */
  readonly requests: string[]
  close(): Promise<void>
}

/** Serves with a function; `body` is the request's. */
export async function serveHttps(
  tls: TestTls,
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<TestServer> {
  const requests: string[] = []
  const server = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      requests.push(`${request.method} ${request.url}`)
      answer(request, response, Buffer.concat(chunks).toString('utf8'))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `https://127.0.0.1:${port}`,
    rootPem: tls.rootPem,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
