// Whether this Linux desktop shows tray icons, asked again whenever that may have changed: a panel that comes after us, or one that is
// started anew. Electron has no question for it, so the session's D-Bus is asked here, for what Electron itself wants to see: a
// StatusNotifierWatcher that has a host.
import { type Bus, METHOD_RETURN, openBus, SIGNAL } from './session-bus.ts'

const WATCHER = 'org.kde.StatusNotifierWatcher'
const WATCHER_PATH = '/StatusNotifierWatcher'
const BUS = 'org.freedesktop.DBus'

/** The signals after which the answer may be another. */
const RULES = [
  `type='signal',sender='${BUS}',interface='${BUS}',member='NameOwnerChanged',arg0='${WATCHER}'`,
  `type='signal',interface='${WATCHER}',path='${WATCHER_PATH}',member='StatusNotifierHostRegistered'`,
  `type='signal',interface='${WATCHER}',path='${WATCHER_PATH}',member='StatusNotifierHostUnregistered'`,
]

/** What the watch needs. */
export interface TrayHostWatchInit {
  /** As in DBUS_SESSION_BUS_ADDRESS. */
  readonly address: string | undefined
  /** The user's number, by which the bus knows us. */
  readonly uid: number
  /** Told the first answer, and each that differs from the one before; false where there is no bus as well. */
  readonly onChange: (shown: boolean) => void
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/** Watches the session's bus until the signal; whoever has no bus is told "no" and nothing more. */
export function watchTrayHost({ address, uid, onChange, signal }: TrayHostWatchInit): void {
  let told: boolean | undefined
  const tell = (shown: boolean) => {
    if (signal.aborted || shown === told) return
    told = shown
    onChange(shown)
  }
  let bus: Bus | undefined
  /** Serial of the question under way, and whether it is to be asked again after that. */
  let asked: number | undefined
  let stale = false

  const ask = () => {
    stale = asked !== undefined
    const words = [WATCHER, 'IsStatusNotifierHostRegistered']
    const to = { destination: WATCHER, path: WATCHER_PATH, interface: 'org.freedesktop.DBus.Properties' }
    asked ??= bus?.send({ ...to, member: 'Get', words })
  }
  openBus({
    ...{ address, uid, signal, onEnd: () => tell(false) },
    onGreeted(made) {
      bus = made
      for (const rule of RULES) made.sendToBus('AddMatch', [rule])
      ask()
    },
    onMessage({ kind, answers, body }) {
      if (kind === SIGNAL) return ask()
      if (asked === undefined || answers !== asked) return
      asked = undefined
      if (stale) return ask()
      tell(kind === METHOD_RETURN && isTrue(body))
    },
  })
}

/** A variant that holds "true": its signature, then a word of four bytes at the next multiple of four. */
function isTrue(body: Buffer): boolean {
  return body.length >= 8 && body.toString('latin1', 0, 3) === '\x01b\0' && body.readUInt32LE(4) === 1
}
