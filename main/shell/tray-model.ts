// The tray as a pure function of the state: which icon, which words, which commands. Plain data, so that every state can be
// looked at on every platform and in every language without a desktop.
import type { LifeState, MethodName, State } from '../../proto/api/index.ts'
import type { View } from '../../proto/page-fragment.ts'
import type { ShellKey } from '../../proto/text/shell-en.ts'
import { expiryOf } from './expiry.ts'
import { DAY_MS, HOUR_MS, type Telling, untilText, whenText } from './moments.ts'

/** The five pictures. A filled house means that a valid certificate is being served. */
export type TrayIcon = 'idle' | 'working' | 'serving' | 'attention' | 'offline'

/** Colours for the bar: `black` is macOS's template, which the system colours itself. */
export type TrayVariant = 'black' | 'colour-on-light' | 'colour-on-dark' | 'colour-on-any'

/** What a command does. Calls go through the same door as the window's. */
export type TrayAction =
  | { readonly kind: 'call'; readonly method: MethodName; readonly input: Readonly<Record<string, string>> }
  | { readonly kind: 'open'; readonly view: View | undefined }
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'quit' }

export type TrayItem =
  | { readonly kind: 'words'; readonly id: string; readonly label: string }
  | { readonly kind: 'line'; readonly id: string }
  | { readonly kind: 'command'; readonly id: string; readonly label: string; readonly action: TrayAction }

/** The whole tray. */
export interface TrayModel {
  readonly icon: TrayIcon
  readonly variant: TrayVariant
  readonly tooltip: string
  readonly items: readonly TrayItem[]
}

/** What the tray depends on beside the state. */
export interface TraySurroundings extends Telling {
  readonly platform: NodeJS.Platform
  /** Whether the bar is light or dark, where the system tells. */
  readonly bar: 'light' | 'dark' | 'unknown'
  /** Whether the page can be opened in a browser. */
  readonly hasBridge: boolean
}

/** More would be a list to read. */
export const MAX_ITEMS = 10

/** The tray for a state. */
export function trayModel(state: State, around: TraySurroundings): TrayModel {
  const life = lifeOf(state)
  const title = titleOf(state, life, around)
  const detail = detailOf(state, life, around)
  const words: TrayItem[] = [
    { kind: 'words', id: 'state', label: escapeLabel(title) },
    ...(detail === undefined ? [] : [{ kind: 'words', id: 'detail', label: escapeLabel(detail) } as const]),
  ]
  const items: TrayItem[] = [
    ...words,
    { kind: 'line', id: 'line-1' },
    ...commandsOf(state, life, around),
    { kind: 'line', id: 'line-2' },
    command('settings', 'command.settings', { kind: 'open', view: 'settings' }, around),
    command('quit', quitKey(state, life, around.now), { kind: 'quit' }, around),
  ]
  return {
    icon: iconOf(state, life, around.now),
    variant: variantOf(around),
    tooltip: detail === undefined ? title : `${title}. ${detail}`,
    items: items.slice(0, MAX_ITEMS),
  }
}

/** A certificate's state, or that the node does not run at all. */
type TrayLife = LifeState | 'not-running'

function lifeOf(state: State): TrayLife {
  const { state: life } = state.certificate.life
  // a node without its key does not run either, and its person can do something about that
  return state.app.phase === 'failed' && life !== 'key-locked' ? 'not-running' : life
}

function titleOf(state: State, life: TrayLife, around: TraySurroundings): string {
  const { text, now } = around
  const { nextTryAt } = state.certificate.life
  if (life === 'rate-limited' && nextTryAt !== null && nextTryAt > now) {
    return text('state.rate-limited-until', { when: untilText(nextTryAt, around) })
  }
  if (life === 'refused' && state.network.choice?.issue === false) return text('state.refused-forge')
  if (isSilence(state)) return text('state.silent')
  const trusted = life === 'serving' || life === 'renewing' || life === 'renewal-failed'
  return trusted && state.certificate.current?.test === true ? text('state.serving-test') : text(`state.${life}`)
}

function detailOf(state: State, life: TrayLife, around: TraySurroundings): string | undefined {
  const { text, now } = around
  const { current, attempt } = state.certificate
  const { nextTryAt, reason } = state.certificate.life
  const nextTry = (key: 'detail.next-try' | 'detail.looks-again') =>
    nextTryAt === null ? undefined : text(key, { when: whenText(nextTryAt, around) })
  switch (life) {
    case 'starting':
    case 'no-network':
    case 'idle':
      return undefined
    case 'working': {
      const count = attempt?.steps.length ?? 0
      const index = attempt?.steps.findIndex(({ status }) => status === 'now') ?? -1
      return index < 0 ? undefined : text('detail.step', { step: index + 1, count })
    }
    case 'serving':
      return current?.renewAt == null ? undefined : renewsText(current.renewAt, around)
    case 'renewing':
      return text('detail.renewing')
    case 'renewal-failed': {
      if (current === null) return nextTry('detail.next-try')
      const left = leftText(current.notAfter, around)
      return nextTryAt === null ? left : text('detail.left-and-try', { left, when: whenText(nextTryAt, around) })
    }
    case 'expired':
    case 'failed':
      return nextTry('detail.next-try')
    case 'unreachable':
      return nextTry('detail.looks-again') ?? (reason === null ? undefined : text(`reason.${reason}`))
    case 'rate-limited':
      return nextTryAt !== null && nextTryAt <= now ? nextTry('detail.next-try') : text('detail.nothing-to-do')
  }
  // whoever belongs to no network was invited by nobody
  if (life === 'refused' && state.network.choice?.issue === false) return text('detail.not-running')
  return text(isSilence(state) ? 'detail.silent' : `detail.${life}`)
}

/** Nobody answers, and whether that is the internet or they, nobody can tell from here. */
const isSilence = ({ certificate: { life } }: State): boolean => life.state === 'offline' && life.reason === null

/** Days from two on, hours below: "in about 0 days" says nothing. */
function renewsText(at: number, { text, now }: TraySurroundings): string {
  const wait = Math.max(0, at - now)
  if (wait >= 2 * DAY_MS) return text('detail.renews-days', { count: Math.round(wait / DAY_MS) })
  return text('detail.renews-hours', { count: Math.max(1, Math.round(wait / HOUR_MS)) })
}

/** Rounded down: a day that is not whole is none. */
function leftText(notAfter: number, { text, now }: TraySurroundings): string {
  const left = Math.max(0, notAfter - now)
  if (left >= 2 * DAY_MS) return text('detail.left-days', { count: Math.floor(left / DAY_MS) })
  return text('detail.left-hours', { count: Math.floor(left / HOUR_MS) })
}

/** What one would do next comes first; "Open" is always there. */
function commandsOf(state: State, life: TrayLife, around: TraySurroundings): TrayItem[] {
  const item = (id: string, key: ShellKey, action: TrayAction) => command(id, key, action, around)
  const open = item('open', 'command.open', { kind: 'open', view: undefined })
  const tryNow = item('try', 'command.try', { kind: 'call', method: 'certificate.get', input: {} })
  const otherNetwork = item('network', 'command.other-network', { kind: 'open', view: 'network' })
  const browser = around.hasBridge
    ? [item('browser', 'command.browser', { kind: 'call', method: 'bridge.open', input: {} })]
    : []
  switch (life) {
    case 'no-network':
      return [item('network', 'command.choose-network', { kind: 'open', view: 'network' }), open, ...browser]
    case 'idle':
      return [item('get', 'command.get', { kind: 'call', method: 'certificate.get', input: {} }), open, ...browser]
    case 'working':
      return [
        open,
        ...browser,
        item('cancel', 'command.cancel', { kind: 'call', method: 'certificate.cancel', input: {} }),
      ]
    case 'serving':
    case 'renewing':
      return [open, ...addressCommands(state, around), ...browser]
    case 'renewal-failed':
    case 'expired':
    case 'failed':
      return [tryNow, open, ...browser]
    case 'unreachable':
      return [
        item('what', 'command.what', { kind: 'open', view: 'reachability' }),
        // whether a broker gets in now, only it can tell
        state.certificate.life.reason === 'not-dialled'
          ? tryNow
          : item('check', 'command.check', { kind: 'call', method: 'reachability.check', input: {} }),
        open,
        ...browser,
      ]
    case 'rate-limited':
    case 'refused':
      return [otherNetwork, open, ...browser]
    case 'key-locked':
      return [item('unlock', 'command.unlock', unlockAction(state)), open, ...browser]
  }
  return [open, ...browser]
}

/** A keychain asks for itself; a passphrase is typed in the window. */
function unlockAction(state: State): TrayAction {
  if (state.identity.state !== 'locked') return { kind: 'open', view: undefined }
  return { kind: 'call', method: 'identity.unlock', input: {} }
}

function addressCommands({ addresses, network }: State, around: TraySurroundings): TrayItem[] {
  const { host, testUrl, list } = addresses
  // no browser finds the names of a practice network: there the window shows the visit
  const practising = network.choice?.kind === 'sandbox'
  const test: TrayAction = practising
    ? { kind: 'open', view: 'practice' }
    : { kind: 'call', method: 'link.open', input: { id: 'test-page' } }
  const web = list.find(({ kind, certified }) => kind === 'web' && certified)?.address ?? host
  return [
    ...(web === null ? [] : [command('copy', 'command.copy', { kind: 'copy', text: web }, around)]),
    ...(testUrl === null ? [] : [command('test', practising ? 'command.try-it' : 'command.test', test, around)]),
  ]
}

function command(id: string, key: ShellKey, action: TrayAction, { text }: Telling): TrayItem {
  return { kind: 'command', id, label: escapeLabel(text(key)), action }
}

/** Leaving says what stops. */
function quitKey({ certificate }: State, life: TrayLife, now: number): ShellKey {
  const valid = certificate.current !== null && expiryOf(certificate.current, now) !== 'over'
  if (life === 'working') return 'command.quit-working'
  return valid && life !== 'not-running' ? 'command.quit-serving' : 'command.quit'
}

const ICONS: Readonly<Record<TrayLife, TrayIcon>> = {
  starting: 'idle',
  'no-network': 'idle',
  idle: 'idle',
  working: 'working',
  serving: 'serving',
  renewing: 'serving',
  'renewal-failed': 'attention',
  offline: 'offline',
  expired: 'attention',
  unreachable: 'attention',
  'rate-limited': 'attention',
  refused: 'attention',
  'key-locked': 'attention',
  failed: 'attention',
  'not-running': 'attention',
}

function iconOf({ certificate: { current } }: State, life: TrayLife, now: number): TrayIcon {
  // weeks are left for the next try: nobody needs to look before it is known to go wrong
  const calm = life === 'renewal-failed' && current !== null && ['far', 'failing'].includes(expiryOf(current, now))
  return calm ? 'serving' : ICONS[life]
}

function variantOf({ platform, bar }: TraySurroundings): TrayVariant {
  if (platform === 'darwin') return 'black'
  return bar === 'unknown' ? 'colour-on-any' : `colour-on-${bar}`
}

/** In a menu, `&` marks the key of a command; two of them are one. */
function escapeLabel(label: string): string {
  return label.replaceAll('&', '&&')
}

/** How many pictures the working house has, and which one it shows where nothing may move. */
export const WORKING_FRAMES = 3

/** Name of the icon's file below `assets/icons/tray`; @param options.frame 1 to 3, for the working house alone */
export function trayIconFile(
  { icon, variant }: Pick<TrayModel, 'icon' | 'variant'>,
  { frame = WORKING_FRAMES }: { readonly frame?: number } = {},
): string {
  return icon === 'working' ? `working-${frame}-${variant}.png` : `${icon}-${variant}.png`
}
