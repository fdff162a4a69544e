// The operator's page and the metrics, on loopback only: is it well, what is left of the week, who registered last and how it
// ended. The page has no script and loads nothing; the Host header is checked, so that no web page elsewhere can read it by a
// name of its own (DNS rebinding).
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { parseHostPort, type HostPort } from '../../core/net/host-port.ts'
import { BrokerListenError } from './http.ts'
import { inWords } from '../issue/budget.ts'
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
    if (path === '/') return finish(response, 200, 'text/html', page(await state()))
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

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; vertical-align: top }
td.peer { font-family: ui-monospace, monospace; font-size: .85em; overflow-wrap: anywhere }
meter { width: 12rem }
`

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
  const { quota, denylists } = state
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
    { name: 'nodetrust_broker_dial_backs', help: 'Dial-backs under way.', values: [{ value: state.dialBacks }] },
  ]
}

function page(state: BrokerState): string {
  const { quota } = state
  const well =
    quota.waitMs === 0
      ? 'Well: new peers are welcome.'
      : `New peers have to wait ${inWords(quota.waitMs)}; known peers renew as ever.`
  const facts: readonly (readonly [string, string])[] = [
    ['Zone', escape(state.zone)],
    ['Clients ask', escape(state.url)],
    ['Peer id', escape(state.peer)],
    ['Running since', time(state.startedAt)],
    [
      `New peers in ${quota.days} days`,
      `<meter min="0" max="${quota.newPeers}" value="${quota.used}"></meter> ${quota.used} of ${quota.newPeers}`,
    ],
    ['Dial-backs under way', String(state.dialBacks)],
    ...state.denylists.map(
      ({ name, entries, readAt }) => [`Denylist ${escape(name)}`, `${entries} entries, read ${time(readAt)}`] as const,
    ),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Broker of ${escape(state.zone)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Broker of ${escape(state.zone)}</h1>
<p>${well}</p>
<table>${facts.map(([name, value]) => `<tr><th scope="row">${name}</th><td>${value}</td></tr>`).join('\n')}</table>
<h2>Last registrations</h2>
${registrations(state.newest)}
<p>As of ${time(state.now)}. Figures for Prometheus are at <a href="/metrics">/metrics</a>.</p>
</body>
</html>
`
}

function registrations(rows: readonly RegistrationRow[]): string {
  if (rows.length === 0) return '<p>Nobody has registered yet.</p>'
  const lines = rows.map(({ at, peer, status, reason }) => {
    const outcome = status === 200 ? 'registered' : `${status}: ${escape(reason)}`
    return `<tr><td>${time(at)}</td><td class="peer">${escape(peer)}</td><td>${outcome}</td></tr>`
  })
  return `<table><thead><tr><th scope="col">When</th><th scope="col">Peer</th><th scope="col">Outcome</th></tr></thead>
<tbody>${lines.join('\n')}</tbody></table>`
}

function time(ms: number): string {
  const text = new Date(ms).toISOString()
  return `<time datetime="${text}">${text.slice(0, 16).replace('T', ' ')} UTC</time>`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
