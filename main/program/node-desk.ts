// The node as the program speaks of it: configured by what was chosen, started, stopped and started anew when that changes, with the
// practice network beside it where that is what was chosen.
import { join } from 'node:path'
import { loadConfig, type ConfigSources } from '../../core/config.ts'
import { writeFileAtomic } from '../../core/files.ts'
import { ListenError } from '../../core/host.ts'
import { reasonOf } from '../../core/net/reason.ts'
import { ApiError } from '../../proto/api/index.ts'
import { parseKeptInvitation } from '../../proto/invitation.ts'
import { createApp, type App, type AppInit } from '../app.ts'
import { NodeConfigSchema, type NodeConfig } from '../settings/config.ts'
import { chosenPolicy, isForTests, layerOf } from '../settings/layer.ts'
import { problemOf } from './problems.ts'
import { appOf, mayStart, next, nothingRuns, sandboxOf, type ProgramEvent, type ProgramState } from './program-state.ts'
import type { Log } from '../../core/log.ts'
import type { SettingName } from '../../proto/api/index.ts'
import type { NodeEvents } from '../events.ts'
import type { Identity } from '../identity/identity.ts'
import type { SettingsStore } from '../settings/store.ts'
import type { PortProbe } from './check-settings.ts'
import type { IdentityDesk } from './identity-desk.ts'
import type { Notices } from './notices.ts'
import type { SandboxProcess } from './sandbox-process.ts'

/** What the desk needs. */
export interface NodeDeskInit {
  /** The configuration as it was at the program's start. */
  readonly first: NodeConfig
  readonly sources: ConfigSources
  /** Settings that the configuration has decided. */
  readonly locked: readonly SettingName[]
  /** Whether it has decided which network it is. */
  readonly configuredNetwork: boolean
  readonly store: Pick<SettingsStore, 'get'>
  readonly identity: Pick<IdentityDesk, 'open' | 'facts' | 'problem'>
  readonly notices: Pick<Notices, 'add' | 'remove'>
  readonly ports: Pick<PortProbe, 'isFree' | 'nextFree'>
  readonly startSandbox: (dir: string) => Promise<SandboxProcess>
  /** Whether a certificate is asked for without a click. */
  readonly asksByItself: boolean
  /** Given to every node. */
  readonly around: Pick<AppInit, 'clock' | 'monotonic'>
  /** Hears what each of them tells. */
  readonly events: Pick<NodeEvents, 'emit'>
  readonly log: Log
  /** Called after anything here has changed. */
  readonly changed: () => void
  /** @default createApp */
  readonly makeApp?: (config: NodeConfig, around: AppInit) => App
}

/** The desk. Its steps are for one caller at a time. */
export interface NodeDesk {
  state(): ProgramState<App, SandboxProcess>
  /** The node, where it runs. */
  app(): App | undefined
  /** The configuration of the node that runs or ran last. */
  config(): NodeConfig
  /** From now on nodes are started, or none any more. */
  opened(open: boolean): void
  /** @throws what keeps it from running; `state` tells that too. ApiError where it runs or is on its way, and nothing is done */
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  /** Stops and starts it; never rejects for what `state` tells: the page shows it where the person looks anyway. */
  readonly restart: () => Promise<void>
  /** @throws ApiError `sandbox-failed` */
  readonly startSandbox: () => Promise<SandboxProcess>
  readonly stopSandbox: () => Promise<void>
}

/** Makes the desk; nothing runs before `start`. */
export function createNodeDesk(init: NodeDeskInit): NodeDesk {
  const { changed, events, first, identity, locked, log, makeApp = createApp, notices, ports, store } = init
  const { dir } = first
  let state: ProgramState<App, SandboxProcess> = nothingRuns()
  let config = first

  const note = (happened: ProgramEvent<App, SandboxProcess>): void => {
    state = next(state, happened)
    changed()
  }

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
    const running = sandboxOf(state)
    if (running) return running
    note({ event: 'sandbox-starting' })
    try {
      const started = await init.startSandbox(join(dir, 'sandbox'))
      note({ event: 'sandbox-running', sandbox: started })
      return started
    } catch (error) {
      note({ event: 'sandbox-failed' })
      throw new ApiError('sandbox-failed', { detail: reasonOf(error) }, { cause: error })
    }
  }

  const findInvitation = async (): Promise<string | undefined> => {
    const { network } = store.get()
    if (init.configuredNetwork || network === null) return undefined
    if (network.kind === 'joined') return network.invitation
    const { forgeInvitation, invitation } = await startSandbox()
    return network.way === 'forge' ? forgeInvitation : invitation
  }

  const configure = async (): Promise<NodeConfig> => {
    const invitation = await findInvitation()
    note({ event: 'invited', invitation })
    const rootPath = join(dir, 'network-root.pem')
    const joined = invitation === undefined ? undefined : parseKeptInvitation(invitation)
    const rootPem = joined?.rootPem
    if (rootPem !== undefined) await writeFileAtomic(rootPath, rootPem)
    // whoever chose to try things out knows
    if (joined && isForTests(joined) && store.get().network?.kind === 'joined') notices.add('test-network', {})
    else notices.remove('test-network')
    const stored = store.get()
    const base = layerOf(stored, { rootPath, invitation, tcpPort: await chooseTcpPort() })
    return await loadConfig(NodeConfigSchema, { ...init.sources, base })
  }

  const startApp = async (opened: Identity): Promise<App> => {
    const app = makeApp(config, {
      ...{ ...init.around, log, identity: opened, onChange: changed },
      wanted: () => init.asksByItself || store.get().wanted,
      addedPeers: () => store.get().peers,
      dialPolicy: () =>
        locked.includes('dialPolicy') ? undefined : chosenPolicy(store.get().values.dialPolicy, config),
    })
    app.events.on((line) => events.emit(line))
    await app.start()
    return app
  }

  /** Another program may take the port between the look at it and its use: then there is another port, once. */
  const startAppAnywhere = async (opened: Identity): Promise<App> => {
    try {
      return await startApp(opened)
    } catch (error) {
      if (!(error instanceof ListenError)) throw error
      config = await configure()
      return await startApp(opened)
    }
  }

  const start = async (): Promise<void> => {
    // an app beside the one that is held could never be stopped
    if (!mayStart(state)) throw new ApiError('unavailable', { detail: `the node is ${state.node.phase} already` })
    note({ event: 'node-starting' })
    try {
      config = await configure()
      const opened = await identity.open(undefined)
      if (!opened) return note({ event: 'node-failed', problem: identity.problem() })
      if (identity.facts().fellBack) notices.add('keychain-fallback', {})
      note({ event: 'node-running', app: await startAppAnywhere(opened) })
    } catch (error) {
      note({ event: 'node-failed', problem: problemOf(error) })
      throw error
    }
  }

  const stop = async (): Promise<void> => {
    const app = appOf(state)
    if (!app) return
    note({ event: 'node-stopping' })
    try {
      await app.stop()
    } finally {
      note({ event: 'node-stopped' })
    }
  }

  return {
    state: () => state,
    app: () => appOf(state),
    config: () => config,
    opened: (open) => note({ event: open ? 'opened' : 'closed' }),
    start,
    stop,
    async restart() {
      // what did not end well is no longer held, and the next one says for itself whether it can run
      await stop().catch((error: unknown) => log.warn({ error: String(error) }, 'the node did not stop well'))
      if (state.life !== 'open') return
      await start().catch((error: unknown) => log.warn({ error: String(error) }, 'the node does not run'))
    },
    startSandbox,
    async stopSandbox() {
      const running = sandboxOf(state)
      note({ event: 'sandbox-off' })
      await running?.stop()
    },
  }
}
