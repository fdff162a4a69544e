// The operator's page and the metrics, on loopback only. The page has no script and loads nothing; the Host header is checked, so that no web page elsewhere can read it by a
// name of its own (DNS rebinding).
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { parseHostPort, type HostPort } from '../../core/net/host-port.ts'
import { brokerPage, STYLE } from './admin-page.ts'
import { BrokerListenError } from './http.ts'
import type { CertificateState } from './certificate.ts'
import type { Gauge, Metrics } from './metrics.ts'
import type { QuotaState } from './quotas.ts'
import type { Log } from '../../core/log.ts'
import type { RegistrationRow } from '../store/sqlite-registrations.ts'

/** What there is to say. */
export interface BrokerState {
  readonly zone: string
  readonly url: string
  readonly peer: string
  readonly startedAt: number
  readonly now: number
  /** undefined where a reverse proxy has it. */
  readonly certificate: CertificateState | undefined
  readonly quota: QuotaState
  readonly dialBacks: number
  readonly inflight: number
  readonly denylists: readonly { readonly name: string; readonly entries: number; readonly readAt: number }[]
  readonly newest: readonly RegistrationRow[]
}

/** A running admin server. */
export interface BrokerAdmin {
  readonly address: HostPort
  stop(): Promise<void>
}

/**
 * Starts the server.
 *
 * @throws BrokerListenError
 */
export async function startBrokerAdmin(init: {
  readonly listen: HostPort
  readonly state: () => Promise<BrokerState>
  readonly metrics: Metrics
  readonly version: string
  readonly log: Log
}): Promise<BrokerAdmin> {
  const { listen, state, metrics, version, log } = init
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    if (!isOwnHost(request.headers.host)) return finish(response, 403, 'text/plain', 'ask by a loopback address\n')
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return finish(response, 405, 'text/plain', 'only GET is understood\n')
    const path = (request.url ?? '').replace(/\?.*$/s, '')
    if (path === '/metrics')
      return finish(response, 200, 'text/plain; version=0.0.4', metrics.text(gauges(await state(), version)))
    if (path === '/') return finish(response, 200, 'text/html', brokerPage(await state()))
    finish(response, 404, 'text/plain', 'there are / and /metrics\n')
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      log.error({ error: String(error) }, 'the operator page could not be made')
      response.destroy()
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const where = `${listen.host} port ${listen.port}`
      reject(new BrokerListenError(`cannot listen on ${where} for the operator: ${error.message}`, { cause: error }))
    })
    server.listen(listen.port, listen.host, resolve)
  })
  const bound = server.address()
  return {
    address: { host: listen.host, port: typeof bound === 'object' && bound !== null ? bound.port : 0 },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

/** A person and a Prometheus. */
const MAX_CONNECTIONS = 16

const HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

function isOwnHost(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:[0-9]+$/, '')
  return name === 'localhost' || name === '[::1]' || parseHostPort(`${name}:0`)?.host.startsWith('127.') === true
}

function finish(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type.includes('charset') ? type : `${type}; charset=utf-8` })
  response.end(body)
}

function gauges(state: BrokerState, version: string): readonly Gauge[] {
  const { quota, denylists, certificate } = state
  return [
    { name: 'coredns_forge_info', help: 'Which program this is.', values: [{ labels: { version }, value: 1 }] },
    {
      name: 'coredns_forge_acme_http_requests_inflight',
      help: 'Requests that are being answered.',
      values: [{ value: state.inflight }],
    },
    {
      name: 'coredns_forge_denylist_entries',
      help: 'Entries of each denylist.',
      values: denylists.map(({ name, entries }) => ({ labels: { name }, value: entries })),
    },
    {
      name: 'coredns_forge_denylist_last_update_timestamp',
      help: 'When each denylist was read.',
      values: denylists.map(({ name, readAt }) => ({ labels: { name }, value: readAt / 1_000 })),
    },
    { name: 'nodetrust_broker_new_peers_limit', help: 'New peers in a window.', values: [{ value: quota.newPeers }] },
    { name: 'nodetrust_broker_new_peers_used', help: 'New peers that count now.', values: [{ value: quota.used }] },
    {
      name: 'nodetrust_broker_certificate_not_after_timestamp_seconds',
      help: 'End of the certificate that the broker serves; absent where it serves none.',
      values: certificate?.current ? [{ value: certificate.current.notAfter / 1_000 }] : [],
    },
    { name: 'nodetrust_broker_dial_backs', help: 'Dial-backs under way.', values: [{ value: state.dialBacks }] },
  ]
}
