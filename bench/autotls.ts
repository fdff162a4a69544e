// How long a node waits for a certificate the AutoTLS way, ours beside the client that js-libp2p ships, in the same run through
// the same broker, DNS role and Pebble, which answers at once. Each time it is a new node without an account, with the default waits
// of its own (a public CA needs seconds, so ours does not ask at once); requests are counted at a proxy in front of the CA.
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
import type { PollOptions } from '../core/acme/index.ts'
import { createPendingKey } from '../main/certificates/pending.ts'
import { createAutoTlsIssuer } from '../main/issuers/autotls/policy.ts'
import { type SandboxNetwork, startSandboxNetwork } from '../servers/sandbox/network.ts'
import { obtainByAutoTls, toLoopback, toPublic } from '../test/support/auto-tls-client.ts'
import { pebbleIsMissing } from '../test/support/pebble.ts'
import { type CountedPebble, startCountedPebble } from './counted-pebble.ts'
import { type Summary, summarize } from './summary.ts'

/** Who was measured. */
export const AUTOTLS_CLIENTS = [
  ['ours', 'ours as it is, waiting 1 s twice'],
  ['eager', 'ours without those waits'],
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

/** What was measured; nothing where `skipped` says why. */
export interface AutoTlsResult {
  readonly runs: number
  readonly clients?: Readonly<Record<Client, AutoTlsCost>>
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
  if (pebbleIsMissing !== undefined) return { runs, skipped: [`autotls: ${pebbleIsMissing}`] }
  let ca: CountedPebble | undefined
  const network = await startSandboxNetwork({
    log: createLog('silent'),
    async startCa(dns, dir) {
      const pebble = await startCountedPebble(splitHostPort(dns).port)
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
    eager: () => obtainByOurs(network, { firstMs: 5 }),
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
    const costs: Record<Client, Cost[]> = { ours: [], eager: [], npm: [] }
    for (let run = 0; run < runs; run++) {
      signal?.throwIfAborted()
      // in turn, so that what else goes on at this machine meets both
      for (const [client] of AUTOTLS_CLIENTS) costs[client].push(await measure(client))
    }
    return {
      runs,
      clients: { ours: costOf(costs.ours), eager: costOf(costs.eager), npm: costOf(costs.npm) },
      skipped: [],
    }
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
async function obtainByOurs(network: SandboxNetwork, poll?: Partial<PollOptions>): Promise<void> {
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
      ...{ dir, key, peer: host.peerId, clock: systemClock, emit: () => undefined, poll },
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
