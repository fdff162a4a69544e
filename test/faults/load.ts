// Class 11: many at once. One account obtains hundreds of certificates in parallel, every one counted at the CA, with few requests
// for each; what they would renew at is spread over the CA's window and not one moment.
import { fetchRenewalInfo } from '../../core/acme/index.ts'
import { selectMoment, waitAfter } from '../../core/acme/renewal.ts'
import { systemClock } from '../../core/clock.ts'
import { createCsr } from '../../core/x509/index.ts'
import { obtain, openSession, startOwnCa } from '../support/issuance.ts'
import { counted, type Fault } from './fault.ts'
import { withOwnCa } from './world.ts'

/** What was measured under load. */
export interface LoadResult {
  readonly certificates: number
  readonly differentSerials: number
  readonly requestsPerIssuance: number
  readonly ms: number
  /** How many renewals fall into each of equal parts of the window. */
  readonly histogram: readonly number[]
  readonly windowMs: number
}

const BARS = 20
/** One name: order, authorization, challenge, two looks at the order, finalize, another look, certificate. */
const MOST_REQUESTS = 8
/** A poll under load may have to look more often; the waits are long enough that few do. */
const POLL = { firstMs: 500, maxMs: 4000, deadlineMs: 120_000 }

/** Obtains so many certificates at once with one account. */
export async function issueMany(count: number): Promise<LoadResult> {
  let requests = 0
  const own = await startOwnCa()
  const session = await openSession(own, { timeoutMs: 120_000, onAnswer: () => void (requests += 1) })
  try {
    await session.account()
    const { privateKeyPem } = await createCsr({ names: ['key.example.net'] })
    requests = 0
    const began = performance.now()
    const all = await Promise.all(
      // One key for all: what is measured is the CA and the client, and not the making of keys.
      Array.from({ length: count }, (_, index) =>
        obtain(own, session, [`n${index}.many.example.net`], { privateKeyPem, poll: POLL }),
      ),
    )
    const ms = performance.now() - began
    const requestsPerIssuance = requests / count
    const [first] = all
    const info = first && (await fetchRenewalInfo(session, first.chainPem, systemClock.now()))
    if (!info) throw new Error('the CA gave no window')
    const { start, end } = info.window
    const histogram = spread(
      all.map(() => selectMoment(info.window)),
      start,
      end,
    )
    const differentSerials = new Set(all.map(({ facts }) => facts.serial)).size
    const certificates = own.ca.stats().certificates
    return { certificates, differentSerials, requestsPerIssuance, ms, histogram, windowMs: end - start }
  } finally {
    session.close()
    await own.stop()
  }
}

function spread(moments: readonly number[], start: number, end: number): number[] {
  const bars = Array.from({ length: BARS }, () => 0)
  for (const moment of moments) {
    const bar = Math.min(BARS - 1, Math.floor(((moment - start) / (end - start)) * BARS))
    bars[bar] = (bars[bar] ?? 0) + 1
  }
  return bars
}

/** The histogram as lines of a terminal. */
export function histogramLines({ histogram, windowMs }: LoadResult): string[] {
  const most = Math.max(...histogram)
  return histogram.map((count, index) => {
    const from = `+${((index * windowMs) / histogram.length / 3_600_000).toFixed(1)} h`
    return `  ${from.padStart(8)}  ${'█'.repeat(Math.round((40 * count) / most)).padEnd(40)} ${count}`
  })
}

const many = (count: number, long: boolean): Fault => ({
  class: 11,
  fault: `${count} certificates at once by one account`,
  expected: `${count} certificates, all different, at most ${MOST_REQUESTS} requests for each, renewals spread over the window`,
  long,
  async run() {
    const load = await issueMany(count)
    const different = load.differentSerials === count ? 'all different' : 'some of them twice'
    const few =
      load.requestsPerIssuance <= MOST_REQUESTS ? `at most ${MOST_REQUESTS}` : load.requestsPerIssuance.toFixed(1)
    // Twice the fair share and a handful more would be a crowd.
    const crowd = Math.max(...load.histogram) > (2 * count) / BARS + 10
    const spreadWords = crowd ? 'renewals crowded' : 'renewals spread over the window'
    return `${counted(load.certificates, 'certificate')}, ${different}, ${few} requests for each, ${spreadWords}`
  },
})

export const LOAD_FAULTS: readonly Fault[] = [
  many(100, false),
  many(1000, true),
  {
    class: 11,
    fault: 'a hundred new orders at once by one account',
    expected: '100 orders, at most 10 nonces fetched',
    run: () =>
      withOwnCa({}, async (world) => {
        const session = await world.open()
        await session.account()
        await Promise.all(Array.from({ length: 100 }, (_, n) => session.newOrder({ names: [`n${n}.example.net`] })))
        const nonces = world.requests.filter((one) => one === 'HEAD new-nonce').length
        return `${counted(world.ca.stats().orders.pending, 'order')}, ${nonces <= 10 ? 'at most 10' : nonces} nonces fetched`
      }),
  },
  {
    class: 11,
    fault: 'a thousand nodes come back after an outage of the CA',
    expected: 'they ask within 48 s to 72 s, no second sees more than 8 %',
    async run() {
      const waits = Array.from({ length: 1000 }, () => waitAfter('unavailable', { failures: 0 }) ?? 0)
      const perSecond = new Map<number, number>()
      for (const wait of waits)
        perSecond.set(Math.floor(wait / 1000), (perSecond.get(Math.floor(wait / 1000)) ?? 0) + 1)
      const within = waits.every((wait) => wait >= 48_000 && wait <= 72_000)
      const most = Math.max(...perSecond.values())
      const share = most <= 80 ? 'no second sees more than 8 %' : `one second sees ${most / 10} %`
      return `they ask within ${within ? '48 s to 72 s' : 'other times'}, ${share}`
    },
  },
]
