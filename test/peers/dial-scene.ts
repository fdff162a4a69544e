// What tests of dialling need: a book that says what it is told to say, and a host whose dials end when the test says so.
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { createDialler, type DiallerInit } from '../../main/peers/dial/dialler.ts'
import { policyNamed } from '../../main/peers/dial/policy.ts'
import { manualClock } from '../support/manual-clock.ts'
import type { Experience, KnownAddress } from '../../main/peers/book/index.ts'
import type { AddressKind, Provenance } from '../../proto/peers.ts'
import type { Connection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export const NOW = Date.parse('2026-11-20T12:00:00Z')
export const DAY_MS = 24 * 3_600_000

export const PEER = peerIdFromString('12D3KooWQKm3oyGpXrkcg3Wh94eAfVydke36b2SSgCsTKorYTWRU')
export const OTHER_PEER = peerIdFromString('12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN')
export const OURS = peerIdFromString('QmfVDYD9Du7fNR4DKooPXZnRUoArR3FBRR3udbhZAT9m2H')

/** An address as the book has it. */
export function known(
  text: string,
  from: readonly Provenance[] = ['certified'],
  experience: Partial<Experience> = {},
  kind: AddressKind = 'public',
): KnownAddress {
  const sources = from.map((provenance) => ({ provenance, sinceMs: NOW - 30 * DAY_MS, untilMs: undefined }))
  return { address: multiaddr(text), sources, kind, experience: { failures: 0, ...experience } }
}

/** What was observed. */
export interface Observed {
  readonly address: string
  readonly kind: 'reached' | 'failed'
}

/** A book of peers' addresses; of one, where no other is named. */
export function fakeBook(addresses: readonly KnownAddress[] = []) {
  const observed: Observed[] = []
  const listeners = new Set<(peer: PeerId) => void>()
  const held = new Map([[PEER.toString(), addresses]])
  const book: DiallerInit['book'] = {
    addresses: (peer) => held.get(peer.toString()) ?? [],
    observe: (_, address, { kind }) => void observed.push({ address: address.toString(), kind }),
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  return {
    book,
    observed,
    listeners,
    set: (next: readonly KnownAddress[], peer = PEER) => {
      held.set(peer.toString(), next)
      for (const listener of listeners) listener(peer)
    },
  }
}

/** A dial that is under way. */
export interface FakeDial {
  readonly address: string
  readonly peer: PeerId
  readonly signal: AbortSignal
  /** It leads to a peer, the one that was asked for where none is named. */
  readonly answer: (peer?: PeerId) => Connection
  readonly fail: (error?: Error) => void
}

/** A connection of a host that only pretends. */
export function fakeConnection(address: string, peer = PEER, direction: 'inbound' | 'outbound' = 'outbound') {
  const connection = {
    remotePeer: peer,
    remoteAddr: multiaddr(address),
    direction,
    status: 'open',
    abort: () => (connection.status = 'aborted'),
  }
  return connection as unknown as Connection & { status: string }
}

/** A dialler over a book and a host that do as they are told. */
export function dialScene(addresses: readonly KnownAddress[] = [], init: Partial<DiallerInit> = {}) {
  const clock = manualClock(NOW)
  const shelf = fakeBook(addresses)
  const dials: FakeDial[] = []
  const connections: Connection[] = []
  const trusted: string[] = []
  const dial = (address: Multiaddr, { signal }: { signal: AbortSignal }): Promise<Connection> => {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const ended = () => signal.removeEventListener('abort', onAbort)
    const peer = peerIdFromString(address.getComponents().at(-1)?.value ?? '')
    dials.push({
      ...{ peer, address: address.toString().replace(/\/p2p\/[^/]+$/, ''), signal },
      answer: (found = peer) => {
        ended()
        const connection = fakeConnection(address.toString(), found)
        connections.push(connection)
        resolve(connection)
        return connection
      },
      fail: (error = new Error('ECONNREFUSED')) => {
        ended()
        reject(error)
      },
    })
    return promise
  }
  const host = {
    peerId: OURS,
    getConnections: (peer?: PeerId) => connections.filter(({ remotePeer }) => !peer || remotePeer.equals(peer)),
    getMultiaddrs: () => [multiaddr(`/ip4/8.8.4.4/tcp/4431/p2p/${OURS.toString()}`)],
    services: {
      ping: { ping: () => Promise.resolve(7) },
      singleDials: {
        dial,
        trust: (all: readonly Multiaddr[]) => void trusted.push(...all.map((address) => address.toString())),
        canDial: (address: Multiaddr) => !/quic|p2p-circuit/.test(address.toString()),
        expects: () => false,
        expecting: (_: string | undefined, work: () => Promise<unknown>) => work(),
      },
    },
  } as unknown as DiallerInit['host']
  const dialler = createDialler({
    ...{ host, clock, book: shelf.book, policy: (name = 'default') => policyNamed(name) },
    ...{ addressClasses: ['public'], hasNetwork: () => true, ...init },
  })
  return { ...shelf, clock, dials, connections, trusted, host, dialler }
}
