// States for tests of the shell: a whole one that the contract's schema accepts, and one for each state of a certificate's life.
import { NAME_OFF } from '../support/page-host/names.ts'
import * as v from 'valibot'
import { LIFE_STATES, type LifeState, type State, StateSchema, STEP_NAMES } from '../../proto/api/index.ts'
import { shellLanguage, shellText, localeOf, type ShellLanguage } from '../../proto/text/shell.ts'
import type { TraySurroundings } from '../../main/shell/tray-model.ts'

/** A Friday at noon, UTC. */
export const NOW = Date.parse('2026-11-20T12:00:00Z')
export const HOUR = 3_600_000
export const DAY = 24 * HOUR

type Current = NonNullable<State['certificate']['current']>
type Attempt = NonNullable<State['certificate']['attempt']>

/** A certificate of ninety days that was obtained twenty days ago. */
export function certificate(change: Partial<Current> = {}): Current {
  return {
    names: ['pabc.example.org', '*.pabc.example.org'],
    ...{
      issuer: 'Let’s Encrypt R11',
      keyAlgorithm: 'ECDSA P-256',
      fingerprint: 'ab'.repeat(32),
      test: false,
      otherZone: null,
    },
    ...{ notBefore: NOW - 20 * DAY, notAfter: NOW + 70 * DAY, obtainedAt: NOW - 20 * DAY, renewAt: NOW + 41 * DAY },
    ...change,
  }
}

/** An attempt at its fifth step. */
export function attempt(kind: Attempt['kind'], now = 4): Attempt {
  const steps = STEP_NAMES.map((name, index): Attempt['steps'][number] => ({
    ...{ name, startedAt: index <= now ? NOW : null, ms: index < now ? 10 : null, params: {}, detail: '' },
    status: index < now ? 'done' : index === now ? 'now' : 'waiting',
    note: 'none',
  }))
  return { id: 'a1', kind, startedAt: NOW, endedAt: null, way: { kind: 'network' }, steps }
}

/** What a test changes. */
export interface StateChange {
  readonly app?: Partial<State['app']>
  readonly identity?: Partial<State['identity']>
  readonly life?: Partial<State['certificate']['life']>
  readonly current?: Current | null
  readonly attempt?: Attempt | null
  readonly addresses?: Partial<State['addresses']>
  readonly settings?: Partial<State['settings']['values']>
}

/** A state without certificate or network, changed. */
export function stateWith(change: StateChange = {}): State {
  const life = { state: 'idle', problem: null, reason: null, nextTryAt: null, ...change.life }
  return v.parse(StateSchema, {
    app: {
      ...{ version: '0.1.0', host: 'desktop', platform: 'linux', phase: 'running', problem: null, firstRun: false },
      ...{ notices: [], ...change.app },
    },
    identity: { state: 'ready', store: 'keychain', peerId: null, fellBack: false, backupAt: null, ...change.identity },
    network: { choice: null, sandbox: 'off', public: null, silent: null },
    certificate: { life, current: change.current ?? null, attempt: change.attempt ?? null, history: [] },
    addresses: { host: null, testUrl: null, visit: null, list: [], ...change.addresses },
    doctor: { startedAt: null, endedAt: null, findings: [] },
    reachability: {
      ...{ status: 'unchecked', reason: null, checkedAt: null, ports: { tcp: null, wss: null }, router: null },
      ...{ localAddresses: [], publicAddresses: [], dialBacks: [], knock: null },
    },
    peers: { known: 0, connected: 0, dht: false, list: [] },
    name: NAME_OFF,
    activity: { entries: [] },
    settings: {
      values: {
        ...{
          tcpPort: 4431,
          wssPort: 4430,
          mapPorts: true,
          discoverable: true,
          dialPolicy: 'default',
          theme: 'system',
          language: 'system',
        },
        ...{ startAtLogin: false, startMinimised: false, notifications: true, checkForUpdates: true },
        ...change.settings,
      },
      locked: [],
      dialPolicies: [],
      can: { startAtLogin: true, tray: true, notify: true, openFolders: true },
    },
    update: { available: null, checkedAt: null },
  })
}

const SERVING = {
  current: certificate(),
  addresses: {
    host: 'pabc.example.org',
    testUrl: 'https://203-0-113-7.pabc.example.org:4430/',
    list: [
      {
        ...{ address: '/dns4/203-0-113-7.pabc.example.org/tcp/4430/tls/ws', kind: 'web' as const, certified: true },
        host: '203-0-113-7.pabc.example.org',
      },
    ],
  },
}

/** A typical state for each state of life. */
export function lifeState(life: LifeState): State {
  const next = { nextTryAt: NOW + 2.5 * HOUR }
  const changes: Readonly<Record<LifeState, StateChange>> = {
    starting: {},
    'no-network': {},
    idle: {},
    working: { attempt: attempt('first') },
    serving: SERVING,
    renewing: { ...SERVING, attempt: attempt('renewal') },
    'renewal-failed': { current: certificate({ notAfter: NOW + 29.5 * DAY, notBefore: NOW - 60.5 * DAY }), life: next },
    expired: { current: certificate({ notAfter: NOW - DAY }), life: next },
    unreachable: { life: { ...next, reason: 'router-refused' } },
    'rate-limited': { life: { nextTryAt: NOW + 3 * DAY } },
    refused: {},
    offline: { current: certificate(), life: { reason: 'offline' } },
    'key-locked': { identity: { state: 'locked' } },
    failed: { life: next },
  }
  const change = changes[life]
  return stateWith({ ...change, life: { ...change.life, state: life } })
}

export const ALL_LIVES = LIFE_STATES

/** Surroundings of a tray in English on Linux at noon. */
export function around(change: Partial<TraySurroundings> = {}, language: ShellLanguage = 'en'): TraySurroundings {
  const text = shellText(shellLanguage(language, []))
  const telling = { text, locale: localeOf(language), timeZone: 'UTC', now: NOW }
  return { ...telling, platform: 'linux', bar: 'unknown', hasBridge: true, ...change }
}
