// Class 15: the broker's own certificate, with the broker as its operator runs it, the zone's DNS and our own CA. Months pass because
// the clock is moved; what a client sees is looked at from outside, what it cost is counted at the CA.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createAcmeSession, memoryAccountStore } from '../../core/acme/index.ts'
import { parseBundle } from '../../core/x509/index.ts'
import { ownCertificatePath } from '../../servers/broker/own-certificate.ts'
import { eventually, look, type OwnBroker, type OwnWorld, ownWorld, ZONE } from '../broker/own-world.ts'
import { startCommand } from '../support/command.ts'
import { walkingClock, type WalkingClock } from '../support/walking-clock.ts'
import { counted, type Fault } from './fault.ts'
import { kindOf } from './spoil.ts'
import type { Faults } from '../../servers/ca/http.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

interface Scene {
  readonly clock: WalkingClock
  readonly world: OwnWorld
}

/** Runs a piece of work in a world of its own, and takes that away. */
async function inWorld(work: (scene: Scene) => Promise<string>): Promise<string> {
  const ends: (() => unknown)[] = []
  const clock = walkingClock()
  try {
    const world = await ownWorld({ after: (end) => void (end && ends.push(end as () => unknown)) }, { clock })
    const outcome = await work({ clock, world })
    return `${outcome}${await left(world)}`
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}

/** Runs it with a broker that has its first certificate on the disk. */
function withCertificate(work: (scene: Scene & { broker: OwnBroker; first: string }) => Promise<string>) {
  return inWorld(async (scene) => {
    const broker = await scene.world.start()
    const first = await eventually('a certificate', () => look(broker.port))
    // from then on it sleeps, and a clock that jumps wakes it
    await eventually(
      'it to be stored',
      () => broker.operator('/'),
      (page) => /Renewal<\/dt>\s*<dd><time/.test(page),
    )
    return work({ ...scene, broker, first })
  })
}

const stored = async ({ dir }: OwnWorld) => parseBundle(await readFile(ownCertificatePath(dir), 'utf8'))

const another = ({ port }: OwnBroker, first: string) =>
  eventually(
    'another certificate',
    () => look(port),
    (seen) => seen !== first,
  )

/** What the operator's page says, in words of the report. */
async function told(broker: OwnBroker, fault: RegExp): Promise<string> {
  const page = await eventually(
    `the page to say ${fault}`,
    () => broker.operator('/'),
    (text) => fault.test(text),
  )
  const text = page.replaceAll(/<[^>]*>/g, '')
  const [, again = 'no time'] =
    /tried again (?:in (?:about )?)?(just now|less than a minute|\d+ (?:minute|hour|day)s?)/.exec(text) ?? []
  // a minute, give or take a fifth
  return `tried again in ${/^(just now|less than a minute|[12] minutes?)$/.test(again) ? 'a minute or so' : again}`
}

const certificates = ({ ca }: OwnWorld) => counted(ca.issued().length, 'certificate')

/** TXT values that nobody took away; the DNS server forgets them within the hour. */
async function left(world: OwnWorld): Promise<string> {
  const values = await world.values()
  return values.length === 0 ? '' : `, ${counted(values.length, 'TXT value')} left`
}

/** The first one is spoilt while nobody runs; what does the next start use, and what did it cost? */
function startedWith(spoil: (path: string, scene: Scene) => Promise<void>): Promise<string> {
  return withCertificate(async ({ clock, world, broker, first }) => {
    await broker.stop()
    await spoil(ownCertificatePath(world.dir), { clock, world })
    const again = await world.start()
    const seen = await eventually('a certificate', () => look(again.port))
    return `${seen === first ? 'the same' : 'another'} is shown, ${certificates(world)}`
  })
}

/** kill -9 of the process when the CA hears of a request, or has answered it. */
function killAt(when: 'before' | 'after', kind: string): Promise<string> {
  return inWorld(async ({ world }) => {
    const path = join(world.dir, 'nodetrust.yaml')
    await writeFile(path, stringify({ zone: ZONE, dir: world.dir, broker: world.section() }))
    const serve = () => startCommand(['serve', 'broker', '--config', path])
    const first = serve()
    const fits = (at: string) => kindOf(at) === kind && first.child.kill('SIGKILL')
    const faults: Faults = {
      before: ({ path: at }) => (when === 'before' && fits(at) ? 'drop' : undefined),
      after: ({ path: at }, answer) => (when === 'after' && fits(at) ? 'drop' : answer),
    }
    world.faults = faults
    await first.ended
    world.faults = {}
    const second = serve()
    try {
      const line = await second.line((text) => text.includes('"listen"'))
      const port = Number(/"listen":"[^"]+:([0-9]+)"/.exec(line)?.[1])
      await eventually('a certificate', () => look(port))
      return certificates(world)
    } finally {
      // a clean end: a DNS server that has lost its writer says so, and would not say what values it still has
      second.child.kill('SIGTERM')
      await second.ended
    }
  })
}

const KILLS: readonly (readonly ['before' | 'after', string])[] = [
  ['after', 'new-order'],
  ['after', 'challenge'],
  ['after', 'finalize'],
  ['after', 'certificate'],
  ['before', 'renewal-info'],
]

const FAULTS: readonly Omit<Fault, 'class'>[] = [
  {
    fault: 'the CA is down when the renewal is due, and back later',
    expected: 'the old one is shown, tried again in a minute or so; then two certificates',
    run: () =>
      withCertificate(async ({ clock, world, broker, first }) => {
        world.faults = { before: () => 'drop' }
        clock.jump(61 * DAY_MS)
        const said = await told(broker, /no usable answer/)
        const shown = (await look(broker.port)) === first ? 'the old one' : 'another'
        world.faults = {}
        clock.jump(2 * MINUTE_MS)
        await another(broker, first)
        return `${shown} is shown, ${said}; then ${certificates(world)}`
      }),
  },
  {
    fault: 'the zone’s DNS server is down at the first start, and up later',
    expected: 'tried again in a minute or so; then one certificate, of one order',
    run: () =>
      inWorld(async ({ clock, world }) => {
        await world.stopDns()
        const broker = await world.start()
        const said = await told(broker, /did not take/)
        await world.startDns()
        clock.jump(2 * MINUTE_MS)
        await eventually('a certificate', () => look(broker.port))
        return `${said}; then ${certificates(world)}, of ${counted(world.replaced.length, 'order')}`
      }),
  },
  {
    fault: 'the CA says: not for 34 hours; and the broker is started again ten times',
    expected: 'tried again in 34 hours, one order',
    run: () =>
      inWorld(async ({ world }) => {
        const limit = { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many', status: 429 }
        const headers = { 'retry-after': String(34 * 3_600), 'content-type': 'application/problem+json' }
        world.faults = {
          before: ({ path }) => (path === '/new-order' ? { status: 429, headers, body: limit } : undefined),
        }
        let said = ''
        for (let start = 0; start <= 10; start++) {
          const broker = await world.start()
          said = await told(broker, /too many/)
          await broker.stop()
        }
        return `${said}, ${counted(world.replaced.length, 'order')}`
      }),
  },
  {
    fault: 'the certificate is revoked',
    expected: 'two certificates, the second as a renewal',
    run: () =>
      withCertificate(async ({ clock, world, broker, first }) => {
        const { chainPem, keyPem } = await stored(world)
        const session = await createAcmeSession({
          ...{ directory: world.directoryUrl, trustAnchorPem: world.rootPem, version: '0.0.0-test', clock },
          ...{ store: memoryAccountStore(), termsOfServiceAgreed: true },
        })
        await session.revoke(chainPem, { keyPem })
        session.close()
        clock.jump(7 * HOUR_MS)
        await another(broker, first)
        return `${certificates(world)}, the second ${world.replaced[1] === undefined ? 'new' : 'as a renewal'}`
      }),
  },
  {
    fault: 'it is started again',
    expected: 'the same is shown, one certificate',
    run: () => startedWith(async () => undefined),
  },
  {
    fault: 'it was off until the certificate had expired',
    expected: 'another is shown, two certificates',
    run: () => startedWith(async (_path, { clock }) => clock.jump(91 * DAY_MS)),
  },
  {
    fault: 'the stored certificate is cut off, and there was none before',
    expected: 'another is shown, two certificates',
    run: () => startedWith(async (path) => writeFile(path, (await readFile(path, 'utf8')).slice(0, 900))),
  },
  {
    fault: 'the stored certificate is cut off, and the one before lies beside it',
    expected: 'the same is shown, one certificate',
    run: () =>
      startedWith(async (path) => {
        await rename(path, path.replace('.json', '.previous.json'))
        await writeFile(path, '{')
      }),
  },
  {
    fault: 'the certificate cannot be stored, and the broker is started again',
    expected: 'shown although not stored; then the same, one certificate',
    run: () =>
      inWorld(async ({ world }) => {
        await mkdir(join(ownCertificatePath(world.dir), 'in-the-way'), { recursive: true })
        const broker = await world.start()
        const first = await eventually('a certificate', () => look(broker.port))
        await eventually(
          'the page to say so',
          () => broker.operator('/'),
          (page) => page.includes('could not be stored'),
        )
        await broker.stop()
        await rm(ownCertificatePath(world.dir), { recursive: true })
        const again = await world.start()
        const seen = await eventually('a certificate', () => look(again.port))
        return `shown although not stored; then ${seen === first ? 'the same' : 'another'}, ${certificates(world)}`
      }),
  },
  ...KILLS.map(([when, kind]) => ({
    fault: `kill -9 of its process ${when === 'before' ? 'before the CA reads' : 'after the CA has done'} ${kind}, then started again`,
    expected: 'one certificate',
    run: () => killAt(when, kind),
    long: kind === 'challenge' || kind === 'new-order',
  })),
]

export const BROKER_CERTIFICATE_FAULTS: readonly Fault[] = FAULTS.map((fault) => ({ class: 15, ...fault }))
