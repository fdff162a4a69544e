// A name that is published and served, for tests: two relays of ours, a machine with its keys, an HTTPS server that shows the name's
// certificate, and somebody else who looks the name up.
import { createServer } from 'node:https'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { systemClock, type Clock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { openNewestMemory } from '../../core/nostr/newest.ts'
import { createRelays, type Relays } from '../../core/nostr/relays.ts'
import { openNameCertificate } from '../../main/naming/certificate.ts'
import { openKeptName } from '../../main/naming/kept.ts'
import { openNamingKey } from '../../main/naming/key.ts'
import { openNameLookup } from '../../main/naming/lookup.ts'
import { createPublisher, type PublisherInit } from '../../main/naming/publisher.ts'
import { startRelay, type TestRelay } from '../support/nostr-relay.ts'
import type { Way } from '../../main/naming/content.ts'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { PrivateKey } from '@libp2p/interface'

/** A folder that goes with the test. */
export async function folder(t: Pick<TestContext, 'after'>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-naming-'))
  t.after(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }))
  return dir
}

/** Relays of ours. */
export async function relaysOf(t: Pick<TestContext, 'after'>, count = 2): Promise<readonly TestRelay[]> {
  const all = await Promise.all(
    Array.from({ length: count }, () =>
      startRelay({ section: { limits: { eventsPerPrefixAndMinute: 10_000, questionsPerPrefixAndMinute: 10_000 } } }),
    ),
  )
  t.after(() => Promise.all(all.map((relay) => relay.stop())))
  return all
}

/** A client of relays. */
export const clientOf = (clock: Clock = systemClock): Relays =>
  createRelays({ clock, monotonic: () => performance.now() })

/** A machine that has a name. */
export async function machine(
  t: Pick<TestContext, 'after'>,
  init: {
    readonly urls: readonly string[]
    readonly way?: Way
    readonly clock?: Clock
    readonly relays?: Relays
    readonly dir?: string
    readonly key?: PrivateKey
    readonly publisher?: Partial<PublisherInit>
  },
) {
  const { urls, clock = systemClock } = init
  const dir = init.dir ?? (await folder(t))
  const key = init.key ?? (await generateKeyPair('Ed25519'))
  const identity = { key, peerId: peerIdFromPrivateKey(key) }
  const naming = await openNamingKey({ dir, key })
  const kept = await openKeptName(dir, silentLog)
  const newest = await openNewestMemory({ dir, log: silentLog })
  const certificate = await openNameCertificate({ dir, npub: naming.key.npub, clock, log: silentLog })
  const relays = init.relays ?? clientOf()
  let way: Way = init.way ?? { ips: ['127.0.0.1'], port: 443 }
  const publisher = createPublisher({
    ...{ key: naming.key, identity, certificate, relays, urls, newest, kept, legacy: false, allowPrivate: true },
    ...{ way: () => way, clock, log: silentLog, onChange: () => undefined, random: () => 0 },
    ...init.publisher,
  })
  t.after(() => publisher.stop())
  return {
    ...{ dir, identity, key: naming.key, kept, newest, certificate, relays, publisher },
    setWay(next: Way) {
      way = next
      publisher.look()
    },
  }
}

/** Serves the name's certificate on loopback. */
export async function serve(
  t: Pick<TestContext, 'after'>,
  certificate: Pick<Awaited<ReturnType<typeof openNameCertificate>>, 'contextFor'>,
): Promise<number> {
  const server = createServer(
    {
      SNICallback(name, answer) {
        const context = certificate.contextFor(name)
        if (context) answer(null, context)
        else answer(new Error('no such name'))
      },
    },
    (_request, response) => response.end('hello from the name\n'),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.closeAllConnections())
  t.after(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as AddressInfo).port
}

/** Somebody who looks names up. */
export async function seeker(
  t: Pick<TestContext, 'after'>,
  {
    urls,
    clock = systemClock,
    relays = clientOf(),
    dir,
  }: { readonly urls: readonly string[]; readonly clock?: Clock; readonly relays?: Relays; readonly dir?: string },
) {
  const newest = await openNewestMemory({ dir, log: silentLog })
  const lookup = await openNameLookup({ relays, urls, newest, dir, clock, log: silentLog })
  t.after(() => lookup.stop())
  return { lookup, newest }
}
