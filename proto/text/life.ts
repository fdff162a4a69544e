// What stands on Home, as a function of the state: a picture, a title, one sentence, and the one thing a person would do next.
// The window draws it; whoever says the same elsewhere can take the words from here.
import type { ApiErrorCode, Params, State, UnreachableReason } from '../api/index.ts'
import { failureKey, forgeFailure, refusedTitle } from './ways.ts'
import type { Words } from './index.ts'

/** The pictures of the house on its road. */
export type Scene = 'plain' | 'working' | 'good' | 'alert' | 'gate' | 'wait' | 'lock' | 'offline'

/** What the button does; `none` where nothing needs to be done. */
export type LifeAction =
  | { readonly do: 'none' }
  | { readonly do: 'get'; readonly label: string }
  | { readonly do: 'start'; readonly label: string }
  | { readonly do: 'cancel'; readonly label: string }
  | { readonly do: 'check'; readonly label: string }
  | { readonly do: 'test'; readonly label: string }
  | { readonly do: 'network'; readonly label: string }
  | { readonly do: 'unlock'; readonly label: string }
  | { readonly do: 'guide'; readonly label: string; readonly reason: UnreachableReason }
  | { readonly do: 'port'; readonly label: string; readonly port: number }

/** One state in words. */
export interface LifeWords {
  readonly scene: Scene
  readonly title: string
  readonly sentence: string
  readonly action: LifeAction
}

/** The slices that decide what is said. */
export type LifeState = Pick<State, 'app' | 'identity' | 'certificate' | 'settings'>

const NOTHING: LifeAction = { do: 'none' }

/**
 * Says the state in words.
 *
 * @param now  milliseconds since 1970, for days left
 */
export function lifeWords(state: LifeState, words: Words, now: number): LifeWords {
  const { text } = words
  const { app } = state
  // a node without its key does not run either, and what to do about that is said in words of its own
  const key = keyWords(state, words)
  if (key) return key
  if (app.phase === 'failed') {
    return {
      scene: 'alert',
      title: text('home.not-running.title'),
      sentence: explain(words, app.problem),
      action:
        app.problem?.code === 'port-taken'
          ? otherPort(state, words, app.problem.params)
          : { do: 'start', label: text('home.not-running.button') },
    }
  }
  if (app.phase === 'stopping' || app.phase === 'stopped') {
    return { scene: 'plain', title: text('home.stopped.title'), sentence: text('home.stopped.say'), action: NOTHING }
  }
  return certificateWords(state, words, now)
}

/** A failure's sentence. */
export function explain(
  words: Words,
  problem: { readonly code: ApiErrorCode; readonly params: Params } | null,
): string {
  const { text } = words
  const atForge = problem && forgeFailure(problem, words)
  return atForge ?? (problem ? text(failureKey(problem), problem.params) : text('error.failed'))
}

function keyWords({ identity, certificate }: LifeState, { text }: Words): LifeWords | undefined {
  const locked = identity.state === 'locked' || certificate.life.state === 'key-locked'
  const known = identity.state === 'passphrase-needed' ? 'passphrase' : identity.state
  const unlock: LifeAction = { do: 'unlock', label: text('home.key-locked.button') }
  if (known === 'passphrase' || known === 'missing' || known === 'unavailable') {
    return { scene: 'lock', title: text(`key.${known}.title`), sentence: text(`key.${known}.say`), action: unlock }
  }
  return locked
    ? { scene: 'lock', title: text('home.key-locked.title'), sentence: text('home.key-locked.say'), action: unlock }
    : undefined
}

function certificateWords(state: LifeState, words: Words, now: number): LifeWords {
  return LIVES[state.certificate.life.state](state, words, now)
}

type Say = (state: LifeState, words: Words, now: number) => LifeWords

/** When it is tried again; empty where nobody knows. */
const nextTry: (...given: Parameters<Say>) => string = ({ certificate }, { times }, now) =>
  certificate.life.nextTryAt === null ? '' : times.moment(certificate.life.nextTryAt, now)

const servingTitle = ({ certificate }: LifeState, { text }: Words): string =>
  text(certificate.current?.test === true ? 'home.serving.test-title' : 'home.serving.title')

const tryNow = ({ text }: Words): LifeAction => ({ do: 'get', label: text('home.try-now') })
const otherNetwork = ({ text }: Words): LifeAction => ({ do: 'network', label: text('home.other-network') })

const LIVES: Readonly<Record<State['certificate']['life']['state'], Say>> = {
  starting: (_, { text }) => ({
    scene: 'plain',
    title: text('home.starting.title'),
    sentence: text('home.starting.say'),
    action: NOTHING,
  }),
  'no-network': (_, { text }) => ({
    scene: 'plain',
    title: text('home.no-network.title'),
    sentence: text('home.no-network.say'),
    action: { do: 'network', label: text('home.no-network.button') },
  }),
  idle: ({ certificate: { current } }, { text }) => ({
    scene: 'plain',
    title: text('home.idle.title'),
    sentence: current?.otherZone == null ? text('home.idle.say') : text('home.idle.other', { zone: current.otherZone }),
    action: { do: 'get', label: text('home.idle.button') },
  }),
  working({ certificate }, { text }) {
    const steps = certificate.attempt?.steps ?? []
    const begun = steps.filter(({ status }) => status !== 'waiting').length
    return {
      scene: 'working',
      title: text('home.working.title'),
      sentence: text('home.working.say', { step: Math.max(1, begun), steps: Math.max(1, steps.length) }),
      action: { do: 'cancel', label: text('cancel') },
    }
  },
  serving: (state, words) => ({
    scene: 'good',
    title: servingTitle(state, words),
    sentence: words.text(state.certificate.current?.test === true ? 'home.serving.test-say' : 'home.serving.say'),
    action: { do: 'test', label: words.text('home.serving.button') },
  }),
  renewing: (state, words) => ({
    scene: 'good',
    title: servingTitle(state, words),
    sentence: words.text('home.renewing.say'),
    action: NOTHING,
  }),
  'renewal-failed'(state, words, now) {
    const left = words.times.span((state.certificate.current?.notAfter ?? now) - now)
    const next = nextTry(state, words, now)
    const key = next === '' ? 'home.renewal-failed.say' : 'home.renewal-failed.say-next'
    return {
      scene: 'good',
      title: servingTitle(state, words),
      sentence: words.text(key, { left, next }),
      action: tryNow(words),
    }
  },
  expired(state, words, now) {
    const next = nextTry(state, words, now)
    return {
      scene: 'alert',
      title: words.text('home.expired.title'),
      sentence: words.text(next === '' ? 'home.expired.say' : 'home.expired.say-next', { next }),
      action: tryNow(words),
    }
  },
  unreachable: unreachableWords,
  'rate-limited'({ certificate: { life } }, words, now) {
    const { text, times } = words
    return {
      scene: 'wait',
      title:
        life.nextTryAt === null
          ? text('home.rate-limited.title')
          : text('home.rate-limited.title-until', { day: times.day(life.nextTryAt, now) }),
      sentence: explain(words, life.problem ?? { code: 'ca-limit', params: {} }),
      action: otherNetwork(words),
    }
  },
  refused: ({ certificate: { life } }, words) => ({
    scene: 'alert',
    title: refusedTitle(life.problem, words),
    sentence: explain(words, life.problem ?? { code: 'refused', params: {} }),
    action: otherNetwork(words),
  }),
  offline: ({ certificate: { current, life } }, { text }) => ({
    scene: 'offline',
    ...(life.reason === 'offline'
      ? {
          title: text('home.offline.title'),
          sentence: text(current === null ? 'home.offline.say-none' : 'home.offline.say'),
        }
      : { title: text('home.silent-all.title'), sentence: text('home.silent-all.say') }),
    action: { do: 'check', label: text('home.check-now') },
  }),
  'key-locked': (_, { text }) => ({
    scene: 'lock',
    title: text('home.key-locked.title'),
    sentence: text('home.key-locked.say'),
    action: { do: 'unlock', label: text('home.key-locked.button') },
  }),
  failed: ({ certificate: { life } }, words) => ({
    ...(life.problem?.code === 'rehearsed'
      ? { scene: 'wait', title: words.text('home.rehearsed.title') }
      : { scene: 'alert', title: words.text('home.failed.title') }),
    sentence: explain(words, life.problem),
    action: OTHER_SERVER.has(life.problem?.code ?? 'failed') ? otherNetwork(words) : tryNow(words),
  }),
}

/** What no other try mends: somebody else stands there. */
const OTHER_SERVER: ReadonlySet<ApiErrorCode> = new Set<ApiErrorCode>(['server-other-key', 'other-zone'])

function unreachableWords(state: LifeState, words: Words): LifeWords {
  const { text } = words
  const { life } = state.certificate
  const reason = life.reason ?? 'no-public-address'
  const check: LifeAction = { do: 'check', label: text('home.check-now') }
  const guide: LifeAction = { do: 'guide', label: text('home.show-how'), reason }
  const params = life.problem?.params ?? {}
  const port = portOf(state, params)
  const action = (): LifeAction => {
    switch (reason) {
      case 'port-taken':
        return otherPort(state, words, params)
      case 'firewall':
      case 'router-refused':
      case 'no-router-control':
        return guide
      // only the broker can tell whether it gets in now
      case 'not-dialled':
        return tryNow(words)
      default:
        return check
    }
  }
  return {
    scene: 'gate',
    title: text('home.unreachable.title'),
    sentence:
      (reason === 'not-dialled' && life.problem ? forgeFailure(life.problem, words) : undefined) ??
      text(`unreachable.${reason}`, { ...params, port: String(port) }),
    action: action(),
  }
}

/** The port in question: that of browsers unless the failure names another. */
export function portOf({ settings }: Pick<State, 'settings'>, params: Params): number {
  const told = Number(params['port'])
  return Number.isInteger(told) && told > 0 ? told : settings.values.wssPort
}

function otherPort(state: LifeState, { text }: Words, params: Params): LifeAction {
  const told = Number(params['suggestion'])
  const { tcpPort, wssPort } = state.settings.values
  const after = [1, 2, 3].map((step) => portOf(state, params) + step).find((one) => one !== tcpPort && one !== wssPort)
  const port = Number.isInteger(told) && told > 0 ? told : (after ?? wssPort)
  return { do: 'port', label: text('home.use-port', { port: String(port) }), port }
}
