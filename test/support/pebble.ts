// Debian's Pebble, an ACME CA by other people: the independent judge of our client. It cannot choose a free port, so this
// picks some and tries again; the child never outlives the test process.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestTls, type TestTls } from './tls.ts'
import { startTxtResponder } from './txt-responder.ts'
import { createTxtZone, type TxtZone } from './txt-zone.ts'

const PEBBLE = '/usr/bin/pebble'

/** Why tests against Pebble cannot run here; undefined where they can. */
export const pebbleIsMissing: string | undefined = existsSync(PEBBLE) ? undefined : 'Pebble is not installed'

export interface Pebble {
  readonly directoryUrl: string
  /** Of its web server. */
  readonly trustAnchorPem: string
  /** Of the certificates it issues; new at each start. */
  readonly issuingRootPem: string
  readonly zone: TxtZone
  stop(): Promise<void>
}

export interface PebbleOptions {
  /** Leaves out the waits that imitate a slow CA; true where left out. */
  readonly quick?: boolean
  /** Of 100 good nonces, how many it refuses; 0 where left out. */
  readonly nonceReject?: number
  /** The port of a DNS server on 127.0.0.1 to ask instead of the test's own. */
  readonly dnsPort?: number
  /** Key ids and secrets of external accounts, which are required then. */
  readonly externalAccounts?: Readonly<Record<string, string>>
}

/** Somebody may take a port between our looking and Pebble's binding. */
const MAX_STARTS = 5
const START_TIMEOUT_MS = 10_000

export async function startPebble(options: PebbleOptions = {}): Promise<Pebble> {
  const tls = await createTestTls()
  const zone = createTxtZone()
  const responder =
    options.dnsPort === undefined
      ? await startTxtResponder(zone)
      : { port: options.dnsPort, close: async () => undefined }
  const folder = await mkdtemp(join(tmpdir(), 'nodetrust-pebble-'))
  try {
    for (let start = 1; ; start++) {
      try {
        const running = await run(folder, tls, responder.port, options)
        const stop = async () => {
          await running.stop()
          await responder.close()
          await rm(folder, { recursive: true, force: true })
        }
        return { ...running, trustAnchorPem: tls.rootPem, zone, stop }
      } catch (error) {
        if (start === MAX_STARTS) throw error
      }
    }
  } catch (error) {
    await responder.close()
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

interface Running {
  readonly directoryUrl: string
  readonly issuingRootPem: string
  stop(): Promise<void>
}

async function run(folder: string, tls: TestTls, dnsPort: number, options: PebbleOptions): Promise<Running> {
  const [port, managementPort] = await freePorts()
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: join(folder, 'cert.pem'),
    privateKey: join(folder, 'key.pem'),
    httpPort: 5002,
    tlsPort: 5001,
    ocspResponderURL: '',
    externalAccountBindingRequired: options.externalAccounts !== undefined,
    externalAccountMACKeys: options.externalAccounts ?? {},
    certificateValidityPeriod: 864_000,
  }
  await writeFile(join(folder, 'cert.pem'), tls.cert)
  await writeFile(join(folder, 'key.pem'), tls.key)
  await writeFile(join(folder, 'pebble.json'), JSON.stringify({ pebble: config }))
  const quick = options.quick ?? true
  const child = spawn(PEBBLE, ['-config', join(folder, 'pebble.json'), '-dnsserver', `127.0.0.1:${dnsPort}`], {
    stdio: 'ignore',
    env: {
      ...(quick ? { PEBBLE_VA_NOSLEEP: '1' } : {}),
      PEBBLE_WFE_NONCEREJECT: String(options.nonceReject ?? 0),
      PEBBLE_AUTHZREUSE: '0',
    },
  })
  const stop = stopOf(child)
  try {
    const issuingRootPem = await readWhenUp(child, `https://127.0.0.1:${managementPort}/roots/0`, tls.rootPem)
    const directoryUrl = `https://127.0.0.1:${port}/dir`
    await readWhenUp(child, directoryUrl, tls.rootPem)
    return { directoryUrl, issuingRootPem, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Ends the child, at the latest when this process ends. */
function stopOf(child: ChildProcess): () => Promise<void> {
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return async () => {
    process.off('exit', kill)
    if (child.exitCode === null && child.signalCode === null) {
      kill()
      await ended
    }
  }
}

async function readWhenUp(child: ChildProcess, url: string, ca: string): Promise<string> {
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Pebble ended with ${child.exitCode}; was a port taken?`)
    try {
      return await read(url, ca)
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => {
        setTimeout(resolve, 20)
      })
    }
  }
}

function read(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ca, agent: false, headers: { 'user-agent': 'nodetrust-test' } }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}

/** Two ports that are free now, both held until both are known. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return [ports[0] ?? 0, ports[1] ?? 0]
}
