// A program that does nothing but remember what it was asked, with facts that a test sets: what stands on the program can be
// tested without keys, sockets and certificates.
import type { FieldProblem } from '../../proto/api/index.ts'
import type { NodeEvent, NodeEventLine } from '../../proto/node-events.ts'
import type { NodeFacts, Program, ProgramFacts } from '../../main/program/program.ts'

/** A call that was made: the method's name, then its arguments. */
export type FakeCall = readonly [name: string, ...args: unknown[]]

/** The program and its strings. */
export interface FakeProgram extends Program {
  readonly calls: readonly FakeCall[]
  /** Changes facts and tells that they have changed. */
  set(change: Partial<ProgramFacts>): void
  /** Changes facts of the node; it runs from then on. */
  setNode(change: Partial<NodeFacts>): void
  emit(event: NodeEvent, at?: number): void
  /** What the next call of a method throws. */
  failNext(name: string, error: unknown): void
  fieldProblems: readonly FieldProblem[]
  pem: string | undefined
}

/** A node that runs, has a network and nothing else. */
export const FAKE_NODE: NodeFacts = {
  peerId: '12D3KooWQ47m7UQBocKrCSpk7GWNbBzBorhXUTgz7suUxnYur3xU',
  addresses: [],
  certificate: undefined,
  renewal: undefined,
  nextAttemptAt: undefined,
  failed: undefined,
  attempt: undefined,
  hasIssuer: true,
  verdict: undefined,
  checking: false,
  ports: { tcp: 4431, wss: 4430 },
  peers: [],
  history: [],
}

/** A program that runs such a node. */
export const FAKE_FACTS: ProgramFacts = {
  phase: 'running',
  problem: undefined,
  firstRun: false,
  notices: [],
  identity: { state: 'ready', store: 'file', peerId: FAKE_NODE.peerId, fellBack: false, backupAt: null },
  network: {
    choice: { kind: 'joined', name: 'Friends', zone: 'nt.example.net', issue: true, forges: [], test: false },
    sandbox: 'off',
    public: null,
    silent: null,
  },
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
    },
    locked: [],
  },
  node: FAKE_NODE,
}

/** Makes one. @param dir  its data folder */
export function fakeProgram(dir = '/nowhere', start: Partial<ProgramFacts> = {}): FakeProgram {
  const calls: FakeCall[] = []
  const listeners = new Set<() => void>()
  const eventListeners = new Set<(line: NodeEventLine) => void>()
  const failures = new Map<string, unknown>()
  let facts: ProgramFacts = { ...FAKE_FACTS, ...start }
  let attempts = 0
  const set = (change: Partial<ProgramFacts>) => {
    facts = { ...facts, ...change }
    for (const listener of listeners) listener()
  }
  const note = (...call: FakeCall) => {
    calls.push(call)
    const [name] = call
    if (!failures.has(name)) return
    const error = failures.get(name)
    failures.delete(name)
    throw error
  }
  return {
    ...{ calls, dir, set, fieldProblems: [], pem: undefined },
    setNode: (change) => set({ node: { ...(facts.node ?? FAKE_NODE), ...change } }),
    emit(event, at = Date.parse('2026-11-20T12:00:00Z')) {
      for (const listener of eventListeners) listener({ at: new Date(at).toISOString(), ...event })
    },
    failNext: (name, error) => void failures.set(name, error),
    facts: () => facts,
    doctorConfig: () => ({
      servers: [],
      resolver: undefined,
      mapPorts: true,
      ports: { tcp: 4431, wss: 4430 },
      hosts: { tcp: ['127.0.0.1'], wss: ['127.0.0.1'] },
    }),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onEvent(listener) {
      eventListeners.add(listener)
      return () => void eventListeners.delete(listener)
    },
    start: async () => note('start'),
    stop: async () => note('stop'),
    reread: async () => note('reread'),
    trigger: (reason) => note('trigger', reason),
    retry: () => note('retry'),
    getCertificate() {
      note('getCertificate')
      return `attempt-${++attempts}`
    },
    cancel: () => note('cancel'),
    chainPem() {
      note('chainPem')
      return this.pem
    },
    name: {
      wake: async () => note('name.wake'),
      publish: async () => note('name.publish'),
      withdraw: async () => note('name.withdraw'),
      importKey: async () => note('name.import'),
      async certificatePem() {
        note('name.certificate')
        return 'PEM'
      },
      async look(name) {
        note('name.look', name)
        return { name, npub: name, state: 'none', facts: undefined, at: 0, answers: [], refused: [], rolledBack: false }
      },
      async verify(name) {
        note('name.verify', name)
        return { name, npub: name, ok: false, findings: [], state: 'none', facts: undefined }
      },
      async setResolver(on) {
        note('name.resolver', on)
        return on ? ['127.0.0.1:5354'] : []
      },
      async open(name) {
        note('name.open', name)
        return { url: `https://${name}.nostr/`, pac: 'http://127.0.0.1:5355/names.pac' }
      },
      async trust(on) {
        note('name.trust', on)
        return { certPem: 'PEM', places: [] }
      },
    },
    visitSelf: (url) => note('visitSelf', url),
    checkReachability: () => note('checkReachability'),
    async join(invitation, options) {
      note('join', invitation, ...(options?.anyway ? [options] : []))
      return { silent: false }
    },
    lookAtPublicNetwork: (again) => note('lookAtPublicNetwork', again),
    async joinPublicNetwork() {
      note('joinPublicNetwork')
      return { silent: false }
    },
    joinSandbox: async (way) => note('joinSandbox', way),
    leave: async () => note('leave'),
    invitation() {
      note('invitation')
      return ''
    },
    async setSettings(values) {
      note('setSettings', values)
      return this.fieldProblems
    },
    addPeer: async (address) => note('addPeer', address),
    removePeer: async (address) => note('removePeer', address),
    peer: () => undefined,
    signedRecord: () => undefined,
    forgetPeer: async (peerId) => note('forgetPeer', peerId),
    namePeer: async (peerId, name) => note('namePeer', peerId, name),
    async dialPeer(peerId, policy) {
      note('dialPeer', peerId, policy)
      return {
        peerId,
        policy: policy ?? 'default',
        address: null,
        reused: false,
        detail: 'no',
        attempts: [],
        leftOut: [],
      }
    },
    unlock: async (passphrase) => note('unlock', passphrase),
    protect: async (passphrase) => note('protect', passphrase),
    async exportIdentity(passphrase) {
      note('exportIdentity', passphrase)
      return 'identity.backup'
    },
    importIdentity: async (backup, passphrase) => note('importIdentity', backup, passphrase),
    notice: (code, holds) => note('notice', code, holds),
    dismissNotice: (id) => note('dismissNotice', id),
    reset: async (what) => note('reset', what),
  }
}
