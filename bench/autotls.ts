// How long a node waits for a certificate the AutoTLS way, ours beside the client that js-libp2p ships, in the same run through
// the same broker, DNS role and Pebble, a quick one and a slow one. Each time it is a new node without an account, with the default
// waits of its own; requests are counted at a proxy in front of the CA.
import { readFile, writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { axios } from 'acme-client'
import { MemoryDatastore } from 'datastore-core'
import { systemClock } from '../core/clock.ts'
import { createHost, stopHost } from '../core/host.ts'
import { createLog } from '../core/log.ts'
import { splitHostPort } from '../core/net/host-port.ts'
import { createPendingKey } from '../main/certificates/pending.ts'
import { createAutoTlsIssuer } from '../main/issuers/autotls/policy.ts'
import { type SandboxNetwork, startSandboxNetwork } from '../servers/sandbox/network.ts'
import { obtainByAutoTls, toLoopback, toPublic } from '../test/support/auto-tls-client.ts'
import { pebbleIsMissing } from '../test/support/pebble.ts'
import { CA_SPEEDS, type CountedPebble, startCountedPebble } from './counted-pebble.ts'
import { type Summary, summarize } from './summary.ts'

/** Who was measured. */
export const AUTOTLS_CLIENTS = [
  ['ours', 'ours'],
  ['npm', '@ipshipyard/libp2p-auto-tls'],
] as const

type Client = (typeof AUTOTLS_CLIENTS)[number][0]

/** Milliseconds and requests. */
export interface AutoTlsCost {
  /** From starting the node to its certificate. */
  readonly whole: Summary
  /** From its first request to the CA to the last answer. */
  readonly atCa: Summary
  readonly requests: Summary
}

/** What was measured, at each CA; nothing where `skipped` says why. */
export interface AutoTlsResult {
  readonly runs: number
  readonly rows: readonly { readonly ca: string; readonly clients: Readonly<Record<Client, AutoTlsCost>> }[]
  readonly skipped: readonly string[]
}

export interface AutoTlsOptions {
  /** @default 7 */
  readonly runs?: number
  readonly signal?: AbortSignal
}

type Cost = Readonly<Record<keyof AutoTlsCost, number>>

/** Measures; gives a reason in place of figures where Pebble is not installed. */
export async function benchAutoTls({ runs = 7, signal }: AutoTlsOptions = {}): Promise<AutoTlsResult> {
  if (pebbleIsMissing !== undefined) return { runs, rows: [], skipped: [`autotls: ${pebbleIsMissing}`] }
  const rows: AutoTlsResult['rows'][number][] = []
  for (const [validationMs, ca] of CA_SPEEDS) rows.push({ ca, clients: await atCa(validationMs, runs, signal) })
  return { runs, rows, skipped: [] }
}

async function atCa(
  validationMs: number,
  runs: number,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<Client, AutoTlsCost>>> {
  let ca: CountedPebble | undefined
  const network = await startSandboxNetwork({
    log: createLog('silent'),
    async startCa(dns, dir) {
      const pebble = await startCountedPebble(splitHostPort(dns).port, validationMs)
      ca = pebble
      const [trustAnchor, root] = [join(dir, 'bench-https.pem'), join(dir, 'bench-root.pem')]
      await writeFile(trustAnchor, pebble.httpsRootPem)
      await writeFile(root, pebble.issuingRootPem)
      return { directory: pebble.directory, trustAnchor, root, stop: () => pebble.stop() }
    },
    broker: { addressClasses: ['public'] },
    translate: toLoopback,
  })
  axios.defaults.httpsAgent = new Agent({ ca: await readFile(network.forgeTrust) })
  const obtain: Readonly<Record<Client, () => Promise<void>>> = {
    ours: () => obtainByOurs(network),
    npm: async () =>
      void (await obtainByAutoTls(network, {
        key: await generateKeyPair('Ed25519'),
        datastore: new MemoryDatastore(),
      })),
  }
  const measure = async (client: Client): Promise<Cost> => {
    if (!ca) throw new TypeError('there is no CA')
    const began = performance.now()
    const { requests, ms } = await ca.count(obtain[client])
    return { whole: performance.now() - began, atCa: ms, requests }
  }
  try {
    // until the code of both is compiled
    for (const [client] of AUTOTLS_CLIENTS) await measure(client)
    const costs: Record<Client, Cost[]> = { ours: [], npm: [] }
    for (let run = 0; run < runs; run++) {
      signal?.throwIfAborted()
      // in turn, so that what else goes on at this machine meets both
      for (const [client] of AUTOTLS_CLIENTS) costs[client].push(await measure(client))
    }
    return { ours: costOf(costs.ours), npm: costOf(costs.npm) }
  } finally {
    delete axios.defaults.httpsAgent
    await network.stop()
  }
}

function costOf(costs: readonly Cost[]): AutoTlsCost {
  const of = (what: keyof Cost) => summarize(costs.map((cost) => cost[what]))
  return { whole: of('whole'), atCa: of('atCa'), requests: of('requests') }
}

/** A node of ours as the app has it, without what lies around: host, issuer, a folder for key and account. */
async function obtainByOurs(network: SandboxNetwork): Promise<void> {
  const key = await generateKeyPair('Ed25519')
  const host = await createHost({ privateKey: key, listen: ['/ip4/127.0.0.1/tcp/0'] })
  const dir = join(network.dir, `bench-${host.peerId.toString()}`)
  try {
    const issuer = createAutoTlsIssuer({
      forges: [
        {
          ...{ domain: network.forge, broker: new URL(network.broker), directoryUrl: network.acme },
          trustAnchorPem: await readFile(network.forgeTrust, 'utf8'),
        },
      ],
      ...{ dir, key, peer: host.peerId, clock: systemClock, emit: () => undefined },
      pending: createPendingKey({ dir, clock: systemClock }),
      addresses: () =>
        host.getMultiaddrs().map((address) =>
          toPublic(address)
            .toString()
            .replace(/\/p2p\/.*/, ''),
        ),
      current: () => undefined,
      resolvers: [splitHostPort(network.dns)],
      authoritative: () => Promise.resolve([splitHostPort(network.dns)]),
    })
    await issuer.obtain(new AbortController().signal)
  } finally {
    await stopHost(host)
  }
}
