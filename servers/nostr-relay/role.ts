// The Nostr relay as `nodetrust serve nostr-relay` runs it: for names that belong to a key, so that whoever runs a network need not rely on
// relays of others, and the sandbox has one.
import { join } from 'node:path'
import { NostrRelay } from '@nostr-relay/core'
import { LogLevel } from '@nostr-relay/common'
import { Validator } from '@nostr-relay/validator'
import { joinHostPort } from '../../core/net/host-port.ts'
import { oneAtATime } from '../../core/lanes.ts'
import { openCertificateFiles } from '../broker/certificate-files.ts'
import { every } from '../every.ts'
import { createNetworkRate } from '../quota/network-rate.ts'
import { NotRunningError } from '../admin/report.ts'
import { createRelayCounters, relayReport } from './report.ts'
import { type RelayHttp, startRelayHttp } from './http.ts'
import { EventStore } from './store.ts'
import { MAX_SUBSCRIPTIONS, talkToClient, VALIDATOR_LIMITS } from './talk.ts'
import { createRelayWork } from './work.ts'
import type { BrokerCertificate } from '../broker/certificate-state.ts'
import type { NostrRelaySection } from '../config/nostr-relay.ts'
import type { PemPair } from '../../core/net/tls-server.ts'
import type { Role } from '../role.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** What the role is made of. */
export interface NostrRelayRoleInit {
  readonly dir: string
  readonly section: NostrRelaySection
  readonly clock: Clock
  readonly log: Log
}

const DAY_MS = 24 * 3_600_000
const MINUTE_MS = 60_000
const CLEAN_UP_MS = 10 * MINUTE_MS

/** What one network may have brought, of all that is kept. */
const SHARE_OF_NETWORK = 1 / 8

/** Makes the role. */
export function nostrRelayRole({ dir, section, clock, log }: NostrRelayRoleInit): Role {
  const stopping = new AbortController()
  const startedAt = clock.now()
  const counters = createRelayCounters()
  let running:
    | { readonly http: RelayHttp; readonly store: EventStore; readonly relay: NostrRelay; readonly url: string }
    | undefined
  let certificate: BrokerCertificate | undefined
  let cleaning: Promise<void> | undefined
  return {
    name: 'nostr-relay',
    async start() {
      const { limits, tls } = section
      const opened = tls && (await openCertificateFiles({ ...tls, setting: 'nostr-relay.tls', clock, log }))
      certificate = opened
      const store = new EventStore(
        join(dir, 'nostr-relay.sqlite'),
        {
          ...{ events: limits.events, eventsPerAuthor: limits.eventsPerAuthor, keepMs: section.keepDays * DAY_MS },
          eventsPerPrefix: Math.max(1, Math.ceil(limits.events * SHARE_OF_NETWORK)),
          ...{ bytes: limits.megabytes * 1e6, bytesPerPrefix: limits.megabytes * 1e6 * SHARE_OF_NETWORK },
        },
        clock,
      )
      const relay = new NostrRelay(store, {
        ...{ filterResultCacheTtl: 0, eventHandlingResultCacheTtl: 0, maxSubscriptionsPerClient: MAX_SUBSCRIPTIONS },
        ...{ logger: loggerOf(log), logLevel: LogLevel.ERROR },
      })
      const init = {
        ...{
          relay,
          section,
          clock,
          validator: new Validator(VALIDATOR_LIMITS),
          keeping: oneAtATime(),
          asking: oneAtATime(),
        },
        events: createNetworkRate({ count: limits.eventsPerPrefixAndMinute, windowMs: MINUTE_MS }, clock),
        questions: createNetworkRate({ count: limits.questionsPerPrefixAndMinute, windowMs: MINUTE_MS }, clock),
        ...{ store, work: createRelayWork(clock) },
        count: (outcome: string) => counters.count('nodetrust_relay_messages_total', { outcome }),
      }
      try {
        const http = await startRelayHttp({
          ...{ section, tls: opened && pairOf(opened) },
          onClient: (socket, network) => talkToClient(init, socket, network),
        })
        opened?.start((pair) => http.setCertificate(pair))
        const url = `${opened ? 'wss' : 'ws'}://${joinHostPort(http.address)}`
        running = { http, store, relay, url }
        cleaning = every(CLEAN_UP_MS, async () => store.cleanUp(), { clock, log, signal: stopping.signal })
        return { url, open: section.authors === undefined }
      } catch (error) {
        await store.destroy()
        await opened?.stop()
        throw error
      }
    },
    async report() {
      if (!running) throw new NotRunningError('nostr-relay')
      const { http, store, url } = running
      return relayReport({
        ...{ url, open: section.authors === undefined, startedAt, now: clock.now(), counters },
        ...{ clients: http.clients(), kept: store.counts() },
      })
    },
    async reread() {
      if (!certificate) return []
      await certificate.reread?.()
      return ['the certificate of the Nostr relay']
    },
    async stop() {
      stopping.abort(new Error('the role was stopped'))
      await certificate?.stop()
      await running?.http.stop()
      await running?.relay.destroy()
      await cleaning
      await running?.store.destroy()
      running = undefined
    },
  }
}

/** Files are there from the beginning. */
function pairOf({ tls }: BrokerCertificate): PemPair | undefined {
  return tls?.key !== undefined && tls.cert !== undefined ? { key: tls.key, cert: tls.cert } : undefined
}

/** The library logs by `console` where it is given nothing. */
function loggerOf(log: Log) {
  const silent = () => undefined
  return {
    setLogLevel: silent,
    debug: silent,
    info: silent,
    warn: silent,
    error: (message: string) => log.error({ message }, 'the relay had an error'),
  }
}
