// The shell around the node: follows the state and keeps tray, window, messages, menu, colours and the login item as it says;
// passes on what the operating system tells. It holds no rule of its own, those are in the files beside it.
import { join } from 'node:path'
import { rm } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { IPC_PUSH, type State } from '../../proto/api/index.ts'
import type { View } from '../../proto/page-fragment.ts'
import { localeOf, type ShellLanguage, shellLanguage, type ShellText, shellText } from '../../proto/text/shell.ts'
import type { Clock } from '../../core/clock.ts'
import { writeFileAtomic } from '../../core/files.ts'
import type { Log } from '../../core/log.ts'
import type { Dispatch } from '../api/dispatch.ts'
import type { Trigger } from '../certificates/schedule.ts'
import { appMenu } from './app-menu.ts'
import { type DeepLink, deepLinkOf, parseDeepLink, startsHidden } from './deep-link.ts'
import { createIpcRouter } from './ipc-router.ts'
import { loginItem, programPath } from './login-item.ts'
import { decideNote, lastingKeys, NO_MEMORY, type Note, type NoteMemory } from './notification-policy.ts'
import type { Desktop, DesktopEvents, StateSource } from './ports.ts'
import type { ShellMemory } from './shell-memory.ts'
import { createTray, type Tray } from './tray.ts'
import { followTrayHost, type TrayHostInit } from './tray-host.ts'
import { type TrayAction, trayModel, type TrayModel } from './tray-model.ts'
import { createWindowKeeper } from './window-keeper.ts'
import { NO_ZOOM } from './window-zoom.ts'

/** How the app was started. */
export interface StartFacts {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly execPath: string
  readonly home: string
}

/** What the shell needs. */
export interface ShellInit {
  readonly desktop: Desktop
  readonly dispatch: Dispatch
  readonly state: StateSource
  readonly trigger: (reason: Trigger) => void
  readonly memory: ShellMemory
  readonly start: StartFacts
  /** Folder of the icons, and the preload bundle. */
  readonly icons: string
  readonly preload: string
  /** Whether the page can be opened in a browser. */
  readonly hasBridge: boolean
  /** Tells whether somebody shows tray icons here, and when that changes. */
  readonly watchTrayHost: TrayHostInit['watch']
  /** Whether a message can be shown without waiting for whoever shows it. @default always */
  readonly answersMessages?: ((signal: AbortSignal) => Promise<boolean>) | undefined
  /** Whether the window has to say that there is no tray. */
  readonly onTray: (shown: boolean) => void
  readonly timeZone: () => string
  readonly onQuit: () => void
  readonly clock: Clock
  readonly log: Log
}

/** The shell. */
export interface Shell {
  readonly events: DesktopEvents
  readonly text: () => ShellText
  /** What the tray shows. */
  trayModel(): TrayModel | undefined
  /** As if a person clicked on an item. */
  clickTray(id: string): void
  /** Settles when what it remembers is written. */
  stop(): Promise<void>
}

/** Words such as "in about 41 days" and "at 14:30" grow old slowly. */
const LOOK_MS = 60_000
/** A page that opens bad links again and again is told once a minute. */
const BAD_LINK_PAUSE_MS = 60_000

/** Where each message leads. */
const NOTE_VIEWS: Readonly<Record<Note['kind'], View>> = {
  first: 'home',
  'first-test': 'home',
  'renewal-failing': 'certificate',
  'expiry-near': 'certificate',
  expired: 'certificate',
  'key-locked': 'home',
}

/** Starts the shell: tray, and the window unless it is to stay hidden. */
export function startShell(init: ShellInit): Shell {
  const { desktop, dispatch, state, memory, clock, log, start } = init
  const ended = new AbortController()
  let before: State | undefined
  let notes: NoteMemory = { ...NO_MEMORY, keys: memory.values.told }
  let badLinkAt = -Infinity
  let language: ShellLanguage | undefined
  let say = shellText('en')
  let applied: { theme?: State['settings']['values']['theme']; login?: boolean } = {}

  const failed = (what: string) => (error: unknown) => log.warn({ error: String(error) }, what)
  const now = (): State => state.snapshot().state

  const keeper = createWindowKeeper({
    ...{ desktop, clock, log, preload: init.preload, icons: init.icons },
    text: () => say,
    trayShown: () => tray.shown() !== undefined && traySeen(),
    closeQuits: () => memory.values.close === 'quit',
    onCloseQuits: () => void memory.remember({ close: 'quit' }),
    place: () => memory.values.place,
    zoom: () => memory.values.zoom ?? NO_ZOOM,
    onZoom: (zoom) => void memory.remember({ zoom }),
    onPlace(place) {
      if (!isDeepStrictEqual(place, memory.values.place)) void memory.remember({ place })
    },
    onSessionEnd: init.onQuit,
  })

  const act = (action: TrayAction): void => {
    switch (action.kind) {
      case 'open':
        return keeper.open(action.view && { view: action.view })
      case 'copy':
        return void desktop.copy(action.text).catch(failed('an address could not be copied'))
      case 'quit':
        return desktop.quit()
      case 'call':
        return void call(action).catch(failed('a command of the tray failed'))
    }
  }
  /** What cannot be done from the tray is explained in the window. */
  const call = async ({ method, input }: Extract<TrayAction, { kind: 'call' }>) => {
    const answer = await dispatch(method, input, { kind: 'tray', role: 'owner' })
    if (!answer.ok) keeper.open()
  }

  const tray: Tray = createTray({
    ...{ clock, icons: join(init.icons, 'tray'), onAction: act, motion: () => desktop.look().motion },
    open: (file, template) =>
      desktop.openTray(file, template, () => {
        // macOS opens the menu by a click
        if (desktop.platform !== 'darwin') keeper.open()
      }),
  })

  const show = (note: Parameters<Desktop['note']>[0], onClick: () => void): void => {
    if (!init.answersMessages) return desktop.note(note, onClick)
    init.answersMessages(ended.signal).then((answers) => {
      if (ended.signal.aborted) return
      if (answers) desktop.note(note, onClick)
      else log.info({ message: note.id }, 'a message was not shown: nobody answers who shows messages here')
    }, failed('a message could not be shown'))
  }

  const follow = (link: DeepLink): void => {
    if (link.kind === 'join') return keeper.open({ invitation: link.invitation })
    log.warn({ why: link.why }, 'a link was not followed')
    const at = clock.now()
    if (Math.abs(at - badLinkAt) < BAD_LINK_PAUSE_MS) return
    badLinkAt = at
    const note = { id: 'bad-link', title: say('note.bad-link.title'), body: say('note.bad-link.body'), urgent: false }
    show(note, () => keeper.open({ view: 'network' }))
  }

  const tell = (note: Note) => {
    const title = say(`note.${note.kind}.title`)
    const body = say(`note.${note.kind}.body`, { count: note.days })
    show({ id: note.kind, title, body, urgent: note.severity === 'attention' }, () =>
      keeper.open({ view: NOTE_VIEWS[note.kind] }),
    )
  }

  const decideNotes = (after: State) => {
    const decision = decideNote({ before, after, memory: notes, now: clock.now(), visible: keeper.isVisible() })
    const keys = lastingKeys(decision.memory)
    if (keys.join() !== lastingKeys(notes).join()) void memory.remember({ told: keys })
    notes = decision.memory
    before = after
    if (decision.note) tell(decision.note)
  }

  const applyLogin = async (wanted: boolean) => {
    const { platform, packaged } = desktop
    // an app that is not packaged would start without its folder, or take the packaged one's place
    if (!packaged) return
    const program = programPath(start.execPath, start.env)
    const item = loginItem({ platform, wanted, program, args: [], env: start.env, home: start.home })
    if (item.kind === 'system') desktop.setLoginItem(item)
    else if (item.content === undefined) await rm(item.path, { force: true })
    else await writeFileAtomic(item.path, item.content, 0o644)
  }

  const look = () => {
    if (ended.signal.aborted) return
    const after = now()
    const { values } = after.settings
    const speaks = shellLanguage(values.language, desktop.languages())
    if (speaks !== language) {
      language = speaks
      say = shellText(speaks)
      desktop.setMenu(appMenu(desktop.platform, say))
    }
    if (values.theme !== applied.theme) desktop.setTheme(values.theme)
    if (values.startAtLogin !== applied.login) {
      void applyLogin(values.startAtLogin).catch(failed('starting at login could not be changed'))
    }
    applied = { theme: values.theme, login: values.startAtLogin }
    tray.show(
      trayModel(after, {
        ...{ text: say, locale: localeOf(speaks), timeZone: init.timeZone(), now: clock.now() },
        ...{ platform: desktop.platform, bar: desktop.look().bar, hasBridge: init.hasBridge },
      }),
    )
    decideNotes(after)
  }
  const lookNowAndThen = async () => {
    while (!ended.signal.aborted) {
      look()
      await clock.sleep(LOOK_MS, ended.signal).catch(() => undefined)
    }
  }

  const endPushes = state.subscribe((push) => {
    keeper.send(IPC_PUSH, push)
    look()
  })
  const answer = createIpcRouter({ dispatch, isMainFrame: (frame) => keeper.isMainFrame(frame), log })
  desktop.onCall((channel, event, payload) => {
    keeper.heard()
    return answer(channel, event, payload)
  })
  void lookNowAndThen()

  const hidden = startsHidden(start.argv, now().settings.values.startMinimised) || desktop.startedAtLogin()
  const link = deepLinkOf(start.argv)
  if (link) follow(link)
  // the window also says why the node cannot run, so a first start always has one
  if (link?.kind !== 'join' && (!hidden || now().app.firstRun)) keeper.open()
  const traySeen = followTrayHost({
    ...{ platform: desktop.platform, watch: init.watchTrayHost, clock, signal: ended.signal },
    ...{ onPanel: () => tray.reopen(), onShown: init.onTray, onUnseen: () => keeper.openMinimised() },
  })

  return {
    text: () => say,
    trayModel: () => tray.shown(),
    clickTray: (id) => tray.click(id),
    events: {
      onSecondStart(argv) {
        const second = deepLinkOf(argv)
        if (second) follow(second)
        if (second?.kind !== 'join' && !startsHidden(argv, false)) keeper.open()
      },
      onLink: (url) => follow(parseDeepLink(url)),
      onActivate: () => keeper.open(),
      onQuit: init.onQuit,
      // timers stand still while the machine sleeps; what was due is due now
      onSuspend: () => log.debug({}, 'the machine goes to sleep'),
      onResume() {
        init.trigger('resume')
        look()
      },
      onMenu: (id) => (id === 'quit' ? desktop.quit() : keeper.open({ view: 'settings' })),
      onLook: look,
    },
    stop() {
      ended.abort()
      endPushes()
      keeper.stop()
      tray.stop()
      return memory.written()
    },
  }
}
