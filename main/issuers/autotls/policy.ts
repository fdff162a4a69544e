// Several forges in order of preference: which one is asked, when the next one is, and what is told where none did it. A forge
// that has seen our value or holds our order is not left for another, because that would cost a second certificate.
import { join } from 'node:path'
import { AcmeProblem } from '../../../core/acme/index.ts'
import { ConfigError } from '../../../core/config.ts'
import { FileError } from '../../../core/files.ts'
import { explainFailure } from '../../certificates/failures.ts'
import { AttemptTimeoutError } from '../nodetrust/errors.ts'
import { BrokerLimitError, type ForgeAttempt, ForgesFailedError, NoAddressError } from './errors.ts'
import { askRenewal, type FlowInit, obtainFrom, openOrder } from './flow.ts'
import { type Forge, forgeOf } from './forge.ts'
import { createOrderFile } from '../../../core/certificates/order-file.ts'
import type { Issuer } from '../issuer.ts'

/** What the issuer needs. */
export interface AutoTlsIssuerInit extends Omit<FlowInit, 'orders'> {
  /** In order of preference; at least one. */
  readonly forges: readonly [Forge, ...Forge[]]
  /** How long the whole attempt may take, milliseconds. @default ATTEMPT_TIMEOUT_MS */
  readonly attemptMs?: number | undefined
  /** How long one forge may take of it, milliseconds. @default FORGE_TIMEOUT_MS */
  readonly forgeMs?: number | undefined
}

/** Two slow forges one after the other. */
const ATTEMPT_TIMEOUT_MS = 10 * 60_000

/** A dial-back, two minutes until the DNS shows the value, and a CA that takes its time. */
const FORGE_TIMEOUT_MS = 5 * 60_000

/** One small question; a node that cannot ask it has a window already. */
const RENEWAL_TIMEOUT_MS = 30_000

/** Makes the issuer. */
export function createAutoTlsIssuer(init: AutoTlsIssuerInit): Issuer {
  const { clock, forges, peer, attemptMs = ATTEMPT_TIMEOUT_MS, forgeMs = FORGE_TIMEOUT_MS } = init
  const orders = createOrderFile({ path: join(init.dir, 'certificate.order.json'), clock: init.clock })
  const flow: FlowInit = { ...init, orders }
  /** Until when a forge or its CA does not want to hear from us, by domain. */
  const limits = new Map<string, number>()

  /** The forge whose CA has an order of ours goes first, the others as they are configured. */
  const inOrder = async (): Promise<readonly Forge[]> => {
    const open = await openOrder(flow)
    const holds = ({ domain }: Forge) => Number(domain === open?.forge)
    return open ? [...forges].sort((one, other) => holds(other) - holds(one)) : forges
  }

  const tryOne = async (forge: Forge, last: boolean, signal: AbortSignal) => {
    const waitMs = (limits.get(forge.domain) ?? 0) - clock.now()
    if (waitMs > 0 && waitMs <= MAX_LIMIT_MS) {
      const until = new Date(clock.now() + waitMs).toISOString()
      throw new BrokerLimitError(`no registration before ${until}, as it was told`, waitMs)
    }
    const late = AbortSignal.timeout(forgeMs)
    try {
      return await obtainFrom(flow, forge, last, AbortSignal.any([signal, late]))
    } catch (error) {
      signal.throwIfAborted()
      if (late.aborted) throw new AttemptTimeoutError(`no certificate within ${seconds(forgeMs)}`, { cause: error })
      const wait = limitOf(error)
      if (wait !== undefined) limits.set(forge.domain, clock.now() + wait)
      throw error
    }
  }

  const obtain = async (signal: AbortSignal) => {
    const attempts: ForgeAttempt[] = []
    const order = await inOrder()
    for (const [index, forge] of order.entries()) {
      const next = order[index + 1]
      try {
        return await tryOne(forge, next === undefined, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof Error) || staysHere(error) || (await openOrder(flow))?.validated) throw error
        attempts.push({ forge: forge.domain, error })
        const { code, message } = explainFailure(error)
        if (next) init.emit({ event: 'next-forge', from: forge.domain, to: next.domain, code, message })
      }
    }
    const [only, ...more] = attempts
    throw only && more.length === 0 ? only.error : new ForgesFailedError(attempts)
  }

  return {
    async obtain(signal) {
      const late = AbortSignal.timeout(attemptMs)
      try {
        return await obtain(AbortSignal.any([signal, late]))
      } catch (error) {
        signal.throwIfAborted()
        if (!late.aborted) throw error
        throw new AttemptTimeoutError(`no certificate within ${seconds(attemptMs)}`, { cause: error })
      }
    },
    async renewal({ names, chainPem }, signal) {
      const forge = forgeOf(forges, names, peer)
      // a certificate of a forge that was left: no CA of ours knows it
      if (!forge) return { window: undefined, askAgainMs: undefined, explanationUrl: undefined }
      return await askRenewal(flow, forge, chainPem, AbortSignal.any([signal, AbortSignal.timeout(RENEWAL_TIMEOUT_MS)]))
    },
  }
}

/** CAs count by the week; a later date was made with a wrong clock. */
const MAX_LIMIT_MS = 8 * 24 * 3_600_000

/** Failures of this machine, which no other forge mends. */
function staysHere(error: Error): boolean {
  return [FileError, ConfigError, NoAddressError].some((kind) => error instanceof kind)
}

function limitOf(error: unknown): number | undefined {
  if (error instanceof BrokerLimitError) return error.retryAfterMs
  return error instanceof AcmeProblem && error.type === 'rateLimited' ? error.retryAfterMs : undefined
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} seconds`
}
