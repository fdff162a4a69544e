// Ends the timers that js-libp2p leaves behind when it is stopped: they keep a process for two more seconds. This reaches
// into the library, so it is harmless where a later version has other insides: stopping is only slower then.
// Faults of libraries that this is a way around (docs/upstream.md): stop-timers.
import type { Startable } from '@libp2p/interface'
import type { AddressManager } from '@libp2p/interface-internal'

/** The parts of a host that have timers of their own, by the names the library gives them. */
export interface TimerOwners {
  readonly addressManager: AddressManager
  /** Absent where the host was made without. */
  readonly identifyPush?: unknown
  readonly pubsub?: unknown
}

/**
 * A service that ends timers once everything else has stopped. The last `transport:close` makes the address manager wait a
 * second to write down that there are no addresses, which makes identify push wait another one to tell nobody.
 */
export function quickStop(components: TimerOwners): Startable {
  let heartbeat: unknown
  return {
    start: () => undefined,
    beforeStop() {
      // gossipsub forgets its timer while it stops, so it is looked up before
      heartbeat = inside(inside(part(components, 'pubsub'), 'status'), 'heartbeatTimeout')
    },
    stop: () => undefined,
    afterStop() {
      stopDebounced(components.addressManager, '_updatePeerStoreAddresses')
      stopDebounced(part(components, 'identifyPush'), '_push')
      if (isTimeout(heartbeat)) clearTimeout(heartbeat)
    },
  }
}

/** The components throw for a service that is not there. */
function part(components: TimerOwners, name: 'identifyPush' | 'pubsub'): unknown {
  try {
    return components[name]
  } catch {
    return undefined
  }
}

function inside(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined
}

/** A function made by `debounce` of @libp2p/utils has a `stop`. */
function stopDebounced(owner: unknown, name: string): void {
  const debounced = inside(owner, name)
  const stop: unknown = typeof debounced === 'function' ? Reflect.get(debounced, 'stop') : undefined
  if (typeof stop === 'function') stop.call(debounced)
}

function isTimeout(value: unknown): value is NodeJS.Timeout {
  return typeof inside(value, 'refresh') === 'function'
}
