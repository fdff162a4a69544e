// Whether the program that shows messages on a Linux desktop answers. Electron waits for it within the app's one thread, so that one that
// hangs would stop the node for more than a minute with each message: it is asked here first, without waiting.
import type { Clock } from '../../core/clock.ts'
import { canBeAsked, METHOD_RETURN, openBus } from './session-bus.ts'

const SERVICE = 'org.freedesktop.Notifications'

/** What is needed to ask. */
export interface MessageServiceInit {
  /** As in DBUS_SESSION_BUS_ADDRESS. */
  readonly address: string | undefined
  /** The user's number, by which the bus knows us. */
  readonly uid: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** How long it may take, milliseconds. @default PATIENCE_MS */
  readonly patienceMs?: number
}

/** It may have to be started first, and a message is no less true then. */
const PATIENCE_MS = 5_000

/** Asks it (Desktop Notifications Specification 1.2). Where the bus is none that can be asked, nobody knows better than Electron. */
export async function answersMessages(init: MessageServiceInit): Promise<boolean> {
  const { address, uid, clock, signal, patienceMs = PATIENCE_MS } = init
  if (!canBeAsked(address)) return true
  const done = new AbortController()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let asked: number | undefined
  openBus({
    ...{ address, uid, signal: AbortSignal.any([signal, done.signal]), onEnd: () => resolve(false) },
    onGreeted(bus) {
      const to = { destination: SERVICE, path: `/${SERVICE.replaceAll('.', '/')}`, interface: SERVICE }
      asked = bus.send({ ...to, member: 'GetServerInformation', words: [], starts: true })
    },
    onMessage({ kind, answers }) {
      if (asked !== undefined && answers === asked) resolve(kind === METHOD_RETURN)
    },
  })
  clock.sleep(patienceMs, AbortSignal.any([signal, done.signal])).then(
    () => resolve(false),
    () => resolve(false),
  )
  try {
    return await promise
  } finally {
    done.abort()
  }
}
