// Gets our ports through the router and keeps them: PCP first, then NAT-PMP, then UPnP, whichever answers, and from then on
// that one. Asking again for a port one has is harmless in all three, so keeping is the same as getting.
import { randomBytes } from 'node:crypto'
import { defaultGateway, type Gateway } from './gateway.ts'
import { RouterRefusedError } from './mapping-error.ts'
import { askNatPmp, mapByNatPmp, mapByPcp, type GrantedPort, type PortWish } from './port-control.ts'
import { externalIpByUpnp, findUpnpRouter, mapByUpnp, unmapByUpnp, type UpnpRouter } from './upnp.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Log } from '../../../core/log.ts'
import type { Mapping, MappingProtocol } from '../verdict.ts'

/** What the router said. */
export interface RouterAnswer {
  readonly outcome: 'mapped' | 'refused' | 'none'
  readonly gateway: string | undefined
  readonly externalIp: string | undefined
  /** It answers, and has no address outside that it would tell: it is not the one that stands at the internet. */
  readonly withoutOutside: boolean
  readonly mappings: readonly Mapping[]
}

/** Where no router is known, or it says nothing in time. */
export const NO_ROUTER: RouterAnswer = {
  ...{ outcome: 'none', gateway: undefined, externalIp: undefined, withoutOutside: false, mappings: [] },
}

/** Keeps ports open. */
export interface PortMapper {
  /**
   * Gets or renews TCP ports; ports of earlier calls that are no longer wanted are given back. One call at a time.
   *
   * @returns what came of it; never rejects but with the signal's reason
   */
  ensure(ports: readonly number[], signal: AbortSignal): Promise<RouterAnswer>
  /** Gives all back; never rejects. */
  release(signal: AbortSignal): Promise<void>
}

/** What it needs. */
export interface PortMapperInit {
  readonly clock: Clock
  readonly log: Log
  /** @default defaultGateway */
  readonly gateway?: () => Promise<Gateway | undefined>
}

/**
 * How long a router keeps a port without hearing of us. The shortest that UPnP routers take without complaint; it is asked
 * for again long before (KEEP_MS).
 */
const LIFETIME_S = 3_600

/**
 * How often the router is asked for the ports again: far below half of what it grants, because a router that was switched
 * off and on has forgotten us, and says so to nobody.
 */
export const KEEP_MS = 10 * 60_000

/** A router that grants less than half a minute is asked no more often. */
const MIN_KEEP_MS = 15_000

/** How long until the ports have to be asked for again, milliseconds: half of what the shortest of them has left, if that is sooner. */
export function keepAfterMs(mappings: readonly Pick<Mapping, 'expires'>[], nowMs: number): number {
  const left = mappings.flatMap(({ expires }) => (expires === undefined ? [] : [(expires - nowMs) / 2]))
  return Math.max(MIN_KEEP_MS, Math.min(KEEP_MS, ...left))
}

/** What is known of a port: enough to renew it and to give it back. */
interface Held extends Mapping {
  readonly gateway: Gateway
  readonly upnp: UpnpRouter | undefined
}

/** Makes it; nothing is asked before `ensure`. */
export function createPortMapper(init: PortMapperInit): PortMapper {
  const { clock, log } = init
  const findGateway = init.gateway ?? defaultGateway
  const held = new Map<number, Held>()
  /** Proves to a PCP router that a mapping is ours; the same for all of one run. */
  const nonce = randomBytes(12)
  /** What it answered last; tried first. */
  let liked: MappingProtocol | undefined

  const grant = async (questions: Questions, internal: number): Promise<Granted> => {
    const { gateway, signal } = questions
    const before = held.get(internal)
    const wish = { internal, external: before?.external ?? internal, lifetimeS: LIFETIME_S }
    const ways: Record<MappingProtocol, () => Promise<Granted>> = {
      pcp: async () => ({ protocol: 'pcp', ...(await mapByPcp(gateway, wish, nonce, { signal })) }),
      'nat-pmp': async () => {
        const externalIp = await questions.natPmp()
        return { protocol: 'nat-pmp', externalIp, ...(await mapByNatPmp(gateway, wish, { signal })) }
      },
      upnp: async () => {
        const upnp = await questions.upnp()
        const port = await mapByUpnp(upnp, gateway, wish, signal)
        const externalIp = await externalIpByUpnp(upnp, signal).catch(() => undefined)
        return { protocol: 'upnp', ...port, externalIp, upnp }
      },
    }
    const errors: unknown[] = []
    for (const protocol of inOrder(before?.protocol ?? liked)) {
      try {
        const granted = await ways[protocol]()
        liked = protocol
        return granted
      } catch (error) {
        signal.throwIfAborted()
        errors.push(error)
      }
    }
    log.info({ internal, answers: errors.map(String) }, 'the router opened no port')
    throw errors.find((error) => error instanceof RouterRefusedError) ?? errors[0]
  }

  const giveBack = async (port: Held, signal: AbortSignal): Promise<void> => {
    const { protocol, gateway, internal, external, upnp } = port
    const wish: PortWish = { internal, external, lifetimeS: 0 }
    held.delete(internal)
    try {
      if (protocol === 'pcp') await mapByPcp(gateway, wish, nonce, { signal })
      else if (protocol === 'nat-pmp') await mapByNatPmp(gateway, wish, { signal })
      else await unmapByUpnp(upnp ?? (await findUpnpRouter(gateway, signal)), external, signal)
    } catch (error) {
      log.info({ external, reason: String(error) }, 'a port could not be given back to the router; it goes by itself')
    }
  }

  return {
    async ensure(ports, signal) {
      const gateway = await findGateway()
      signal.throwIfAborted()
      if (!gateway) return NO_ROUTER
      for (const port of held.values()) {
        // a port of a router that we no longer stand behind is not ours to give back
        if (!sameGateway(port.gateway, gateway)) held.delete(port.internal)
        else if (!ports.includes(port.internal)) await giveBack(port, signal)
      }
      const questions = startQuestions(gateway, signal)
      let externalIp: string | undefined
      let withoutOutside = false
      const granted: number[] = []
      let outcome: RouterAnswer['outcome'] = ports.length > 0 ? 'mapped' : 'none'
      for (const internal of ports) {
        try {
          const { protocol, external, lifetimeS, externalIp: told, upnp } = await grant(questions, internal)
          const expires = lifetimeS === 0 ? undefined : clock.now() + lifetimeS * 1_000
          held.set(internal, { protocol, internal, external, expires, gateway, upnp })
          granted.push(internal)
          externalIp ??= told
        } catch (error) {
          signal.throwIfAborted()
          outcome = error instanceof RouterRefusedError ? 'refused' : 'none'
          // what one port is refused for, the next one will be; its address outside says more
          if (outcome === 'refused' && externalIp === undefined) {
            externalIp = await askExternalIp(questions)
            withoutOutside = externalIp === undefined
          }
          break
        }
      }
      // one that was not renewed this time may still be there: it is asked for again, and given back at the end
      const mappings = [...held.values()]
        .filter(({ internal }) => granted.includes(internal))
        .map(({ protocol, external, internal, expires }) => ({ protocol, external, internal, expires }))
      return { outcome, gateway: gateway.address, externalIp, withoutOutside, mappings }
    },
    async release(signal) {
      await Promise.all([...held.values()].map((port) => giveBack(port, signal)))
    },
  }
}

interface Granted extends GrantedPort {
  readonly protocol: MappingProtocol
  readonly upnp?: UpnpRouter
}

/** What is asked while PCP has its turn, because a silent router takes a second or two to be known as one. */
interface Questions {
  readonly gateway: Gateway
  readonly signal: AbortSignal
  readonly natPmp: () => Promise<string | undefined>
  readonly upnp: () => Promise<UpnpRouter>
}

function startQuestions(gateway: Gateway, signal: AbortSignal): Questions {
  const natPmp = askNatPmp(gateway, { signal })
  const upnp = findUpnpRouter(gateway, signal)
  // they may fail before somebody waits for them, or unheard
  for (const question of [natPmp, upnp]) question.catch(() => undefined)
  return { gateway, signal, natPmp: () => natPmp, upnp: () => upnp }
}

function inOrder(first: MappingProtocol | undefined): readonly MappingProtocol[] {
  const all = ['pcp', 'nat-pmp', 'upnp'] as const
  return first === undefined ? all : [first, ...all.filter((protocol) => protocol !== first)]
}

/** A router that opens no port may still say where it stands. */
async function askExternalIp({ natPmp, upnp, signal }: Questions): Promise<string | undefined> {
  const ways = [natPmp(), upnp().then((router) => externalIpByUpnp(router, signal))]
  const answers = await Promise.all(ways.map((way) => way.catch(() => undefined)))
  signal.throwIfAborted()
  return answers.find((answer) => answer !== undefined)
}

function sameGateway(one: Gateway, other: Gateway): boolean {
  return one.address === other.address && one.ownAddress === other.ownAddress
}
