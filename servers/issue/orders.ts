// From a checked CSR to a certificate: one order for each peer at a time, which clients wait for and may come back to. What
// is needed to finish an order is in the ledger before the CA hears of it, so a crash at any point ends with one certificate.
import { unlessAborted } from '../../core/abort.ts'
import { AcmeProblem, endsOrder } from '../../core/acme/index.ts'
import { ChallengeFailedError } from '../../core/acme/errors.ts'
import { sameNames } from '../../core/x509/index.ts'
import { errorCodeName } from '../../proto/problem.ts'
import { problem } from '../serve-protocol.ts'
import { explainFailure } from './failures.ts'
import { whatTheCaHeard } from './heard.ts'
import type { Budget } from './budget.ts'
import type { Orderer, OrderLimits } from './order-limits.ts'
import type { Issued, OnStep, RunOrder } from './run-order.ts'
import type { Place, Turns } from './turns.ts'
import type { DnsClient } from '../dns/client.ts'
import type { CertificateKey, ChallengeValue, Ledger, OrderRow, OrderWork } from '../store/store.ts'
import type { Clock } from '../../core/clock.ts'
import { countedLog } from '../../core/counted-log.ts'
import type { Log } from '../../core/log.ts'

export type { Issued, OnStep, RunOrder } from './run-order.ts'

/** What a peer asks for, after all checks. */
export interface OrderRequest extends CertificateKey, OrderWork {
  /** The networks of the proved addresses, and the machines in them. */
  readonly networks: readonly string[]
  readonly machines: readonly string[]
  readonly onStep: OnStep
  /** Ends when the client goes away. */
  readonly signal: AbortSignal
}

/** Runs orders, one at a time for each peer. */
export interface Orders {
  /**
   * Gets a certificate: the one that the ledger has for this key and these names, or the one of an order, which is joined
   * where it is under way. A client that goes away ends its order, unless the names are validated already.
   *
   * @throws ProblemError ORDER_IN_PROGRESS where the peer's order is for another key or other names, or what
   *   explainFailure makes of a failure, RATE_LIMIT where the budget is spent; the signal's reason
   */
  obtain(request: OrderRequest): Promise<Issued & { readonly reused: boolean }>
  /** Whether the peer has an order for exactly these names that was not finished yet and can be. */
  isUnderWay(peer: string, names: readonly string[]): Promise<boolean>
  /** Goes on with what a crash or a stop left open, in the background, and removes TXT values that nobody needs. */
  recover(signal: AbortSignal): Promise<void>
  /** Ends what is under way; it is gone on with at the next start. Takes STOP_TIMEOUT_MS at most. */
  stop(): Promise<void>
}

/** What orders need. */
export interface OrdersInit {
  readonly ledger: Ledger
  readonly dns: DnsClient
  readonly budget: Budget
  readonly limits: OrderLimits
  readonly turns: Turns
  /** Returns when the world can see the value. @throws DnsServerError */
  readonly preCheck: (name: string, value: string, signal: AbortSignal) => Promise<void>
  readonly run: RunOrder
  readonly clock: Clock
  readonly log: Log
}

/** A peer that is told to wait looks again after this time: most orders take less. */
const IN_PROGRESS_RETRY_MS = 30_000

/** Clean-up after an abort has a time of its own: the aborted signal cannot be used for it. */
const CLEANUP_TIMEOUT_MS = 15_000

/** TXT values are gone in milliseconds where the DNS answers at all; the rest is the next start's. */
const STOP_TIMEOUT_MS = 3_000

/** Older orders are not gone on with: whoever wanted them has asked again, and addresses may have changed hands. */
const RESUME_AGE_MS = 24 * 3_600_000

type Work = CertificateKey & OrderWork & Pick<OrderRequest, 'networks' | 'machines'>

/** What is needed of an order's row while it runs. */
type Row = Pick<OrderRow, 'id' | 'orderUrl' | 'charges'>

type Outcome = Issued & { readonly reused: boolean }

/** An order under way, and who waits for it. */
interface Job {
  readonly key: CertificateKey
  readonly result: Promise<Outcome>
  readonly listeners: Set<OnStep>
  readonly last: () => Parameters<OnStep>
  /** Somebody stops waiting; the last one ends the job, unless it is worth finishing without anybody. */
  leave(listener: OnStep): void
}

/** Makes the orders of one issue server. */
export function createOrders(init: OrdersInit): Orders {
  const { ledger, dns, budget, limits, turns, clock, log } = init
  const strangers = countedLog(log, clock)
  const jobs = new Map<string, Job>()
  const running = new Set<number>()
  const stopping = new AbortController()

  /** Removes values whose order has ended: their removal failed then, or a crash came before it. */
  const removeLeftovers = async (signal: AbortSignal): Promise<void> => {
    for (const { orderId, name, value } of await ledger.challenges()) {
      if (running.has(orderId)) continue
      await removeValue(orderId, { name, value }, signal).catch((error: unknown) =>
        log.warn(
          { name, error: String(error) },
          'a TXT value was left behind and could not be removed; it ends within the hour',
        ),
      )
    }
  }

  const removeValue = async (orderId: number, challenge: ChallengeValue, signal: AbortSignal): Promise<void> => {
    await dns.remove(challenge, signal)
    await ledger.removeChallenge(orderId, challenge)
  }

  const ordererOf = async ({ peer, names, networks, machines }: Work): Promise<Orderer> => ({
    ...{ peer, names, networks, machines, kind: await budget.kindOf(names) },
  })

  /** Nothing is taken for whoever waits in the line: neither a place of the week nor a row of the ledger. */
  const checkChance = async (work: Work, unfinished: OrderRow | undefined): Promise<void> => {
    if (unfinished) return budget.checkCa(work.names)
    await budget.check(work)
    await limits.check(await ordererOf(work))
  }

  /** The row to work on: one that was interrupted, or a new one. What it costs is on the disk before the CA hears of it. */
  const openRow = async (work: Work, orderer: Orderer, unfinished: OrderRow | undefined): Promise<Row> => {
    if (!unfinished) {
      await limits.take(orderer)
      const charges = await budget.take(work).catch(async (error: unknown) => {
        await limits.giveBack(orderer)
        throw error
      })
      return { id: await ledger.openOrder({ ...work, work, charges, at: clock.now() }), orderUrl: undefined, charges }
    }
    await budget.checkCa(work.names)
    // what it held was given back when it was interrupted, unless it may have been signed
    const charges = unfinished.charges.length > 0 ? unfinished.charges : await budget.take(work)
    await ledger.setCharges(unfinished.id, charges)
    await ledger.reopenOrder(unfinished.id)
    return { ...unfinished, charges }
  }

  /** Waits for the order's turn and runs it. */
  const runOrder = async (
    work: Work,
    unfinished: OrderRow | undefined,
    onStep: OnStep,
    left: AbortSignal,
  ): Promise<Issued> => {
    const ends = AbortSignal.any([left, stopping.signal])
    let turn: { done(): void } | undefined
    try {
      turn = await turns.take(work.networks[0] ?? work.peer, {
        signal: ends,
        onPlace: (place) => onStep(...queued(place)),
      })
      ends.throwIfAborted()
      const orderer = await ordererOf(work)
      return await orderAtCa(work, await openRow(work, orderer, unfinished), orderer, { onStep, left, ends })
    } catch (error) {
      throw explainFailure(error)
    } finally {
      turn?.done()
    }
  }

  const orderAtCa = async (
    work: Work,
    row: Row,
    orderer: Orderer,
    { onStep, left, ends }: { readonly onStep: OnStep; readonly left: AbortSignal; readonly ends: AbortSignal },
  ): Promise<Issued> => {
    const { peer, names, spki } = work
    const { id } = row
    running.add(id)
    let known = row.orderUrl
    const heard = whatTheCaHeard(row.orderUrl !== undefined)
    try {
      const old = await ledger.findReplaceable(names, clock.now())
      const issued = await init.run({
        ...work,
        resume: row.orderUrl,
        replaces: old?.certId === undefined ? undefined : { certId: old.certId, account: old.account },
        onStep(...now) {
          const [step, detail] = now
          if (heard.note(step, detail)) void limits.countMore(orderer).catch(() => undefined)
          onStep(...now)
        },
        signal: ends,
        dns01: {
          async set(name, value, signal) {
            await ledger.addChallenge(id, { name, value })
            await dns.set({ name, value }, signal)
          },
          preCheck: init.preCheck,
          remove: (name, value) => removeValue(id, { name, value }, AbortSignal.timeout(CLEANUP_TIMEOUT_MS)),
        },
        async onOrderUrl(url) {
          await ledger.setOrderUrl(id, url)
          known = url
        },
      })
      await ledger.finishOrder(id, { ...issued, peer, names, spki }, clock.now())
      log.info({ peer, names, notAfter: new Date(issued.notAfter).toISOString() }, 'issued a certificate')
      return issued
    } catch (error) {
      const explained = explainFailure(error)
      // what a stop interrupts stays open: the next start goes on with it
      if (stopping.signal.aborted) throw explained
      const state = known === undefined || left.aborted || endsOrder(error) ? 'failed' : 'interrupted'
      await ledger.closeOrder(id, state, clock.now(), `${errorCodeName(explained.code)}: ${explained.message}`)
      if (!heard.mayHaveSigned(error)) {
        await budget.giveBack(row.charges)
        await ledger.setCharges(id, [])
      }
      if (!heard.mayHaveOrdered()) await limits.giveBack(orderer)
      if (error instanceof ChallengeFailedError) await limits.countFailure(error.identifier)
      if (error instanceof AcmeProblem && error.type === 'rateLimited') await budget.heed(error, names)
      strangers.warn({ peer, names, state, failure: explained.message }, 'an order did not come to a certificate')
      throw explained
    } finally {
      running.delete(id)
    }
  }

  /** Begins synchronously, so that a second request of the peer finds the first. */
  const begin = (work: Work, unfinished?: OrderRow): Job => {
    const leaving = new AbortController()
    const listeners = new Set<OnStep>()
    let last: Parameters<OnStep> = ['accepted']
    // what the CA has validated, or had before a crash, is worth finishing: the client comes back for it
    let worthIt = unfinished !== undefined
    const onStep: OnStep = (...now) => {
      const [step, detail] = now
      worthIt ||= step === 'validated' || (step === 'order' && detail === 'resumed')
      last = now
      for (const listener of listeners) listener(...now)
    }
    const obtain = async (): Promise<Outcome> => {
      const known = unfinished ? undefined : await ledger.findCertificate(work)
      if (known && clock.now() < known.renewFrom) return { ...known, reused: true }
      const row = unfinished ?? (await ledger.findUnfinished(work, clock.now() - RESUME_AGE_MS))
      if (!unfinished) await checkChance(work, row)
      return { ...(await runOrder(work, row, onStep, leaving.signal)), reused: false }
    }
    const result = obtain().finally(() => {
      jobs.delete(work.peer)
      // the DNS may have just worked, so this is the moment for what an earlier order could not remove
      if (!stopping.signal.aborted) void removeLeftovers(AbortSignal.timeout(CLEANUP_TIMEOUT_MS)).catch(() => undefined)
    })
    result.catch(() => undefined) // whoever waits hears of it; perhaps nobody does
    const job: Job = {
      key: work,
      result,
      listeners,
      last: () => last,
      leave(listener) {
        listeners.delete(listener)
        if (listeners.size === 0 && !worthIt) leaving.abort(new DOMException('the client went away', 'AbortError'))
      },
    }
    jobs.set(work.peer, job)
    return job
  }

  const recoverOrder = async (order: OrderRow): Promise<void> => {
    const { id, peer, names, work, orderUrl, startedAt, charges } = order
    if (jobs.has(peer)) return
    if (work && orderUrl !== undefined && startedAt >= clock.now() - RESUME_AGE_MS) {
      running.add(id) // at once: its TXT values are no leftovers
      begin({ peer, names, ...work, networks: [], machines: [] }, order)
      log.info({ peer, order: id }, 'goes on with an order that a stop had interrupted')
    } else {
      await ledger.closeOrder(id, 'failed', clock.now(), 'the issue server was stopped in the middle')
      // the CA signs nothing for an order whose address was never written down; of another one nobody knows
      if (orderUrl === undefined) await budget.giveBack(charges)
      await ledger.setCharges(id, [])
      log.info({ peer, order: id }, 'closed an order that a stop had interrupted')
    }
  }

  return {
    async obtain(request) {
      const { peer, names, spki, csr, profile, networks, machines, onStep, signal } = request
      const under = jobs.get(peer)
      if (under && !(under.key.spki === spki && sameNames(under.key.names, names))) {
        throw problem(
          'ORDER_IN_PROGRESS',
          'an order for this peer is under way, for another key or other names: wait for it to end',
          IN_PROGRESS_RETRY_MS,
        )
      }
      const job = under ?? begin({ peer, names, spki, csr, profile, networks, machines })
      const listener: OnStep = (...step) => onStep(...step)
      job.listeners.add(listener)
      if (under) listener(...job.last())
      try {
        return await unlessAborted(job.result, signal)
      } finally {
        job.leave(listener)
      }
    },
    async isUnderWay(peer, names) {
      const under = jobs.get(peer)
      if (under && sameNames(under.key.names, names)) return true
      const since = clock.now() - RESUME_AGE_MS
      const orders = await ledger.orders({ peer })
      return orders.some(
        ({ state, startedAt, names: theirs }) =>
          (state === 'open' || state === 'interrupted') && startedAt >= since && sameNames(theirs, names),
      )
    },
    async recover(signal) {
      for (const order of await ledger.orders({ state: 'open' })) await recoverOrder(order)
      await removeLeftovers(signal)
    },
    async stop() {
      stopping.abort(new DOMException('the issue server is going down', 'AbortError'))
      const ended = Promise.allSettled([...jobs.values()].map(({ result }) => result))
      await unlessAborted(ended, AbortSignal.timeout(STOP_TIMEOUT_MS)).catch(() => undefined)
    },
  }
}

function queued(place: Place): Parameters<OnStep> {
  const seconds = Math.ceil(place.expectedMs / 1_000)
  return ['queued', `number ${place.position} in the line, about ${seconds} s`, place]
}
