// Makes the program: what a person can do, each a few steps over settings, network, identity and node. Only one change of those
// runs at a time. How the node is started and stopped stands in node-desk.ts, what runs in program-state.ts.
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { changedKeys, configuredKeys, loadConfig, type ConfigSources } from '../../core/config.ts'
import { writeFileAtomic } from '../../core/files.ts'
import { oneAtATime } from '../../core/lanes.ts'
import { reasonOf } from '../../core/net/reason.ts'
import { ApiError } from '../../proto/api/index.ts'
import { formatInvitation, invitedPeer } from '../../proto/invitation.ts'
import { doctorConfigOf } from '../doctor/config.ts'
import { createNodeEvents } from '../events.ts'
import { IDENTITY_FILES } from '../identity/files.ts'
import { NodeConfigSchema, type NodeConfig } from '../settings/config.ts'
import { effectiveSettings, lockedSettings } from '../settings/layer.ts'
import { withName } from '../settings/peer-names.ts'
import { DEFAULT_SETTINGS, NOTHING_CHOSEN, openSettings, type SettingsStore } from '../settings/store.ts'
import { checkSettings, needsRestart, type PortProbe, systemProbe } from './check-settings.ts'
import { dialPeer } from './dial-peer.ts'
import { createIdentityDesk } from './identity-desk.ts'
import { chosenChoice, configuredChoice } from './network-facts.ts'
import { createNodeDesk } from './node-desk.ts'
import { createNotices, noticeOf } from './notices.ts'
import { createNameDesk } from './name-desk.ts'
import { createPeerDesk } from './peer-desk.ts'
import { askInvited, mayJoin } from './ask-server.ts'
import { mayStartAnew, shownPhase, whyFailed } from './program-state.ts'
import { createSelfVisits } from './self-visits.ts'
import { createPublicNetwork } from './public-network.ts'
import { toApiError } from './problems.ts'
import { typedInvitation } from './typed-in.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { SettingName, State } from '../../proto/api/index.ts'
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

/** What a reset leaves: the identity, unless it is to go too, what a person has saved, and the lock of this very process. */
const KEPT_AT_RESET = ['exports', 'bridge.json']

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
    openedLate() {
      if (node.state().life === 'open' && !node.app()) void inTurn(node.restart)
    },
    credentialsDir: sources.env?.['CREDENTIALS_DIRECTORY'],
    policy: keys.has('identity.store') ? first.identity.store : init.identityStore,
  })

  const visits = createSelfVisits({ clock, changed })
  const publicNetwork = createPublicNetwork({ offer: first.network.public, clock, log, changed })

  if (asidePath !== undefined) notices.add('settings-corrupt', { file: asidePath })
  events.on((line) => {
    noticeOf(line, notices)
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

  const node = createNodeDesk({
    ...{ first, sources, locked, configuredNetwork, store, identity, notices, ports, events, log, changed },
    ...{ startSandbox: init.startSandbox, asksByItself: init.asksByItself },
    around: { clock, ...(init.monotonic ? { monotonic: init.monotonic } : {}) },
  })

  const startAnew = (): void => {
    if (mayStartAnew(node.state())) void inTurn(node.restart)
  }

  const demandChoice = () => {
    if (configuredNetwork) throw new ApiError('unavailable', { detail: 'the configuration names the network' })
  }

  const network = (): State['network'] => {
    const names = node.app()?.facts()?.certificate?.names ?? []
    const { sandbox, invitation } = node.state()
    return {
      choice: configuredNetwork
        ? configuredChoice(first.network, names)
        : chosenChoice(store.get().network, invitation),
      sandbox: configuredNetwork ? 'off' : sandbox.phase,
      public: publicNetwork.offered(),
      silent: node.app()?.silentForge() ?? null,
    }
  }

  const joinBy: Program['join'] = async (text, { anyway = false } = {}) => {
    demandChoice()
    const joined = typedInvitation(text)
    const asking = node.app()
    const askZone = asking && ((issue: readonly string[], signal: AbortSignal) => asking.askZone(issue, signal))
    const trouble = await askInvited(joined, { askZone, log })
    if (trouble && !mayJoin(trouble, { leaves: store.get().network !== null, anyway })) throw trouble
    await remember({ network: { kind: 'joined', invitation: formatInvitation(joined) }, wanted: false })
    log.info({ zone: joined.zone, issue: invitedPeer(joined) }, 'joined a network')
    await inTurn(async () => {
      await node.stopSandbox()
      await node.restart()
    })
    return { silent: trouble !== undefined }
  }

  const peerDesk = createPeerDesk({ store, remember, app: () => node.app(), onChange: changed })

  const settings = (): ProgramFacts['settings'] => ({
    values: effectiveSettings(store.get().values, node.config(), locked),
    locked,
    dialPolicies: Object.keys(node.config().dial.policies),
  })

  return {
    dir,
    doctorConfig: () => doctorConfigOf(node.config()),
    async start() {
      node.opened(true)
      await inTurn(node.start)
    },
    async stop() {
      node.opened(false)
      publicNetwork.stop()
      visits.stop()
      await inTurn(async () => {
        await node.stop()
        await node.stopSandbox()
      })
    },
    async reread() {
      try {
        const next = await loadConfig(NodeConfigSchema, sources)
        node.app()?.handOverBy(next.certificate)
        const changedNow = changedKeys(first, next).filter((key) => !TAKEN.test(key))
        log.info({ file: sources.file }, 'read the configuration again')
        if (changedNow.length > 0) log.warn({ keys: changedNow }, 'these changed and count after a restart only')
      } catch (error) {
        log.error({ error: reasonOf(error) }, 'the configuration cannot be read again; the one from the start counts')
      }
    },
    facts: () => ({
      ...{ phase: shownPhase(node.state()), problem: whyFailed(node.state()), notices: notices.list() },
      firstRun: !configuredNetwork && store.get().network === null,
      identity: identity.facts(),
      network: network(),
      settings: settings(),
      node: node.app()?.facts(),
      naming: node.app()?.naming()?.facts(),
      visit: visits.current(node.app()),
      peerNames: store.get().peerNames,
    }),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onEvent: (listener) => events.on(listener),
    trigger(reason) {
      node.app()?.trigger(reason)
      // a keychain that was locked at login is open by now
      startAnew()
    },
    retry: startAnew,
    getCertificate(options) {
      const app = node.app()
      const problem = whyFailed(node.state())
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
      node.app()?.cancel()
      if (!node.app()?.facts()?.certificate && !init.asksByItself) void remember({ wanted: false })
    },
    chainPem: () => node.app()?.facts()?.certificate?.chainPem,
    visitSelf(url) {
      const app = node.app()
      const peerId = app?.peerId()
      if (!app || peerId === undefined) throw new ApiError('not-running', { retryable: true })
      visits.begin({ node: app, url, peerId, network: node.config().network })
    },
    checkReachability: () => node.app()?.checkReachability(),
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
      await inTurn(node.startSandbox)
      await remember({ network: { kind: 'sandbox', way }, wanted: false })
      await inTurn(node.restart)
    },
    async leave() {
      demandChoice()
      await remember({ network: null, wanted: false })
      await inTurn(async () => {
        await node.stopSandbox()
        await node.restart()
      })
    },
    invitation: () => node.state().invitation ?? '',
    async setSettings(given) {
      const { values: now, dialPolicies } = settings()
      const { values, problems } = await checkSettings(given, now, locked, { dialPolicies })
      if (Object.keys(values).length > 0) await remember({ values: { ...store.get().values, ...values } })
      const names = Object.keys(values) as SettingName[]
      if (names.some((name) => needsRestart(name) && values[name] !== now[name])) void inTurn(node.restart)
      return problems
    },
    name: createNameDesk(() => node.app()),
    peer: (peerId) => node.app()?.peer(peerId),
    signedRecord: (peerId) => node.app()?.signedRecord(peerId),
    addPeer: (address, options) => peerDesk.add(address, options),
    removePeer: (address) => peerDesk.remove(address),
    async forgetPeer(peerId) {
      await peerDesk.forget(peerId)
      await remember({ peerNames: withName(store.get().peerNames, peerId, '') })
    },
    namePeer: async (peerId, name) => remember({ peerNames: withName(store.get().peerNames, peerId, name) }),
    dialPeer: async (peerId, policy) => await dialPeer(node.app(), peerId, policy),
    async unlock(passphrase) {
      await inTurn(async () => {
        await node.stop()
        const opened = await identity.open(passphrase)
        await node.restart()
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
        await node.stop()
        const { peerId } = identity.facts()
        try {
          await identity.import(backup, passphrase)
          // a naming key that was taken over is sealed for the identity that is gone
          if (identity.facts().peerId !== peerId) await (await import('../naming/key.ts')).dropImportedKey(dir)
        } finally {
          await node.restart()
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
        await node.stop()
        await node.stopSandbox()
        const kept = new Set<string>([...KEPT_AT_RESET, ...IDENTITY_FILES])
        for (const name of await readdir(dir)) {
          if (!kept.has(name)) await rm(join(dir, name), { recursive: true, force: true })
        }
        if (what.identity) await identity.forget()
        await remember({ ...NOTHING_CHOSEN, values: DEFAULT_SETTINGS })
        notices.clear()
        await node.restart()
      })
    },
  }
}
