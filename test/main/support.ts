// What many tests of the node need: a clock that is moved by hand, a folder that goes away, bundles of a CA that nobody
// trusts, hosts on loopback, and waiting for a condition instead of a time.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { createHost, type Host, type HostInit, stopHost } from '../../core/host.ts'
import { createBundle, createCsr, readCsr, type CertificateBundle } from '../../core/x509/index.ts'
import { id0Name } from '../../proto/names.ts'
import { type Authority, openAuthority } from '../../servers/ca/authority.ts'
import type { Identity } from '../../main/identity/identity.ts'
import type { PeerId } from '@libp2p/interface'
import type { NodeEvent, NodeEventFields, NodeEventName } from '../../proto/node-events.ts'
import type { TestContext } from 'node:test'

import { type ManualClock, manualClock } from '../support/manual-clock.ts'

export { type ManualClock, manualClock, settle } from '../support/manual-clock.ts'

export const NOW = Date.parse('2026-11-20T12:00:00Z')
export const DAY_MS = 24 * 3_600_000
export const ZONE = 'nt.example.net'

/** A manual clock with the one that only counts: setting the first does not move the second. */
export interface ManualTime extends ManualClock {
  readonly monotonic: () => number
}

export function manualTime(): ManualTime {
  const clock = manualClock()
  let jumped = 0
  return {
    now: () => clock.now(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    advance: (ms) => clock.advance(ms),
    monotonic: () => clock.now() - jumped,
    set(time) {
      jumped += time - clock.now()
      clock.set(time)
    },
    get sleeping() {
      return clock.sleeping
    },
  }
}

const SOON_MS = 50
const PAUSE_MS = 5

/** Waits until something is so; a test that waits for too long says for what. */
export async function until(what: string, check: () => boolean, ms = 15_000): Promise<void> {
  const began = performance.now()
  while (!check()) {
    const waited = performance.now() - began
    if (waited > ms) throw new Error(`waited ${ms} ms for: ${what}`)
    // what comes soon is seen at once; what takes longer needs the processor itself
    await (waited < SOON_MS ? setImmediate() : setTimeout(PAUSE_MS))
  }
}

export async function temporaryDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-test-'))
  t.after(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }))
  return dir
}

export async function newIdentity(): Promise<Identity> {
  const key = await generateKeyPair('Ed25519')
  return { key, peerId: peerIdFromPrivateKey(key) }
}

/** A host that is stopped after the test. */
export async function startHost(t: TestContext, init: Partial<HostInit> = {}): Promise<Host> {
  const privateKey = init.privateKey ?? (await generateKeyPair('Ed25519'))
  const host = await createHost({ maxInboundPerSecond: 1_000, ...init, privateKey })
  t.after(() => stopHost(host))
  return host
}

export const LOOPBACK = ['/ip4/127.0.0.1/tcp/0']

export function testAuthority(now = NOW): Promise<Authority> {
  return openAuthority({ clock: { now: () => now, sleep: () => Promise.resolve() } })
}

/** The names of a peer in the zone of tests. */
export function namesOf(peer: PeerId, zone = ZONE): string[] {
  const name = id0Name(peer, zone)
  return [name, `*.${name}`]
}

/** A bundle that is good for 90 days from `now`. */
export async function makeBundle(parts: {
  readonly authority: Authority
  readonly names: readonly string[]
  readonly addresses?: readonly string[]
  readonly now?: number
  readonly days?: number
}): Promise<CertificateBundle> {
  const { authority, names, addresses = ['127.0.0.1'], now = NOW, days = 90 } = parts
  const { csr, privateKeyPem: keyPem } = await createCsr({ names })
  const { publicKeySpki } = await readCsr(csr)
  const { chainPem } = await authority.sign({
    ...{ names, publicKeySpki, notBefore: now - 3_600_000, notAfter: now + days * DAY_MS },
  })
  return createBundle({ keyPem, chainPem, addresses, obtainedAt: now, source: 'test' })
}

/** Collects events; `of` gives those of one name. */
export interface Collected {
  readonly all: NodeEvent[]
  readonly emit: (event: NodeEvent) => void
  of<Name extends NodeEventName>(name: Name): readonly NodeEventFields[Name][]
}

export function collectEvents(): Collected {
  const all: NodeEvent[] = []
  return {
    all,
    emit: (event) => void all.push(event),
    of: <Name extends NodeEventName>(name: Name) =>
      all.filter((event) => event.event === name) as unknown as NodeEventFields[Name][],
  }
}
