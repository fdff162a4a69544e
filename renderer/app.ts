// What every view can use. One object made at the start and handed down by a context; nothing here knows how a view looks.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { signal, useSignal, type ReadonlySignal, type Signal } from '@preact/signals'
import { METHODS, type Input, type LINKS, type MethodName, type Output, type Problem } from '../proto/api/index.ts'
import type { PageText, TextKey, Times, Words } from '../proto/text/index.ts'
import type { Values } from '../proto/text/format.ts'
import { createPresent } from './clock.ts'
import { problemOf, type Host } from './host/host.ts'
import type { Speech } from './language.ts'
import type { Later } from './later.ts'
import type { Slices, Store } from './store.ts'
import { readWay, type View } from './way.ts'

/** Everything a view needs. */
export interface App {
  readonly host: Host
  readonly store: Store
  readonly words: ReadonlySignal<Words>
  /** What the first words leave out; every page but Home waits for it, or for what the first question says. */
  readonly moreWords: Later<true>
  readonly askWords: Later<true>
  readonly t: PageText
  /** Times in the present language. */
  readonly times: () => Times
  readonly now: ReadonlySignal<number>
  readonly view: ReadonlySignal<View>
  /** An invitation that was followed and waits to be looked at. */
  readonly invitation: Signal<string>
  /** What was last said to people who listen. */
  readonly said: ReadonlySignal<string>
  go(view: View): void
  say(text: string): void
  /** Whether this page may make the call. */
  may(method: MethodName): boolean
  /** Copies text and says so. @returns whether it worked */
  copy(text: string): Promise<boolean>
}

/** Makes the object behind all views. */
export function createApp(host: Host, store: Store, { words, ask, more }: Speech, invitation: string): App {
  const view = signal(viewOf(location.hash))
  const said = signal('')
  const t: PageText = (key: TextKey, values?: Values) => words.value.text(key, values)
  const app: App = {
    host,
    store,
    words,
    moreWords: more,
    askWords: ask,
    t,
    times: () => words.value.times,
    now: createPresent(),
    view,
    invitation: signal(invitation),
    said,
    go(to) {
      if (viewOf(location.hash) === to) view.value = to
      else location.hash = to
    },
    say(text) {
      // the same words twice are two messages: a listener hears only changes
      said.value = said.value === text ? `${text}\u00a0` : text
    },
    may: (method) => METHODS[method].role === 'viewer' || store.role.value === 'owner',
    async copy(text) {
      const worked = await navigator.clipboard.writeText(text).then(
        () => true,
        () => false,
      )
      app.say(t(worked ? 'copied' : 'copy-failed'))
      return worked
    },
  }
  window.addEventListener('hashchange', () => {
    view.value = viewOf(location.hash)
  })
  return app
}

function viewOf(hash: string): View {
  const way = readWay(hash)
  return way.to === 'view' ? way.view : 'home'
}

export const AppContext = createContext<App | undefined>(undefined)

/** The object behind all views. */
export function useApp(): App {
  const app = useContext(AppContext)
  if (app === undefined) throw new Error('a view was drawn without the app')
  return app
}

/** The node's state; only below the frame, which waits for the first one. */
export function useSlices(): Slices {
  const slices = useApp().store.slices.value
  if (slices === undefined) throw new Error('a view was drawn before there was a state')
  return slices
}

/** One call with what a button needs to know of it. */
export interface Action<Name extends MethodName> {
  readonly allowed: boolean
  readonly busy: Signal<boolean>
  readonly problem: Signal<Problem | undefined>
  /** Makes the call unless one is under way. @returns undefined where it failed; `problem` says why */
  run(input: Input<Name>): Promise<Output<Name> | undefined>
}

/** A call that a view makes. */
export function useAction<Name extends MethodName>(name: Name): Action<Name> {
  const app = useApp()
  const busy = useSignal(false)
  const problem = useSignal<Problem | undefined>(undefined)
  return {
    allowed: app.may(name),
    busy,
    problem,
    async run(input) {
      if (busy.value) return undefined
      busy.value = true
      problem.value = undefined
      try {
        return await app.host.call(name, input)
      } catch (error) {
        problem.value = problemOf(error)
        return undefined
      } finally {
        busy.value = false
      }
    },
  }
}

/** Leads to a page outside: by its id in the desktop app, by its address in a browser. */
export type LinkName = keyof typeof LINKS
