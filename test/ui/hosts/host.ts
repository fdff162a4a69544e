// What every spec is written against: a person's view of the app, whatever shows it. A host that has no tray or no second start
// says so by leaving the part out, and the specs that need it are listed with the reason in `suite.ts`.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Owner } from '../../support/keyring.ts'
import { freePortSettings } from '../../support/program.ts'
import type { BrowserContext, Page } from 'playwright-core'
import type { State } from '../../../proto/api/index.ts'
import type { Program } from '../../../main/program/program.ts'

export type HostKind = 'bridge' | 'electron-stand-in' | 'electron'

/** What only a desktop has. */
export interface Tray {
  /** Labels by the ids of their items. */
  labels(): Readonly<Record<string, string>>
  click(id: string): void
  notifications(): readonly { readonly title: string; readonly body: string }[]
  suspend(): void
  resume(): void
}

/** The app under test. */
export interface AppHost {
  readonly kind: HostKind
  /** The window; another one after `restart` and `reopenWindow`. */
  page(): Page
  /** The data folder. */
  readonly dir: string
  /** What the node says of itself, by a way of its own. */
  state(): Promise<State>
  /** The same state in a second page. */
  secondPage(): Promise<Page>
  /** Closes the window as a person does. */
  closeWindow(): Promise<void>
  /** Opens it again. */
  reopenWindow(): Promise<Page>
  /** Ends the node without a word, and waits until it has ended. */
  readonly kill?: () => Promise<void>
  /** Starts it again in the same folder and leaves the page to itself. */
  readonly startAgain?: () => Promise<void>
  /** Starts it again in the same folder and shows it. */
  restart(): Promise<Page>
  /** Follows a link of our scheme, as the system would. */
  follow(link: string): Promise<void>
  /** The code that stands outside the page, where a question is asked by one. */
  confirm(): Promise<string | undefined>
  /** Answers the question that the system shows, once it does. */
  readonly answer?: (to: 'yes' | 'no') => Promise<void>
  /** What was copied last, as other programs get it. */
  copied(): Promise<string>
  /** The page's process dies; `page` is the window after that. */
  readonly crash?: () => Promise<void>
  /** Ends it as a person would. @returns the exit code */
  quit(): Promise<number | null>
  stop(): Promise<void>
  /** Puts a text into the clipboard, as another program does; where the app may look into it without a press. */
  readonly copy?: (text: string) => Promise<void>
  readonly tray?: Tray
}

/** Starts apps of one kind. */
export interface Hosts {
  readonly kind: HostKind
  /** Whose processes the apps are, where not the test's own. */
  readonly owner?: Owner
  start(init: HostInit): Promise<AppHost>
  /** The real page, API and way between them on a program whose facts are set. */
  pose?(program: Program, init: PoseInit): Promise<AppHost>
  stop(): Promise<void>
}

/** How an app is started. */
export interface HostInit {
  readonly home: string
  readonly context: () => Promise<BrowserContext>
  /** Notes what the pages of a context complain about; `context` does it by itself. */
  readonly watch?: (context: BrowserContext) => void
  /** Further variables of its environment. */
  readonly env?: Readonly<Record<string, string>>
}

export type PoseInit = Pick<HostInit, 'home' | 'context'>

/** Nobody on the internet is asked by a test; a spec names a network of its own. */
export const NO_PUBLIC_NETWORK = { NODETRUST_NETWORK__PUBLIC: 'none' } as const

/** The data folder below a home. */
export const dirOf = (home: string): string => join(home, 'nodetrust')

/** Ports of its own, and perhaps a network that was joined before. */
export async function prepareHome(home: string, invitation?: string): Promise<void> {
  const dir = dirOf(home)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const values = { ...(await freePortSettings()), mapPorts: false, checkForUpdates: false }
  const network = invitation === undefined ? null : { kind: 'joined', invitation }
  const stored = { version: 1, values, network, wanted: false, peers: [], backupAt: null }
  await writeFile(join(dir, 'settings.json'), JSON.stringify(stored), { mode: 0o600 })
}
