// Makes the program: settings, network, identity and node put together, and taken apart again when one of them changes. Only
// one such change runs at a time; what keeps the node from running is remembered as a problem with a code, and told.
import { ListenError } from '../../core/host.ts'
import { oneAtATime } from '../../core/lanes.ts'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import { changedKeys, configuredKeys, loadConfig, type ConfigSources } from '../../core/config.ts'
import { directoryUrl, isTestDirectory } from '../../core/acme/directories.ts'
import { writeFileAtomic } from '../../core/files.ts'
import { ApiError } from '../../proto/api/index.ts'
import { formatInvitation, invitedPeer, parseInvitation, parseKeptInvitation } from '../../proto/invitation.ts'
import { canBeDialled, whyNotPeersOf } from '../../proto/peer-id-text.ts'
import { zoneOfName } from '../../proto/names.ts'
import { createApp, type App } from '../app.ts'
import { doctorConfigOf } from '../doctor/config.ts'
import { createNodeEvents } from '../events.ts'
import { IDENTITY_FILES } from '../identity/files.ts'
import { NodeConfigSchema, peerOf, type NodeConfig } from '../settings/config.ts'
import { effectiveSettings, isForTests, layerOf, lockedSettings } from '../settings/layer.ts'
import { DEFAULT_SETTINGS, openSettings, type SettingsStore } from '../settings/store.ts'
import type { Identity } from '../identity/identity.ts'
import { checkSettings, needsRestart, type PortProbe, systemProbe } from './check-settings.ts'
import { createIdentityDesk } from './identity-desk.ts'
import { createNotices } from './notices.ts'
import { askInvited, mayJoin } from './ask-server.ts'
import { peerProblem } from './peer-problem.ts'
import { createPublicNetwork } from './public-network.ts'
import { problemOf, toApiError } from './problems.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Problem, SettingName, State } from '../../proto/api/index.ts'
import type { Program, ProgramFacts } from './program.ts'
import type { SandboxProcess } from './sandbox-process.ts'

/** What the program needs. */
export interface ProgramInit {
  /** File, variables and flags; they count more than what is chosen in the window. */
  readonly sources: ConfigSources
  /** `keychain` for a person's desktop, `file` for a machine without one. */
  readonly identityStore: 'keychain' | 'file'
  /** Whether a certificate is asked for without a click, as on a machine without a window. */
  readonly asksByItself: boolean
  readonly clock: Clock
  readonly monotonic?: () => number
  readonly log: (level: NodeConfig['log']) => Log
  readonly startSandbox: (dir: string) => Promise<SandboxProcess>
  /** What is found out about ports. @default by trying */
  readonly ports?: Pick<PortProbe, 'isFree' | 'nextFree'>
}

/** Connecting to a peer that was typed in may take this long. */
const CONNECT_TIMEOUT_MS = 15_000

/** More are asked, and not listed. */
const MAX_FORGES = 20

/** What a reset leaves: the identity, unless it is to go too, what a person has saved, and the lock of this very process. */
const KEPT_AT_RESET = ['exports', 'bridge.json']

/** Failures of the node that a person should be told at the top of the window. */
const NOTICE_OF: Readonly<Record<string, Parameters<ReturnType<typeof createNotices>['add']>[0]>> = {
  'stored-certificate': 'certificate-damaged',
  'certificate-export': 'export-failed',
  'certificate-hook': 'hook-failed',
}

/** A terminal shows it in full. */
const MAX_NOTICE_CHARS = 500

/** What a running node takes from a configuration that is read again. */
const TAKEN = /^certificate\./

/**
 * Makes the program.
 *
 * @throws ConfigError where the configuration cannot be used, FileError where the settings cannot be read
 */
export async function createProgram(init: ProgramInit): Promise<Program> {
  const { clock, sources, ports = systemProbe } = init
  const first = await loadConfig(NodeConfigSchema, sources)
  const { dir } = first
  const log = init.log(first.log)
  const keys = await configuredKeys(sources)
  const locked = lockedSettings(keys)
  const configuredNetwork = keys.has('network.issue') || keys.has('network.autotls')
  const { store, asidePath } = await openSettings(dir, clock)
  const events = createNodeEvents(clock, log)
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const notices = createNotices(clock, changed, store.get().dismissed)
  const identity = createIdentityDesk({
    ...{ dir, clock, log, changed },
    backupAt: () => store.get().backupAt,
    openedLate: () => void (stopped || app ? undefined : inTurn(restart)),
    credentialsDir: sources.env?.['CREDENTIALS_DIRECTORY'],
    policy: keys.has('identity.store') ? first.identity.store : init.identityStore,
  })

  const publicNetwork = createPublicNetwork({ offer: first.network.public, clock, log, changed })

  let config = first
  let app: App | undefined
  let phase: ProgramFacts['phase'] = 'starting'
  let problem: Problem | undefined
  let sandbox: SandboxProcess | undefined
  let sandboxState: State['network']['sandbox'] = 'off'
  let invitation: string | undefined
  let stopped = true

  if (asidePath !== undefined) notices.add('settings-corrupt', { file: asidePath })
  events.on((line) => {
    if (line.event === 'failed') {
      const notice = NOTICE_OF[line.code]
      if (notice) notices.add(notice, { detail: line.message.slice(0, MAX_NOTICE_CHARS) })
    }
    if (line.event === 'handed-over') for (const code of ['export-failed', 'hook-failed'] as const) notices.remove(code)
    changed()
  })

  const remember = async (change: Parameters<SettingsStore['set']>[0]): Promise<void> => {
    try {
      await store.set(change)
      notices.remove('settings-unwritable')
    } catch (error) {
      notices.add('settings-unwritable', {})
      log.warn({ error: String(error) }, 'the settings could not be written')
    } finally {
      changed()
    }
  }

  /** One change at a time; a failed one does not hold up the next. */
  const inTurn = oneAtATime()

  /** Another port where the number does not matter to anybody: peers learn it, and the router is told. */
  const chooseTcpPort = async (): Promise<number> => {
    const { tcpPort, wssPort } = store.get().values
    if (locked.includes('tcpPort') || (await ports.isFree(tcpPort))) return tcpPort
    const other = await ports.nextFree(tcpPort, [wssPort])
    if (other === undefined) return tcpPort
    notices.add('port-moved', { from: tcpPort, to: other })
    return other
  }

  const startSandbox = async (): Promise<SandboxProcess> => {
    if (sandbox) return sandbox
    sandboxState = 'starting'
    changed()
    try {
      sandbox = await init.startSandbox(join(dir, 'sandbox'))
      sandboxState = 'running'
      return sandbox
    } catch (error) {
      sandboxState = 'failed'
      changed()
      throw new ApiError('sandbox-failed', { detail: messageOf(error) }, { cause: error })
    }
  }

  const findInvitation = async (): Promise<string | undefined> => {
    const { network } = store.get()
    if (configuredNetwork || network === null) return undefined
    if (network.kind === 'joined') return network.invitation
    const started = await startSandbox()
    return network.way === 'forge' ? started.forgeInvitation : started.invitation
  }

  const configure = async (): Promise<NodeConfig> => {
    invitation = await findInvitation()
    const rootPath = join(dir, 'network-root.pem')
    const joined = invitation === undefined ? undefined : parseKeptInvitation(invitation)
    const rootPem = joined?.rootPem
    if (rootPem !== undefined) await writeFileAtomic(rootPath, rootPem)
    // whoever chose to try things out knows
    if (joined && isForTests(joined) && store.get().network?.kind === 'joined') notices.add('test-network', {})
    else notices.remove('test-network')
    const stored = store.get()
    const base = layerOf(stored, { rootPath, invitation, tcpPort: await chooseTcpPort() })
    return await loadConfig(NodeConfigSchema, { ...sources, base })
  }

  /** Another program may take the port between the look at it and its use: then there is another port, once. */
  const startApp = async (opened: Identity): Promise<App> => {
    try {
      return await startAppNow(opened)
    } catch (error) {
      if (!(error instanceof ListenError)) throw error
      config = await configure()
      return await startAppNow(opened)
    }
  }

  const startAppNow = async (opened: Identity): Promise<App> => {
    const next = createApp(config, {
      ...{ clock, log, identity: opened, onChange: changed },
      ...(init.monotonic ? { monotonic: init.monotonic } : {}),
      wanted: () => init.asksByItself || store.get().wanted,
      addedPeers: () => store.get().peers,
    })
    next.events.on((line) => events.emit(line))
    await next.start()
    return next
  }

  const startNode = async (): Promise<void> => {
    phase = 'starting'
    problem = undefined
    changed()
    try {
      config = await configure()
      const opened = await identity.open(undefined)
      if (!opened) {
        phase = 'failed'
        problem = identity.problem()
        return
      }
      if (identity.facts().fellBack) notices.add('keychain-fallback', {})
      app = await startApp(opened)
      phase = 'running'
    } catch (error) {
      phase = 'failed'
      problem = problemOf(error)
      throw error
    } finally {
      changed()
    }
  }

  const stopNode = async (): Promise<void> => {
    const ending = app
    app = undefined
    if (!ending) return
    // what is started anew at once is starting to whoever looks
    phase = stopped ? 'stopping' : 'starting'
    changed()
    await ending.stop()
    phase = stopped ? 'stopped' : 'starting'
    changed()
  }

  const stopSandbox = async (): Promise<void> => {
    const ending = sandbox
    sandbox = undefined
    sandboxState = 'off'
    await ending?.stop()
  }

  /** Never rejects for what `facts` tells: the page shows it where the person looks anyway. */
  const restart = async (): Promise<void> => {
    await stopNode()
    if (stopped) return
    await startNode().catch((error: unknown) => log.warn({ error: String(error) }, 'the node does not run'))
  }

  const demandChoice = () => {
    if (configuredNetwork) throw new ApiError('unavailable', { detail: 'the configuration names the network' })
  }

  const network = (): State['network'] => {
    const silent = app?.silentForge() ?? null
    return { ...chosenNetwork(), public: publicNetwork.offered(), silent }
  }

  const chosenNetwork = (): Pick<State['network'], 'choice' | 'sandbox'> => {
    const { network: chosen } = store.get()
    const zoneOfCertificate = () => {
      const names = app?.facts()?.certificate?.names ?? []
      const name = names.find((one) => !one.startsWith('*.')) ?? names[0]
      return name === undefined ? null : zoneOfName(name)
    }
    if (configuredNetwork) {
      const { issue, autotls } = first.network
      const host = issue[0] === undefined ? undefined : multiaddr(issue[0]).getComponents()[0]?.value
      const forges = autotls?.forges.map(({ domain }) => domain) ?? []
      const name = host ?? forges[0] ?? ''
      const anchors = [first.network.trustAnchor, ...(autotls?.forges ?? []).map(({ trustAnchor }) => trustAnchor)]
      const isStaging = autotls?.forges.some(({ directory }) => isTestDirectory(directoryUrl(directory))) === true
      const test = isStaging || anchors.some((anchor) => anchor !== undefined)
      const ways = { issue: issue.length > 0, forges: forges.slice(0, MAX_FORGES) }
      return { choice: { kind: 'configured', name, zone: zoneOfCertificate(), ...ways, test }, sandbox: 'off' }
    }
    if (chosen === null) return { choice: null, sandbox: sandboxState }
    const text = chosen.kind === 'joined' ? chosen.invitation : invitation
    const joined = text === undefined ? undefined : parseKeptInvitation(text)
    const { name, zone, ...ways } = joined ?? { name: 'Sandbox', zone: null, issue: [] }
    const test = joined === undefined || isForTests(joined)
    const forges = 'broker' in ways && ways.broker !== undefined && zone !== null ? [zone] : []
    const choice = { kind: chosen.kind, name, zone, issue: ways.issue.length > 0, forges, test }
    return { choice, sandbox: sandboxState }
  }

  const joinBy: Program['join'] = async (text, { anyway = false } = {}) => {
    demandChoice()
    const joined = parse(text)
    const asking = app
    const askZone = asking && ((issue: readonly string[], signal: AbortSignal) => asking.askZone(issue, signal))
    const trouble = await askInvited(joined, { askZone, log })
    if (trouble && !mayJoin(trouble, { leaves: store.get().network !== null, anyway })) throw trouble
    await remember({ network: { kind: 'joined', invitation: formatInvitation(joined) }, wanted: false })
    log.info({ zone: joined.zone, issue: invitedPeer(joined) }, 'joined a network')
    await inTurn(async () => {
      await stopSandbox()
      await restart()
    })
    return { silent: trouble !== undefined }
  }

  const settings = (): ProgramFacts['settings'] => ({
    values: effectiveSettings(store.get().values, config, locked),
    locked,
  })

  return {
    dir,
    doctorConfig: () => doctorConfigOf(config),
    async start() {
      stopped = false
      await inTurn(startNode)
    },
    async stop() {
      stopped = true
      publicNetwork.stop()
      await inTurn(async () => {
        await stopNode()
        await stopSandbox()
      })
    },
    async reread() {
      try {
        const next = await loadConfig(NodeConfigSchema, sources)
        app?.handOverBy(next.certificate)
        const changedNow = changedKeys(first, next).filter((key) => !TAKEN.test(key))
        log.info({ file: sources.file }, 'read the configuration again')
        if (changedNow.length > 0) log.warn({ keys: changedNow }, 'these changed and count after a restart only')
      } catch (error) {
        log.error({ error: messageOf(error) }, 'the configuration cannot be read again; the one from the start counts')
      }
    },
    facts: () => ({
      ...{ phase, problem, notices: notices.list() },
      firstRun: !configuredNetwork && store.get().network === null,
      identity: identity.facts(),
      network: network(),
      settings: settings(),
      node: app?.facts(),
    }),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onEvent: (listener) => events.on(listener),
    trigger(reason) {
      app?.trigger(reason)
      // a keychain that was locked at login is open by now
      if (!app && !stopped && phase === 'failed') void inTurn(restart)
    },
    retry() {
      if (!app && !stopped && phase === 'failed') void inTurn(restart)
    },
    getCertificate(options) {
      if (!app) throw problem ? new ApiError(problem.code, problem) : new ApiError('not-running')
      if (app.facts()?.hasIssuer !== true) throw new ApiError('no-network')
      if (!store.get().wanted) void remember({ wanted: true })
      try {
        return app.begin(options)
      } catch (error) {
        throw toApiError(error, { now: clock.now() })
      }
    },
    cancel() {
      app?.cancel()
      if (!app?.facts()?.certificate && !init.asksByItself) void remember({ wanted: false })
    },
    chainPem: () => app?.facts()?.certificate?.chainPem,
    checkReachability: () => app?.checkReachability(),
    join: joinBy,
    lookAtPublicNetwork(again) {
      if (!configuredNetwork && store.get().network === null) publicNetwork.look(again)
    },
    async joinPublicNetwork(options) {
      const offered = publicNetwork.invitation()
      if (offered === undefined) throw new ApiError('unavailable', { detail: 'no public network is offered here' })
      return await joinBy(offered, options)
    },
    async joinSandbox(way = 'network') {
      demandChoice()
      // what works is not left for a sandbox that does not start
      await inTurn(startSandbox)
      await remember({ network: { kind: 'sandbox', way }, wanted: false })
      await inTurn(restart)
    },
    async leave() {
      demandChoice()
      await remember({ network: null, wanted: false })
      await inTurn(async () => {
        await stopSandbox()
        await restart()
      })
    },
    invitation: () => invitation ?? '',
    async setSettings(given) {
      const now = settings().values
      const { values, problems } = await checkSettings(given, now, locked)
      if (Object.keys(values).length > 0) await remember({ values: { ...store.get().values, ...values } })
      const names = Object.keys(values) as SettingName[]
      if (names.some((name) => needsRestart(name) && values[name] !== now[name])) void inTurn(restart)
      return problems
    },
    async addPeer(address) {
      const known = parsePeer(address)
      const running = app
      if (!running) throw new ApiError('not-running')
      const { peers } = store.get()
      if (!peers.includes(known)) await remember({ peers: [...peers, known] })
      await running.connectTo(known, AbortSignal.timeout(CONNECT_TIMEOUT_MS)).catch((error: unknown) => {
        throw peerProblem(error, known)
      })
      changed()
    },
    async forgetPeer(peerId) {
      await remember({ peers: store.get().peers.filter((address) => peerOf(multiaddr(address)) !== peerId) })
      await app?.disconnect(peerId)
      changed()
    },
    async unlock(passphrase) {
      await inTurn(async () => {
        await stopNode()
        const opened = await identity.open(passphrase)
        await restart()
        if (!opened) throw new ApiError(identity.problem().code, identity.problem())
      })
    },
    protect: (passphrase) => inTurn(() => identity.protect(passphrase)),
    async exportIdentity(passphrase) {
      const backup = await identity.export(passphrase)
      const fileName = `nodetrust-identity-${new Date(clock.now()).toISOString().slice(0, 10)}.backup`
      try {
        await mkdir(join(dir, 'exports'), { recursive: true, mode: 0o700 })
        await writeFileAtomic(join(dir, 'exports', fileName), backup)
      } catch (error) {
        throw toApiError(error)
      }
      await remember({ backupAt: clock.now() })
      return fileName
    },
    async importIdentity(backup, passphrase) {
      await inTurn(async () => {
        await identity.check(backup, passphrase)
        await stopNode()
        try {
          await identity.import(backup, passphrase)
        } finally {
          await restart()
        }
      })
    },
    notice(code, holds) {
      if (holds) notices.add(code, {})
      else notices.remove(code)
    },
    dismissNotice(id) {
      notices.dismiss(id)
      void remember({ dismissed: notices.dismissed() })
    },
    async reset(what) {
      await inTurn(async () => {
        await stopNode()
        await stopSandbox()
        const kept = new Set<string>([...KEPT_AT_RESET, ...IDENTITY_FILES])
        for (const name of await readdir(dir)) {
          if (!kept.has(name)) await rm(join(dir, name), { recursive: true, force: true })
        }
        if (what.identity) await identity.forget()
        await remember({
          network: null,
          wanted: false,
          peers: [],
          backupAt: null,
          dismissed: [],
          values: DEFAULT_SETTINGS,
        })
        notices.clear()
        await restart()
      })
    },
  }

  function parse(text: string) {
    try {
      return parseInvitation(text)
    } catch (error) {
      throw toApiError(error)
    }
  }

  function parsePeer(text: string): string {
    try {
      const address = multiaddr(text.trim())
      const why = whyNotPeersOf(text.trim())
      if (why !== undefined) throw new ApiError('bad-address', { detail: why })
      if (peerOf(address) !== undefined && canBeDialled(address.toString())) return address.toString()
    } catch (error) {
      if (error instanceof ApiError) throw error
    }
    throw new ApiError('bad-address', {
      detail:
        'expected a multiaddr by TCP that ends with /p2p/ and a peer id, such as /ip4/192.0.2.1/tcp/4431/p2p/12D3KooW…',
    })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
