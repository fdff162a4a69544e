// Peers for tests of the exchange: hosts on loopback, made-up peers with records of their own, and partners that do not keep to anything.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { createHeldRecords, type HeldRecords } from '../../core/records/held.ts'
import { openPeerRecord, sealPeerRecord, type OpenedPeerRecord } from '../../core/records/peer-record.ts'
import { systemClock } from '../../core/clock.ts'
import { LOOPBACK, newIdentity, startHost } from '../main/support.ts'
import type { Clock } from '../../core/clock.ts'
import type { Host } from '../../core/host.ts'
import type { Identity } from '../../main/identity/identity.ts'
import type { Connection, PeerId } from '@libp2p/interface'
import type { TestContext } from 'node:test'

export const SOMEBODY = { network: '198.51.100.0/24', neighbour: 'somebody' }

/** A peer that exists nowhere but in its record. */
export interface Paper extends Identity {
  record(seq?: bigint, addresses?: readonly string[]): Promise<OpenedPeerRecord>
}

/** An address of the Internet, of which nobody dials anything here. */
export function publicAddress(number: number): string {
  return `/ip4/8.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}/tcp/4431`
}

let papers = 0

export async function paper(): Promise<Paper> {
  const identity = await newIdentity()
  const address = publicAddress(++papers)
  return {
    ...identity,
    async record(seq = BigInt(Date.now()), addresses = [address]) {
      const envelope = await sealPeerRecord(
        identity.key,
        addresses.map((text) => multiaddr(text)),
        seq,
      )
      return openPeerRecord(envelope, Date.now() + 3_600_000)
    },
  }
}

export async function papersOf(count: number): Promise<OpenedPeerRecord[]> {
  return Promise.all(Array.from({ length: count }, async () => (await paper()).record()))
}

/** What a server would hold. */
export function holder(
  self: PeerId,
  clock: Clock = systemClock,
  mayTell: (address: Multiaddr) => boolean = () => true,
): HeldRecords {
  return createHeldRecords({ self, clock, mayTell })
}

export async function connectedHosts(t: TestContext): Promise<{ asker: Host; answerer: Host; connection: Connection }> {
  const [asker, answerer] = [await startHost(t), await startHost(t, { listen: LOOPBACK })]
  const connection = await asker.dial(answerer.getMultiaddrs())
  return { asker, answerer, connection }
}
