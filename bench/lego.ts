// What an issuance costs a CA and takes in time, ours beside lego's (the client in Go, Debian's package), at the same Pebble in the
// same run. They are counted where all must pass: at a proxy in front of the CA. Each has an account already and the default
// waits of its own; what a process needs to start is not in the figures.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAcmeSession, fileAccountStore, issueCertificate } from '../core/acme/index.ts'
import { createCsr } from '../core/x509/index.ts'
import { pebbleIsMissing } from '../test/support/pebble.ts'
import { startTxtResponder } from '../test/support/txt-responder.ts'
import { createTxtZone, type TxtZone } from '../test/support/txt-zone.ts'
import { CA_SPEEDS, type CaCost, startCountedPebble } from './counted-pebble.ts'
import { type Summary, summarize } from './summary.ts'

const LEGO = '/usr/bin/lego'

/** One certificate of one client. */
export interface ClientCost {
  readonly requests: Summary
  /** From its first request to the last answer, milliseconds. */
  readonly ms: Summary
}

/** Who was measured. */
export const LEGO_CLIENTS = [
  ['ours', 'ours'],
  ['lego', 'lego'],
] as const

type Client = (typeof LEGO_CLIENTS)[number][0]

/** All for one name and for a wildcard with its base, at a quick CA and a slow one; none of it where `skipped` says why. */
export interface LegoResult {
  readonly runs: number
  readonly rows: readonly {
    readonly ca: string
    readonly names: string
    readonly clients: Readonly<Record<Client, ClientCost>>
  }[]
  readonly skipped: readonly string[]
}

export interface LegoOptions {
  /** @default 5 */
  readonly runs?: number
  readonly signal?: AbortSignal
}

type Obtain = (names: readonly string[]) => Promise<void>

const NAME_SETS: readonly { readonly what: string; readonly names: (run: string) => readonly string[] }[] = [
  { what: 'one name', names: (run) => [`${run}.bench.example.net`] },
  { what: 'a wildcard and its base', names: (run) => [`*.${run}.bench.example.net`, `${run}.bench.example.net`] },
]

/** Measures; gives a reason in place of figures where Pebble or lego is not installed. */
export async function benchLego({ runs = 5, signal }: LegoOptions = {}): Promise<LegoResult> {
  const missing = pebbleIsMissing ?? (existsSync(LEGO) ? undefined : 'lego is not installed')
  if (missing !== undefined) return { runs, rows: [], skipped: [`lego: ${missing}`] }
  const rows: LegoResult['rows'][number][] = []
  for (const [validationMs, ca] of CA_SPEEDS) {
    for (const row of await atCa(validationMs, runs, signal)) rows.push({ ca, ...row })
  }
  return { runs, rows, skipped: [] }
}

async function atCa(
  validationMs: number,
  runs: number,
  signal: AbortSignal | undefined,
): Promise<readonly Omit<LegoResult['rows'][number], 'ca'>[]> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-lego-'))
  const zone = createTxtZone()
  const dns = await startTxtResponder(zone)
  const pebble = await startCountedPebble(dns.port, validationMs)
  const ca = { directory: pebble.directory, rootPem: pebble.httpsRootPem }
  const changes = await startChanges(zone)
  const clients: Record<Client, Obtain> = {
    ours: ours(dir, ca, zone),
    lego: await lego(dir, ca, changes.origin, dns.port),
  }
  const measure = (obtain: Obtain, names: readonly string[]) => pebble.count(() => obtain(names))
  try {
    // Makes the accounts, which are not measured.
    for (const obtain of Object.values(clients)) await obtain(['account.bench.example.net'])
    const rows: Omit<LegoResult['rows'][number], 'ca'>[] = []
    for (const { what, names } of NAME_SETS) {
      const costs: Record<Client, CaCost[]> = { ours: [], lego: [] }
      for (let run = 0; run < runs; run++) {
        signal?.throwIfAborted()
        // In turn, so that what else goes on at this machine meets both.
        for (const [client] of LEGO_CLIENTS) {
          costs[client].push(await measure(clients[client], names(`${client}-${rows.length}-${run}`)))
        }
      }
      rows.push({ names: what, clients: { ours: costOf(costs.ours), lego: costOf(costs.lego) } })
    }
    return rows
  } finally {
    await changes.close()
    await pebble.stop()
    await dns.close()
    await rm(dir, { recursive: true, force: true })
  }
}

function costOf(costs: readonly CaCost[]): ClientCost {
  return { requests: summarize(costs.map(({ requests }) => requests)), ms: summarize(costs.map(({ ms }) => ms)) }
}

interface BenchCa {
  readonly directory: string
  readonly rootPem: string
}

/** As a program does that is started for each certificate: the account from its file, nothing else remembered. */
function ours(dir: string, ca: BenchCa, zone: TxtZone): Obtain {
  const store = fileAccountStore(join(dir, 'account.json'))
  return async (names) => {
    const session = await createAcmeSession({
      directory: ca.directory,
      trustAnchorPem: ca.rootPem,
      version: '0.0.0-bench',
      store,
      termsOfServiceAgreed: true,
    })
    const { csr } = await createCsr({ names })
    await issueCertificate({ session, names, csr, dns01: zone })
    session.close()
  }
}

/** lego, which tells our zone over HTTP (its provider `httpreq`) and looks at it once before the CA does. */
async function lego(dir: string, ca: BenchCa, changes: string, dnsPort: number): Promise<Obtain> {
  const rootPath = join(dir, 'root.pem')
  await writeFile(rootPath, ca.rootPem)
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: dir,
    LEGO_CA_CERTIFICATES: rootPath,
    HTTPREQ_ENDPOINT: changes,
    // It waits so long before it looks at the zone; the zone here is ready at once.
    HTTPREQ_POLLING_INTERVAL: '0',
  }
  const common = ['--path', join(dir, 'lego'), '--server', ca.directory, '--email', 'bench@example.net', '--accept-tos']
  const dns = ['--dns', 'httpreq', '--dns.disable-cp', '--dns.resolvers', `127.0.0.1:${dnsPort}`]
  return async (names) => {
    const domains = names.flatMap((name) => ['--domains', name])
    const child = spawn(LEGO, [...common, ...dns, ...domains, 'run'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const kill = () => child.kill('SIGKILL')
    process.once('exit', kill)
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    process.off('exit', kill)
    if (code !== 0) throw new Error(`lego ended with ${code}: ${said.slice(-500)}`)
  }
}

/** Where lego sends its values: `POST /present` and `/cleanup` with fqdn and value. */
async function startChanges(zone: TxtZone): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const change = (path: string, name: string, value: string) =>
    path === '/present' ? zone.set(name, value, undefined) : zone.remove(name, value, AbortSignal.timeout(1000))
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { fqdn, value } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<'fqdn' | 'value', string>
      void change(request.url ?? '', fqdn.replace(/\.$/, ''), value).finally(() => response.end())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
