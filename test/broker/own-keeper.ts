// The keeper of the broker's own certificate with a clock that is moved by hand, and a CA that does as it is told: it signs, or
// fails with the next error in line, and remembers what it was asked.
import { join } from 'node:path'
import { silentLog } from '../../core/log.ts'
import { certId, readCsr } from '../../core/x509/index.ts'
import { createOwnCertificate, type OwnCertificate } from '../../servers/broker/own-certificate.ts'
import { DAY_MS, type ManualTime, manualTime, temporaryDir, testAuthority, until } from '../main/support.ts'
import type { RenewalInfo } from '../../core/acme/index.ts'
import type { OwnCertificateInit } from '../../servers/broker/own-certificate.ts'
import type { TestContext } from 'node:test'

export const NAME = 'zone.test'
export const ACCOUNT = 'https://ca.test/account/1'

/** As often as the keeper looks. */
const STEP_MS = 10 * 60_000

/** What the CA was asked for. */
export interface Asked {
  readonly resume: string | undefined
  readonly replaces: { readonly certId: string; readonly account: string } | undefined
  readonly spki: string
}

export interface Scene {
  readonly dir: string
  readonly clock: ManualTime
  readonly asked: Asked[]
  /** Thrown by the next orders, in this order, after their address was told. */
  readonly failures: unknown[]
  /** Chains given to the server. */
  readonly used: string[]
  /** What the CA says of renewals; an error is thrown. */
  info: RenewalInfo | Error | undefined
  /** How often it was asked for that. */
  readonly questions: () => number
  /** How long the next certificates live. */
  lifeMs: number
  /** A new life of the process on the same folder; stopped with the test. */
  start(more?: Partial<OwnCertificateInit>): OwnCertificate
  /** Whether an attempt is under way. */
  readonly busy: () => boolean
  /**
   * Time goes on: the machine sleeps through all of it but the last day. After each step of that everything has been dealt with,
   * since files take real time, in which this clock stands still.
   */
  pass(ms: number): Promise<void>
  /** Waits until the CA was asked so often, and the answer was dealt with. */
  orders(count: number): Promise<void>
}

/** Makes folder, clock and CA. */
export async function ownScene(t: TestContext): Promise<Scene> {
  const dir = await temporaryDir(t)
  const clock = manualTime()
  const signer = await testAuthority(clock.now())
  const asked: Asked[] = []
  const failures: unknown[] = []
  const used: string[] = []
  let questions = 0
  let last: OwnCertificate | undefined
  const scene: Scene = {
    ...{ dir, clock, asked, failures, used, info: undefined, lifeMs: 90 * DAY_MS },
    questions: () => questions,
    busy: () => last?.state().busy === true,
    start(more) {
      const own = createOwnCertificate({
        ...{ name: NAME, dir, clock, log: silentLog, situation: 'one', random: () => 0.5 },
        authority: {
          directoryUrl: 'https://ca.test/directory',
          async order({ csr, resume, replaces, onOrderUrl }) {
            const { publicKeySpki } = await readCsr(csr)
            asked.push({ resume, replaces, spki: Buffer.from(publicKeySpki).toString('hex') })
            await onOrderUrl(resume ?? `https://ca.test/order/${asked.length}`)
            const failure = failures.shift()
            if (failure !== undefined) throw failure
            const notBefore = Math.floor(clock.now() / 1_000) * 1_000
            const notAfter = notBefore + scene.lifeMs
            const { chainPem } = await signer.sign({ names: [NAME], publicKeySpki, notBefore, notAfter })
            return { chainPem, certId: certId(chainPem), account: ACCOUNT, notBefore, notAfter }
          },
          renewalInfo() {
            questions++
            return scene.info instanceof Error ? Promise.reject(scene.info) : Promise.resolve(scene.info)
          },
        },
        dns: { set: () => Promise.resolve(), remove: () => Promise.resolve() },
        preCheck: () => Promise.resolve(),
        use: ({ cert }) => void used.push(cert),
        ...more,
      })
      t.after(() => own.stop())
      own.start()
      last = own
      return own
    },
    async pass(ms) {
      const asleep = () => until('the keeper to sleep', () => clock.sleeping > 0)
      await asleep()
      const slept = Math.max(0, ms - DAY_MS)
      clock.set(clock.now() + slept)
      for (let left = ms - slept; left > 0; left -= STEP_MS) {
        await clock.advance(Math.min(left, STEP_MS))
        await asleep()
      }
    },
    orders: (count) => until(`order ${count}`, () => asked.length === count && !scene.busy()),
  }
  return scene
}

/** Where what is remembered of failures lies. */
export function retryPath({ dir }: Pick<Scene, 'dir'>): string {
  return join(dir, 'broker-certificate.retry.json')
}
