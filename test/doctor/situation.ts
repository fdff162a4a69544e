// A situation of a node in which nothing is known but what a test says.
import { manualClock } from '../support/manual-clock.ts'
import type { Situation } from '../../main/doctor/situation.ts'

export const NOW = Date.parse('2026-11-20T12:00:00Z')

/** Makes it. */
export function situation(known: Partial<Situation> = {}): Situation {
  return {
    ...{ dir: '/nowhere', clock: manualClock(NOW), identity: undefined, hasNetwork: true, certificate: undefined },
    config: {
      ...{ servers: [], resolver: undefined, mapPorts: true, ports: { tcp: 4431, wss: 4430 } },
      hosts: { tcp: ['127.0.0.1'], wss: ['127.0.0.1'] },
    },
    ...{ node: () => undefined, servers: Promise.resolve([]), looked: Promise.resolve() },
    signal: new AbortController().signal,
    ...known,
  }
}

/** What a server answered. */
export const answer = (host: string, ok: boolean, time?: { readonly here: number; readonly there: number }) => ({
  ...{ host, port: 443, ok, time, reason: ok ? '' : 'refused' },
})
