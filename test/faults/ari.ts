// Class 5: what the CA says about renewal is strange, late, missing or refused. A wrong answer never keeps a certificate from
// being renewed, and a renewal that the CA does not take for one is made as an ordinary order.
import { AcmeProblem, memoryAccountStore } from '../../core/acme/index.ts'
import { certId, certIdOf } from '../../core/x509/index.ts'
import type { CaAnswer } from '../../servers/ca/http.ts'
import { counted, type Fault } from './fault.ts'
import { askAndDecide, askWindow, decisionInWords } from './renewal-words.ts'
import { after, always, before, problem, times } from './spoil.ts'
import { type OwnWorld, withOwnCa } from './world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const START = Date.parse('2026-11-20T12:00:00Z')

const at = (days: number) => new Date(START + days * DAY_MS).toISOString()

/** The CA's answer with this window instead. */
function windowOf(start: string, end: string, headers: Readonly<Record<string, string>> = {}) {
  return (answer: CaAnswer): CaAnswer => ({
    ...answer,
    headers: { ...answer.headers, ...headers },
    body: { suggestedWindow: { start, end } },
  })
}

interface Case {
  readonly fault: string
  readonly expected: string
  readonly change: (answer: CaAnswer) => CaAnswer
  /** How much time passes before the CA is asked. */
  readonly passMs?: number
}

const THIRD = 'renews in 60 d: a third of its life is left'

const ANSWERS: readonly Case[] = [
  {
    fault: 'a window in 10 days',
    expected: 'renews in 11 d: the CA asked for it; asks again in 6 h',
    change: windowOf(at(10), at(12)),
  },
  {
    fault: 'a window around now',
    expected: 'renews now: the CA asked for it; asks again in 6 h',
    change: windowOf(at(-1), at(0.5)),
  },
  {
    fault: 'a window that is past',
    expected: 'renews now: the CA asked for it; asks again in 6 h',
    change: windowOf(at(-2), at(-1)),
  },
  {
    fault: 'a window that ends before it begins',
    expected: `${THIRD}; asks again in 6 h`,
    change: windowOf(at(11), at(10)),
  },
  { fault: 'a window of no length', expected: `${THIRD}; asks again in 6 h`, change: windowOf(at(10), at(10)) },
  { fault: 'a window of words', expected: `${THIRD}; asks again in 6 h`, change: windowOf('soon', 'later') },
  {
    fault: 'a window after the certificate’s end',
    expected: 'renews in 85 d: a twentieth of its life is left; asks again in 6 h',
    change: windowOf(at(200), at(201)),
  },
  {
    fault: 'a window from the year 1 to the year 9999',
    expected: 'renews in 85 d: a twentieth of its life is left; asks again in 6 h',
    change: windowOf('0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'),
  },
  {
    fault: 'a window that was slept through',
    expected: 'renews now: the CA asked for it; asks again in 6 h',
    change: windowOf(at(10), at(12)),
    passMs: 20 * DAY_MS,
  },
  {
    fault: 'no window at all',
    expected: `${THIRD}; asks again in 6 h`,
    change: (answer) => ({ ...answer, body: { hello: 1 } }),
  },
  { fault: '404', expected: `${THIRD}; asks again in 6 h`, change: () => problem(404, 'malformed') },
  { fault: '503', expected: `${THIRD}; refused: serverInternal`, change: () => problem(503, 'serverInternal') },
  ...(
    [
      ['0', '1 min'],
      ['-5', '6 h'],
      ['7200', '2 h'],
      ['2592000', '1 d'],
      ['rubbish', '6 h'],
    ] as const
  ).map(([header, asked]): Case => ({
    fault: `Retry-After: ${header}`,
    expected: `renews in 11 d: the CA asked for it; asks again in ${asked}`,
    change: windowOf(at(10), at(12), { 'retry-after': header }),
  })),
]

/** Renews with `replaces` and says whether the CA took it for a renewal. */
async function renewReplacing(world: OwnWorld, replaces: string, names?: readonly string[]): Promise<string> {
  const known = world.certificates()
  const session = await world.open()
  const { steps } = await world.issue({ session, replaces, ...(names ? { names } : {}) })
  const order = steps.find(({ step }) => step === 'order')
  const refusal = order?.step === 'order' ? order.replacesRefused : undefined
  const made = counted(world.certificates() - known, 'certificate')
  if (!refusal) return `${made}, as a renewal`
  const why = refusal instanceof AcmeProblem ? `${refusal.status} ${refusal.type}` : refusal.code
  return `${made}, ordered once more without it (${why})`
}

const UNKNOWN_ID = 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE'

const REFUSALS: readonly (readonly [fault: string, answer: CaAnswer, why: string])[] = [
  ['500 serverInternal', problem(500, 'serverInternal'), '500 serverInternal'],
  ['422 malformed', problem(422, 'malformed'), '422 malformed'],
  ['400 malformed', problem(400, 'malformed'), '400 malformed'],
  ['409 conflict', problem(409, 'conflict'), '409 conflict'],
  ['500 and a page', { status: 500, headers: { 'content-type': 'text/html' }, body: '<h1>Oh</h1>' }, 'HTTP_500'],
  ['422 and a page', { status: 422, headers: { 'content-type': 'text/html' }, body: '<h1>Oh</h1>' }, 'HTTP_422'],
]

export const ARI_FAULTS: readonly Fault[] = [
  ...ANSWERS.map(({ fault, expected, change, passMs }): Fault => ({
    class: 5,
    fault: `the CA answers ${fault}`,
    expected,
    run: () => withOwnCa(after(always('renewal-info'), change), (world) => askAndDecide(world, passMs)),
  })),
  {
    class: 5,
    fault: 'the certificate is revoked after its window was read',
    expected: 'renews in 60 d: the CA asked for it; then renews now: the CA asked for it',
    run: () =>
      withOwnCa({}, async (world) => {
        const { chainPem, facts } = await world.issue()
        const first = await askWindow(world, chainPem)
        const early = decisionInWords(facts, world.clock.now(), first?.window)
        await (await world.open()).revoke(chainPem)
        const second = await askWindow(world, chainPem)
        return `${early}; then ${decisionInWords(facts, world.clock.now(), second?.window)}`
      }),
  },
  {
    class: 5,
    fault: 'the CA gives an address that explains the window',
    expected: 'https://ca.example/why is handed on',
    run: () =>
      withOwnCa(
        after(always('renewal-info'), (answer) => ({
          ...answer,
          body: { ...Object(answer.body), explanationURL: 'https://ca.example/why' },
        })),
        async (world) => `${(await askWindow(world, (await world.issue()).chainPem))?.explanationUrl} is handed on`,
      ),
  },
  {
    class: 5,
    fault: '`replaces` names the certificate in use',
    expected: 'one certificate, as a renewal',
    run: () => withOwnCa({}, async (world) => renewReplacing(world, certId((await world.issue()).chainPem))),
  },
  {
    class: 5,
    fault: '`replaces` names an unknown certificate',
    expected: 'one certificate, ordered once more without it (404 malformed)',
    run: () => withOwnCa({}, (world) => renewReplacing(world, UNKNOWN_ID)),
  },
  {
    class: 5,
    fault: '`replaces` names a certificate that expired while the machine slept',
    expected: 'one certificate, ordered once more without it (404 malformed)',
    run: () =>
      withOwnCa({}, async (world) => {
        const { chainPem } = await world.issue()
        world.clock.jump(100 * DAY_MS)
        return renewReplacing(world, certId(chainPem))
      }),
  },
  {
    class: 5,
    fault: '`replaces` names a certificate that was replaced already',
    expected: 'one certificate, ordered once more without it (409 alreadyReplaced)',
    run: () =>
      withOwnCa({}, async (world) => {
        const id = certId((await world.issue()).chainPem)
        await renewReplacing(world, id)
        return renewReplacing(world, id)
      }),
  },
  {
    class: 5,
    fault: '`replaces` names another account’s certificate',
    expected: 'one certificate, ordered once more without it (403 unauthorized)',
    run: () =>
      withOwnCa({}, async (world) => {
        const other = await world.open({ store: memoryAccountStore() })
        return renewReplacing(world, certId((await world.issue({ session: other })).chainPem))
      }),
  },
  {
    class: 5,
    fault: '`replaces` names a certificate for other names',
    expected: 'one certificate, ordered once more without it (400 malformed)',
    run: () =>
      withOwnCa({}, async (world) =>
        renewReplacing(world, certId((await world.issue()).chainPem), ['other.example.net']),
      ),
  },
  ...REFUSALS.map(([fault, answer, why]): Fault => ({
    class: 5,
    fault: `an order with \`replaces\` is answered with ${fault}`,
    expected: `one certificate, ordered once more without it (${why})`,
    run: () => withOwnCa(before(times(1, 'new-order'), answer), (world) => renewReplacing(world, UNKNOWN_ID)),
  })),
  {
    class: 5,
    fault: 'a limit meets an order with `replaces`',
    expected: 'refused: rateLimited, come back in 2 h, asked once',
    run: () =>
      withOwnCa(before(always('new-order'), problem(429, 'rateLimited', { 'retry-after': '7200' })), async (world) => {
        const said = await world.tell({ replaces: UNKNOWN_ID })
        return `${said}, asked ${world.requests.filter((one) => one === 'POST new-order').length === 1 ? 'once' : 'again'}`
      }),
  },
  {
    class: 5,
    fault: 'a CA without renewal information refuses what it does not know',
    expected: 'one certificate, as a plain order',
    run() {
      const plain = after(always('directory'), ({ body, ...answer }) => {
        const { renewalInfo: _, ...rest } = Object(body)
        return { ...answer, body: rest }
      })
      return withOwnCa(plain, async (world) =>
        (await renewReplacing(world, UNKNOWN_ID)).replace('as a renewal', 'as a plain order'),
      )
    },
  },
  {
    class: 5,
    fault: '`replaces` is refused and the answer to the second order is lost',
    expected: 'one certificate, ordered once more without it (404 malformed)',
    run() {
      const second = times(2, 'new-order')
      let seen = 0
      const spoil = after(
        (exchange) => second(exchange) && ++seen === 2,
        () => 'cut',
      )
      return withOwnCa(spoil, (world) => renewReplacing(world, UNKNOWN_ID))
    },
  },
  {
    class: 5,
    fault: 'an order is refused for another reason than `replaces`',
    expected: 'refused: rejectedIdentifier, asked twice',
    run: () =>
      withOwnCa(before(always('new-order'), problem(400, 'rejectedIdentifier')), async (world) => {
        const said = await world.tell({ replaces: UNKNOWN_ID })
        return `${said}, asked ${world.requests.filter((one) => one === 'POST new-order').length === 2 ? 'twice' : 'otherwise'}`
      }),
  },
  {
    class: 5,
    fault: 'the id of RFC 9773’s own example, whose serial number has its top bit set',
    expected: UNKNOWN_ID,
    run: async () => certIdOf(Buffer.from('69885b6b87464041e1b37b847ba0ae2cde01c8d4', 'hex'), '87654321'),
  },
  {
    class: 5,
    fault: 'the ids of certificates whose serial numbers have their top bit set and not set',
    expected: 'the CA knows every one of 16',
    run: () =>
      withOwnCa({}, async (world) => {
        const session = await world.open()
        const all = await Promise.all(
          Array.from({ length: 16 }, (_, index) => world.issue({ session, names: [`s${index}.example.net`] })),
        )
        const known = await Promise.all(all.map(({ chainPem }) => askWindow(world, chainPem)))
        const count = known.filter((info) => info !== undefined).length
        return `the CA knows ${count === all.length ? 'every one of ' : ''}${count}`
      }),
  },
]
