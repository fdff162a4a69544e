// A node in every state that the page can show: one usual state, and what differs from it. Times are around one fixed present,
// so that pictures and texts stay the same.
import { checkUps } from './check-ups.ts'
import { NAME_OFF, namePublished, NAME_READY, nameTaken, nameUnheard, NPUB_OF_OTHER } from './names.ts'
import { peerAddress } from '../peer-address.ts'
import type { State, Step, Way } from '../../../proto/api/index.ts'

/** The present of all these states: Friday, 20 November 2026, 14:02 in Berlin. */
export const NOW = Date.UTC(2026, 10, 20, 13, 2, 0)
export const TIME_ZONE = 'Europe/Berlin'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What is said of the public network where nobody asks. */
const OFFER = {
  public: { name: 'libp2p.direct', zone: 'libp2p.direct', broker: 'unasked' },
  silent: null,
} as const satisfies Partial<State['network']>

export const PEER_ID = '12D3KooWB3TYWnao4oSdF54eUcCPqFkFmNHhw6Vq37V96jwLVvp4'
const LABEL = 'pk51qzi5uqu5dgmxhtjo2wqoholu7a2zpanrht0f404lzlf8hbw4yeapabg'
const ZONE = 'nodetrust.example'
export const HOST = `203-0-113-7.${LABEL}.${ZONE}`
export const TEST_URL = `https://${HOST}:4430/`

const CURRENT: NonNullable<State['certificate']['current']> = {
  names: [`${LABEL}.${ZONE}`, `*.${LABEL}.${ZONE}`],
  issuer: "Let's Encrypt",
  notBefore: NOW - 19 * DAY,
  notAfter: NOW + 71 * DAY,
  obtainedAt: NOW - 19 * DAY + HOUR,
  renewAt: NOW + 41 * DAY,
  otherZone: null,
  keyAlgorithm: 'ECDSA P-256',
  fingerprint: '058c3ef1770a9452be19c602dd48a13f6b2076c1f0a1d4e58b9c33d27f60e1aa',
  test: false,
}

const HISTORY: State['certificate']['history'] = [
  { at: NOW - 19 * DAY, what: 'swapped', code: 'new', detail: 'new connections get the new certificate' },
  { at: NOW - 19 * DAY - MINUTE, what: 'order-ended', code: 'window', detail: 'received in 38 s' },
  { at: NOW - 19 * DAY - 2 * MINUTE, what: 'order-begun', code: 'window', detail: 'a certificate is asked for' },
  { at: NOW - 79 * DAY, what: 'order-ended', code: 'window', detail: 'received in 51 s' },
  { at: NOW - 79 * DAY - 11 * MINUTE, what: 'failed', code: 'ca-unavailable', detail: 'the CA answered 503' },
  { at: NOW - 139 * DAY, what: 'order-ended', code: 'first', detail: 'received in 44 s' },
]

/** Everything is well. */
export const SERVING: State = {
  app: {
    version: '1.0.0',
    host: 'headless',
    platform: 'linux',
    phase: 'running',
    problem: null,
    firstRun: false,
    notices: [],
  },
  identity: { state: 'ready', store: 'keychain', peerId: PEER_ID, fellBack: false, backupAt: null },
  network: {
    choice: { kind: 'joined', name: 'Sonnenhof community network', zone: ZONE, issue: true, forges: [], test: false },
    sandbox: 'off',
    ...OFFER,
  },
  certificate: {
    life: { state: 'serving', problem: null, reason: null, nextTryAt: null },
    current: CURRENT,
    attempt: null,
    history: HISTORY,
  },
  addresses: {
    host: HOST,
    testUrl: TEST_URL,
    visit: null,
    list: [
      {
        address: `/dns4/${HOST}/tcp/4430/tls/ws/p2p/${PEER_ID}`,
        kind: 'web',
        host: HOST,
        certified: true,
      },
      { address: `/ip4/203.0.113.7/tcp/4431/p2p/${PEER_ID}`, kind: 'peer', host: '203.0.113.7', certified: false },
      {
        address: `/ip4/192.168.178.24/tcp/4431/p2p/${PEER_ID}`,
        kind: 'peer',
        host: '192.168.178.24',
        certified: false,
      },
    ],
  },
  reachability: {
    status: 'reachable',
    reason: null,
    checkedAt: NOW - 4 * MINUTE,
    ports: { tcp: 4431, wss: 4430 },
    router: {
      protocol: 'upnp',
      externalIp: '203.0.113.7',
      mappings: [
        { external: 4430, internal: 4430, until: NOW + 40 * MINUTE },
        { external: 4431, internal: 4431, until: NOW + 40 * MINUTE },
      ],
    },
    localAddresses: ['192.168.178.24'],
    publicAddresses: ['203.0.113.7'],
    knock: null,
    dialBacks: [{ by: 'proof-1.nodetrust.example', address: '/ip4/203.0.113.7/tcp/4430', ok: true, detail: '' }],
  },
  name: NAME_OFF,
  peers: {
    known: 9,
    dht: false,
    connected: 6,
    list: [
      peer('12D3KooWJ9ZT6Wgz5vNcW7mWfYzVKrGqVtxXgWmLdHft9HyQ6X', 24, 'certified', 1, 'Mira’s laptop'),
      peer('12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp', 1, 'added', 2, 'Attic box'),
      peer('12D3KooWA8EXV3KjBxEU5EnsPfneLx84vMWAtTBQBeyooN82KSuS', 31, 'certified', 3),
      peer('12D3KooWQfGkPUkoLDEeJE3H3ZTmu9BZvAdbJpmhha8WpjeSLKMM', 48, 'certified', 4),
      peer('12D3KooWCKCeqLPSgMnDjyFsJuWqREDtKNHx1JEBiwaMXhCLNTRb', 112, 'unverified', 5),
      peer(
        '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9kSCVe',
        57,
        'added',
        6,
        'Grandfather’s computer in the workshop behind the house',
      ),
      peer('12D3KooWRMYe7uZTrEb6yBpMSNvu9PGnSGvDRSvhmtKFVZt7WkPD', null, 'certified', 7 * 60),
      peer('12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf', null, 'added', 26 * 60),
      peer('12D3KooWLVeAeyWvMZvRZmPLqxkEKdfqXbDZ8Mhd9aCCbQjTVvMK', null, 'unverified', 4 * 24 * 60),
    ],
  },
  activity: {
    entries: [
      entry(9, 5 * MINUTE, 'info', 'connected', { peer: '12D3KooWJ9ZT6Wgz5vNcW7mWfYzVKrGqVtxXgWmLdHft9HyQ6X' }),
      entry(8, 25 * MINUTE, 'info', 'broadcast'),
      entry(7, 26 * MINUTE, 'good', 'wss'),
      entry(6, 6 * HOUR, 'info', 'started'),
      entry(5, 16 * HOUR, 'attention', 'failed:ca-unavailable', {}, 'the CA answered 503'),
      entry(4, 17 * HOUR, 'info', 'dial-failed', { peer: '12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf' }),
      entry(3, 19 * HOUR, 'info', 'discovered', { peer: '12D3KooWA8EXV3KjBxEU5EnsPfneLx84vMWAtTBQBeyooN82KSuS' }),
      entry(2, 19 * DAY, 'good', 'certificate'),
      entry(1, 19 * DAY + MINUTE, 'info', 'started'),
    ],
  },
  doctor: { startedAt: null, endedAt: null, findings: [] },
  settings: {
    values: {
      tcpPort: 4431,
      wssPort: 4430,
      mapPorts: true,
      discoverable: true,
      dialPolicy: 'default',
      theme: 'system',
      language: 'en',
      startAtLogin: true,
      startMinimised: false,
      notifications: true,
      checkForUpdates: true,
    },
    locked: [],
    dialPolicies: [],
    can: { startAtLogin: true, tray: true, notify: true, openFolders: true },
  },
  update: { available: null, checkedAt: NOW - 3 * HOUR },
}

function peer(
  peerId: string,
  pingMs: number | null,
  trust: State['peers']['list'][number]['addresses'][number]['trust'],
  minutes: number,
  name?: string,
): State['peers']['list'][number] {
  const lastSuccessAt = NOW - minutes * MINUTE
  const source = { certified: 'certified', added: 'user', unverified: 'exchange' } as const
  return {
    peerId,
    ...(name === undefined ? {} : { name }),
    connected: pingMs !== null,
    pingMs,
    lastSeenAt: lastSuccessAt,
    addresses: [
      peerAddress(`/ip4/198.51.100.${minutes % 250}/tcp/4431`, trust, {
        ...{ lastSuccessAt, latencyMs: pingMs },
        sources: [
          { provenance: source[trust], since: NOW - 3 * HOUR, until: trust === 'added' ? null : NOW + 20 * HOUR },
          ...(pingMs === null ? [] : [{ provenance: 'identify', since: lastSuccessAt, until: NOW + HOUR } as const]),
        ],
      }),
      // what peers say of their homes is seldom of use elsewhere
      ...(trust === 'certified'
        ? [
            peerAddress(`/ip4/192.168.178.${30 + (minutes % 200)}/tcp/4431`, 'unverified', {
              ...{ kind: 'private', failures: 3, lastFailureAt: NOW - 40 * MINUTE, sunken: true },
              sources: [{ provenance: 'identify', since: NOW - 3 * HOUR, until: NOW + HOUR }],
            }),
          ]
        : []),
    ],
  }
}

function entry(
  id: number,
  ago: number,
  level: State['activity']['entries'][number]['level'],
  code: string,
  params: State['activity']['entries'][number]['params'] = {},
  detail = '',
): State['activity']['entries'][number] {
  return { id, at: NOW - ago, level, code, params, detail }
}

const STEPS: readonly Step[] = [
  step('reach', 'done', 4_000, 'router-opened'),
  step('prove', 'done', 3_000, 'proved', { count: 2 }),
  step('order', 'done', 2_000, 'ordered'),
  step('publish', 'done', 6_000, 'published'),
  { ...step('validate', 'now', null, 'none'), startedAt: NOW - 14_000 },
  step('finish', 'waiting', null, 'none'),
  step('serve', 'waiting', null, 'none'),
]

function step(
  name: Step['name'],
  status: Step['status'],
  ms: number | null,
  note: Step['note'],
  params: Step['params'] = {},
): Step {
  return { name, status, startedAt: ms === null ? null : NOW - 29_000, ms, note, params, detail: '' }
}

/** The usual state with another life. */
function life(
  state: State['certificate']['life']['state'],
  rest: Partial<State['certificate']['life']> = {},
  certificate: Partial<State['certificate']> = {},
): State {
  return {
    ...SERVING,
    certificate: {
      ...SERVING.certificate,
      life: { state, problem: null, reason: null, nextTryAt: null, ...rest },
      ...certificate,
    },
  }
}

/** Without a certificate there is no name either. */
function bare(state: State): State {
  return {
    ...state,
    certificate: { ...state.certificate, current: null, history: [] },
    addresses: {
      ...state.addresses,
      host: null,
      testUrl: null,
      visit: null,
      list: state.addresses.list.filter(({ kind }) => kind === 'peer'),
    },
  }
}

type Problem = NonNullable<State['certificate']['life']['problem']>
const problem = (code: Problem['code'], detail = '', params: Problem['params'] = {}): Problem => ({
  code,
  params,
  retryable: true,
  detail,
})

function unreachable(
  reason: NonNullable<State['certificate']['life']['reason']>,
  reachability: Partial<State['reachability']> = {},
): State {
  const state = bare(life('unreachable', { reason, problem: problem('unreachable'), nextTryAt: NOW + 28 * MINUTE }))
  return {
    ...state,
    reachability: {
      ...SERVING.reachability,
      status: 'unreachable',
      reason,
      router: null,
      dialBacks: [],
      ...reachability,
    },
  }
}

const FAILED_DIAL = {
  by: 'proof-1.nodetrust.example',
  address: '/ip4/203.0.113.7/tcp/4430',
  ok: false,
  detail: 'timed out',
} as const

/** The long label of an AutoTLS name, and forges as people name them. */
const FORGE_LABEL = 'k51qzi5uqu5dkrk10cqfg0x9hwjy2g6bzb0uucoqxdf93ssg0g6oelrbh0afc7'
const PUBLIC = 'libp2p.direct'
const CLUB = 'peers.sonnenhof.example'

/** A network that is a forge. */
function atForge(state: State, forge = PUBLIC): State {
  return {
    ...state,
    network: {
      choice: { kind: 'joined', name: forge, zone: forge, issue: false, forges: [forge], test: false },
      sandbox: 'off',
      ...OFFER,
    },
    reachability: { ...SERVING.reachability, status: 'unknown', reason: null, dialBacks: [], knock: null },
    peers: { known: 0, connected: 0, dht: false, list: [] },
  }
}

/** The same with a certificate of it. */
function servedByForge(state: State, forge = PUBLIC): State {
  const host = `203-0-113-7.${FORGE_LABEL}.${forge}`
  const at = atForge(state, forge)
  const { current } = state.certificate
  const peers = state.addresses.list.filter(({ kind }) => kind === 'peer')
  return {
    ...at,
    certificate: { ...state.certificate, current: current && { ...current, names: [`*.${FORGE_LABEL}.${forge}`] } },
    addresses: {
      ...{ host, testUrl: `https://${host}:4430/` },
      visit: null,
      list: [{ address: `/dns4/${host}/tcp/4430/tls/ws/p2p/${PEER_ID}`, kind: 'web', host, certified: true }, ...peers],
    },
    reachability: { ...at.reachability, knock: { by: forge, at: CURRENT.obtainedAt, ok: true } },
  }
}

const FORGE_STEPS: readonly Step[] = [
  step('reach', 'done', 4_000, 'reach-unknown'),
  step('order', 'done', 2_000, 'ordered'),
  step('prove', 'done', 3_000, 'knocked'),
  { ...step('publish', 'now', null, 'seen-at-forge'), startedAt: NOW - 14_000 },
  ...(['validate', 'finish', 'serve'] as const).map((name) => step(name, 'waiting', null, 'none')),
]

/** An attempt at a forge. */
function forgeAttempt(steps: readonly Step[], way: Partial<Extract<Way, { kind: 'forge' }>> = {}): State {
  const attempt = {
    ...{ id: '1', kind: 'first' as const, startedAt: NOW - 29_000, endedAt: null, steps: [...steps] },
    way: { kind: 'forge' as const, forge: PUBLIC, before: null, ...way },
  }
  return atForge(bare(life('working', {}, { attempt })))
}

/** Home after something did not work at a forge. */
function failedAtForge(
  state: State['certificate']['life']['state'],
  code: Problem['code'],
  own: string,
  rest: {
    readonly detail: string
    readonly forge?: string
    readonly others?: number
    readonly nextTryAt?: number | null
  },
): State {
  const { detail, forge = PUBLIC, others = 0, nextTryAt = NOW + 9 * MINUTE } = rest
  const told = problem(code, detail, { code: own, forge, others, ...(nextTryAt === null ? {} : { until: nextTryAt }) })
  const reason = own === 'not-dialled' ? ('not-dialled' as const) : null
  const made = atForge(bare(life(state, { problem: told, reason, nextTryAt })), forge)
  const knock = own === 'not-dialled' ? { by: forge, at: NOW - MINUTE, ok: false } : null
  return { ...made, reachability: { ...made.reachability, knock } }
}

/** The first start, with what its broker was found to do. */
function firstRun(broker: NonNullable<State['network']['public']>['broker']): State {
  return { ...FIRST_RUN, network: { ...FIRST_RUN.network, public: { ...OFFER.public, broker } } }
}

export const FIRST_RUN: State = {
  ...bare(life('no-network')),
  app: { ...SERVING.app, firstRun: true },
  network: { choice: null, sandbox: 'off', ...OFFER },
  reachability: { ...SERVING.reachability, status: 'unchecked', checkedAt: null, router: null, dialBacks: [] },
  peers: { known: 0, connected: 0, dht: false, list: [] },
  activity: { entries: [] },
}

/** A view in a state; `path` is what stands behind `#`. */
export interface Scene {
  readonly name: string
  readonly view: string
  readonly state: State
}

const home = (name: string, state: State): Scene => ({ name: `home-${name}`, view: 'home', state })

/** Every state that has a look of its own. */
export const SCENES: readonly Scene[] = [
  { name: 'first-run', view: 'home', state: firstRun('answers') },
  { name: 'first-run-asking', view: 'home', state: firstRun('asking') },
  { name: 'first-run-silent', view: 'home', state: firstRun('silent') },
  home('no-network', { ...FIRST_RUN, app: SERVING.app }),
  home('starting', { ...bare(life('starting')), app: { ...SERVING.app, phase: 'starting' } }),
  home('idle', bare(life('idle'))),
  home(
    'working',
    bare(
      life(
        'working',
        {},
        {
          attempt: {
            id: '1',
            kind: 'first',
            startedAt: NOW - 29_000,
            endedAt: null,
            way: { kind: 'network' },
            steps: [...STEPS],
          },
        },
      ),
    ),
  ),
  home('working-forge', forgeAttempt(FORGE_STEPS)),
  home(
    'working-forge-knock',
    forgeAttempt([
      ...FORGE_STEPS.slice(0, 2),
      { ...step('prove', 'now', null, 'none'), startedAt: NOW - 3_000 },
      ...FORGE_STEPS.slice(3).map(({ name }) => step(name, 'waiting', null, 'none')),
    ]),
  ),
  home(
    'working-next-forge',
    forgeAttempt(
      [
        ...FORGE_STEPS.slice(0, 1),
        { ...step('order', 'now', null, 'asked-forge'), startedAt: NOW - 2_000 },
        ...FORGE_STEPS.slice(2).map(({ name }) => step(name, 'waiting', null, 'none')),
      ],
      { forge: CLUB, before: { forge: PUBLIC, why: 'server-unreachable' } },
    ),
  ),
  home('serving', SERVING),
  home('idle-other-network', life('idle', {}, { current: { ...CURRENT, otherZone: 'club.example' } })),
  home('serving-forge', servedByForge(SERVING)),
  home('serving-test', {
    ...life('serving', {}, { current: { ...CURRENT, issuer: 'Nodetrust Sandbox Root', test: true } }),
    network: {
      choice: { kind: 'sandbox', name: 'Sandbox', zone: 'sandbox.test', issue: true, forges: [], test: true },
      sandbox: 'running',
      ...OFFER,
    },
    app: {
      ...SERVING.app,
      notices: [{ id: 'test-network', code: 'test-network', params: {}, at: NOW - MINUTE }],
    },
  }),
  home('renewing', life('renewing')),
  home(
    'renewal-failed',
    life(
      'renewal-failed',
      { problem: problem('ca-unavailable', 'the CA answered 503 Service Unavailable'), nextTryAt: NOW + 3.3 * HOUR },
      { current: { ...CURRENT, notBefore: NOW - 61 * DAY, renewAt: NOW - 2 * DAY, notAfter: NOW + 29 * DAY } },
    ),
  ),
  home(
    'expired',
    life(
      'expired',
      {
        problem: problem('server-unreachable', 'connect ECONNREFUSED 198.51.100.7:4433'),
        nextTryAt: NOW + 28 * MINUTE,
      },
      { current: { ...CURRENT, notBefore: NOW - 92 * DAY, renewAt: NOW - 32 * DAY, notAfter: NOW - 2 * DAY } },
    ),
  ),
  home(
    'unreachable-carrier-nat',
    unreachable('carrier-nat', { router: { protocol: 'upnp', externalIp: '100.72.18.4', mappings: [] } }),
  ),
  home(
    'unreachable-router-refused',
    unreachable('router-refused', {
      router: { protocol: 'upnp', externalIp: '203.0.113.7', mappings: [] },
      dialBacks: [FAILED_DIAL],
    }),
  ),
  home('unreachable-no-router-control', unreachable('no-router-control', { dialBacks: [FAILED_DIAL] })),
  home('unreachable-firewall', unreachable('firewall', { dialBacks: [FAILED_DIAL] })),
  home('unreachable-no-public-address', unreachable('no-public-address', { publicAddresses: [] })),
  home('unreachable-port-taken', unreachable('port-taken')),
  home('unreachable-offline', unreachable('offline', { publicAddresses: [], localAddresses: [] })),
  home(
    'rate-limited',
    bare(
      life('rate-limited', {
        problem: problem('ca-limit', '429 rateLimited, too many certificates already issued for nodetrust.example'),
        nextTryAt: NOW + 2 * DAY + 19 * HOUR,
      }),
    ),
  ),
  home(
    'refused',
    bare(life('refused', { problem: problem('refused', 'NOT_AUTHORIZED: this peer is not on the list') })),
  ),
  home(
    'rehearsed',
    bare(
      life('failed', {
        problem: problem('rehearsed', 'the certificate was issued by a test CA; browsers will not trust it'),
        nextTryAt: NOW + 23 * HOUR,
      }),
    ),
  ),
  home(
    'forge-down',
    failedAtForge('failed', 'server-unreachable', 'broker-unavailable', {
      detail: 'registration.libp2p.direct does not answer (ECONNREFUSED)',
      nextTryAt: NOW + 58 * MINUTE,
    }),
  ),
  home(
    'forge-not-shown',
    failedAtForge('failed', 'ca-unavailable', 'value-not-shown', {
      ...{ detail: 'the name servers of libp2p.direct do not show what its broker registered within 120 s', others: 1 },
    }),
  ),
  home(
    'forge-limit',
    failedAtForge('rate-limited', 'ca-limit', 'broker-limit', {
      ...{ detail: 'registration.peers.sonnenhof.example has registered enough', forge: CLUB },
      nextTryAt: NOW + 2 * DAY + 19 * HOUR,
    }),
  ),
  home(
    'forge-token',
    failedAtForge('refused', 'refused', 'forge-token', {
      ...{ detail: 'registration.peers.sonnenhof.example wants another token than it got', forge: CLUB },
      nextTryAt: NOW + DAY,
    }),
  ),
  home(
    'forge-ca-refused',
    failedAtForge('refused', 'refused', 'rejectedIdentifier', {
      ...{ detail: 'the CA refused (rejectedIdentifier, 403)', nextTryAt: null },
    }),
  ),
  home(
    'unreachable-not-dialled',
    failedAtForge('unreachable', 'unreachable', 'not-dialled', {
      detail: 'registration.libp2p.direct could not connect to any of our addresses',
    }),
  ),
  home('silent-forge', {
    ...servedByForge(SERVING),
    network: { ...servedByForge(SERVING).network, silent: { forge: PUBLIC, since: NOW - 31 * DAY } },
  }),
  home('offline', life('offline', { problem: problem('offline'), reason: 'offline' })),
  home('silent', life('offline')),
  home('key-locked', {
    ...life('key-locked', { problem: problem('key-locked', 'the collection "login" is locked') }),
    identity: { ...SERVING.identity, state: 'locked' },
  }),
  home('key-passphrase', {
    ...life('key-locked'),
    identity: { ...SERVING.identity, state: 'passphrase-needed', store: 'passphrase-file' },
  }),
  home('key-missing', {
    ...life('key-locked', { problem: problem('key-missing', 'no entry nodetrust/identity in the keychain') }),
    identity: { ...SERVING.identity, state: 'missing', peerId: null },
  }),
  home('key-unavailable', {
    ...life('key-locked', { problem: problem('keychain-absent', 'org.freedesktop.secrets is not on the bus') }),
    identity: { ...SERVING.identity, state: 'unavailable' },
  }),
  home(
    'failed',
    bare(life('failed', { problem: problem('no-proofs', 'proof-1: timed out'), nextTryAt: NOW + 9 * MINUTE })),
  ),
  home('not-running', {
    ...bare(life('starting')),
    app: { ...SERVING.app, phase: 'failed', problem: problem('folder-in-use', 'process 4711 holds the lock') },
  }),
  { name: 'certificate', view: 'certificate', state: SERVING },
  {
    name: 'certificate-expired',
    view: 'certificate',
    state: life(
      'expired',
      {},
      { current: { ...CURRENT, notBefore: NOW - 92 * DAY, renewAt: NOW - 32 * DAY, notAfter: NOW - 2 * DAY } },
    ),
  },
  {
    name: 'certificate-short',
    view: 'certificate',
    state: life(
      'serving',
      {},
      {
        current: {
          ...CURRENT,
          issuer: 'Nodetrust Sandbox Root',
          notBefore: NOW - HOUR,
          renewAt: NOW + 2 * HOUR,
          notAfter: NOW + 5 * HOUR,
          test: true,
        },
      },
    ),
  },
  { name: 'certificate-forge', view: 'certificate', state: servedByForge(SERVING) },
  { name: 'certificate-none', view: 'certificate', state: bare(life('idle')) },
  { name: 'addresses', view: 'addresses', state: SERVING },
  { name: 'addresses-forge', view: 'addresses', state: servedByForge(SERVING) },
  {
    name: 'addresses-none',
    view: 'addresses',
    state: { ...bare(life('idle')), addresses: { host: null, testUrl: null, visit: null, list: [] } },
  },
  { name: 'reachability', view: 'reachability', state: SERVING },
  { name: 'reachability-forge', view: 'reachability', state: servedByForge(SERVING) },
  { name: 'reachability-forge-unknown', view: 'reachability', state: atForge(bare(life('idle'))) },
  {
    name: 'reachability-not-dialled',
    view: 'reachability',
    state: failedAtForge('unreachable', 'unreachable', 'not-dialled', { detail: 'no connection came about' }),
  },
  {
    name: 'reachability-unreachable',
    view: 'reachability',
    state: unreachable('no-router-control', { dialBacks: [FAILED_DIAL] }),
  },
  {
    name: 'reachability-checking',
    view: 'reachability',
    state: { ...SERVING, reachability: { ...SERVING.reachability, status: 'checking' } },
  },
  { name: 'peers', view: 'peers', state: SERVING },
  { name: 'peers-none-forge', view: 'peers', state: servedByForge(SERVING) },
  { name: 'peers-none', view: 'peers', state: { ...SERVING, peers: { known: 0, connected: 0, dht: false, list: [] } } },
  { name: 'name', view: 'name', state: { ...SERVING, name: namePublished(NOW) } },
  { name: 'name-off', view: 'name', state: { ...SERVING, name: NAME_READY } },
  { name: 'name-unheard', view: 'name', state: { ...SERVING, name: nameUnheard(NOW) } },
  { name: 'name-taken', view: 'name', state: { ...SERVING, name: nameTaken(NOW) } },
  {
    name: 'name-failed',
    view: 'name',
    state: { ...SERVING, name: { ...NAME_OFF, state: 'failed', detail: 'EACCES' } },
  },
  { name: 'activity', view: 'activity', state: SERVING },
  { name: 'activity-none', view: 'activity', state: { ...SERVING, activity: { entries: [] } } },
  { name: 'settings', view: 'settings', state: SERVING },
  {
    name: 'settings-locked',
    view: 'settings',
    state: {
      ...SERVING,
      identity: { ...SERVING.identity, store: 'file', fellBack: true, backupAt: NOW - 3 * DAY },
      network: {
        choice: { kind: 'configured', name: 'issue.example', zone: null, issue: true, forges: [], test: false },
        sandbox: 'off',
        ...OFFER,
      },
      settings: { ...SERVING.settings, locked: ['wssPort', 'mapPorts', 'theme', 'language'] },
      update: { available: { version: '1.1.0', installs: true }, checkedAt: NOW - HOUR },
    },
  },
  {
    name: 'practice',
    view: 'practice',
    state: {
      ...SERVING,
      network: {
        choice: { kind: 'sandbox', name: 'Sandbox', zone: 'sandbox.test', issue: true, forges: [], test: true },
        sandbox: 'running',
        ...OFFER,
      },
      addresses: {
        ...SERVING.addresses,
        visit: {
          startedAt: NOW - MINUTE,
          parts: [
            { name: 'name', status: 'done', ms: 4, detail: `${HOST} → 127.0.0.1` },
            { name: 'handshake', status: 'done', ms: 21, detail: 'TLSv1.3, TLS_AES_256_GCM_SHA384' },
            { name: 'chain', status: 'done', ms: 3, detail: 'CN=leaf ← Nodetrust Sandbox Root' },
            { name: 'ping', status: 'done', ms: 2, detail: '2 ms' },
          ],
        },
      },
    },
  },
  { name: 'network', view: 'network', state: SERVING },
  { name: 'doctor', view: 'doctor', state: SERVING },
  { name: 'doctor-looking', view: 'doctor', state: { ...SERVING, doctor: checkUps(NOW).looking } },
  { name: 'doctor-well', view: 'doctor', state: { ...SERVING, doctor: checkUps(NOW).well } },
  { name: 'doctor-bad', view: 'doctor', state: { ...SERVING, doctor: checkUps(NOW).bad } },
  {
    name: 'banners',
    view: 'peers',
    state: {
      ...SERVING,
      app: {
        ...SERVING.app,
        notices: [
          { id: '1', code: 'settings-corrupt', params: {}, at: NOW },
          { id: '2', code: 'port-moved', params: { from: 4430, to: 4432 }, at: NOW },
        ],
      },
      update: { available: { version: '1.1.0', installs: false }, checkedAt: NOW },
    },
  },
]

/** Looks that come of pressing something, for pictures: what is pressed, one after the other, and what is there then. */
export const PRESSED: readonly (Scene & {
  readonly fill?: readonly [field: string, text: string]
  readonly press: readonly string[]
  readonly shows: string
})[] = [
  {
    ...{ name: 'name-wrong', view: 'name', state: { ...SERVING, name: namePublished(NOW) } },
    ...{ fill: ['form .input', `${NPUB_OF_OTHER}.nostr`], press: ['form .button >> nth=0'], shows: '[data-verdict]' },
  },
  {
    ...{ name: 'peers-open', view: 'peers', state: SERVING },
    ...{ press: ['.peer-fold > summary >> nth=0'], shows: '.peer-facts >> nth=0' },
  },
  {
    ...{ name: 'peers-tried', view: 'peers', state: SERVING },
    ...{ press: ['.peer-fold > summary >> nth=0', '.peer-more > .actions > .button >> nth=0'], shows: '.peer-report' },
  },
  {
    ...{ name: 'peers-policy', view: 'peers', state: SERVING },
    ...{ press: ['.details > summary >> nth=0'], shows: '.radio >> nth=3' },
  },
  {
    ...{ name: 'home-invite', view: 'home', state: SERVING },
    ...{ press: ['.row-button'], shows: 'dialog .qr[data-text]' },
  },
]
