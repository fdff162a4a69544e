// What a spec is: one sentence about the app, shown in one story after the others. A story begins with a home of its own, so
// that browsers and nodes are started seldom.
import type { BrowserContext } from 'playwright-core'
import type { UiBrowser } from './hosts/browser.ts'
import { type AppHost, dirOf, type Hosts, type HostInit, prepareHome } from './hosts/host.ts'
import { startUiNetwork, type UiNetwork, type UiNetworkInit } from './hosts/network.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Program } from '../../main/program/program.ts'

/** What a spec has to work with. */
export interface Stage {
  readonly hosts: Hosts
  readonly browser: UiBrowser
  /** The network of this story, started when it is first asked for. */
  network(init?: Omit<UiNetworkInit, 'caDir'>): Promise<UiNetwork>
  /** Another network beside that one; ends with the story. */
  networkBeside(init?: Omit<UiNetworkInit, 'caDir'>): Promise<UiNetwork>
  /** The app that the story has at the moment. */
  app(): AppHost
  /** Starts an app in a home of its own; the one before ends. `joined`: a network was chosen before. */
  startApp(init?: { readonly joined?: string; readonly env?: HostInit['env'] }): Promise<AppHost>
  /** Shows a program whose facts are set. @throws where the host cannot */
  pose(program: (dir: string) => Program): Promise<AppHost>
  /** Ends with the story. */
  own<Thing extends { stop(): Promise<void> }>(thing: Thing): Thing
}

/** One sentence about the app. */
export interface Spec {
  readonly title: string
  run(stage: Stage): Promise<void>
}

/** Specs that follow each other on one app. */
export interface Story {
  readonly name: string
  /** Why it cannot be told on this machine; undefined where it can. */
  readonly whyNot?: () => Promise<string | undefined>
  readonly specs: readonly Spec[]
}

/** A stage and its end. */
export interface OpenStage extends Stage {
  /** What the pages wrote to the console as errors, or threw. */
  readonly troubles: readonly string[]
  end(): Promise<void>
}

/** Opens a stage. @param caDir  folder of the CA that the browser trusts */
export function openStage(hosts: Hosts, browser: UiBrowser, caDir: string): OpenStage {
  const owned: { stop(): Promise<void> }[] = []
  const troubles: string[] = []
  let network: Promise<UiNetwork> | undefined
  let app: AppHost | undefined
  const homes: string[] = []
  const own = <Thing extends { stop(): Promise<void> }>(thing: Thing): Thing => {
    owned.push(thing)
    return thing
  }
  const watch = (context: BrowserContext): void => {
    context.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text())
    })
    context.on('weberror', (error) => troubles.push(String(error.error())))
  }
  const context = async (): Promise<BrowserContext> => {
    const made = await browser.context({ viewport: { width: 420, height: 720 } })
    watch(made)
    return made
  }
  const newHome = async (): Promise<string> => {
    await app?.stop()
    app = undefined
    const home = await mkdtemp(join(tmpdir(), 'nodetrust-ui-'))
    homes.push(home)
    return home
  }
  return {
    hosts,
    browser,
    troubles,
    own,
    network: (init = {}) =>
      (network ??= startUiNetwork({ caDir, ...init }).then((started) => {
        owned.push(started)
        return started
      })),
    networkBeside: async (init = {}) => own(await startUiNetwork({ caDir, ...init })),
    app() {
      if (!app) throw new Error('there is no app: the spec that starts it has failed')
      return app
    },
    async startApp({ joined, env } = {}) {
      const home = await newHome()
      await prepareHome(home, joined)
      app = await hosts.start({ home, context, watch, ...(env ? { env } : {}) })
      return app
    },
    async pose(program) {
      if (!hosts.pose) throw new Error(`${hosts.kind} cannot show a posed program`)
      const home = await newHome()
      app = await hosts.pose(program(dirOf(home)), { home, context })
      return app
    },
    async end() {
      const failures: unknown[] = []
      await app?.stop().catch((error: unknown) => failures.push(error))
      for (const thing of owned.toReversed()) await thing.stop().catch((error: unknown) => failures.push(error))
      for (const home of homes) await rm(home, { recursive: true, force: true, maxRetries: 5 })
      if (failures.length > 0) throw new AggregateError(failures, 'a story did not end well')
    },
  }
}
