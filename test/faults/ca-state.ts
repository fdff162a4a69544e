// Class 9: the CA knows other things than we do. Accounts come and go, orders expire, names fail one by one, and what is handed
// over as our certificate is not believed before it is checked.
import { DEFAULT_POLL, memoryAccountStore } from '../../core/acme/index.ts'
import { generateKeyPem } from '../../core/x509/index.ts'
import type { CaAnswer } from '../../servers/ca/http.ts'
import { counted, type Fault, inWords } from './fault.ts'
import { askWindow, decisionInWords } from './renewal-words.ts'
import { after, always, before, type Kind, problem } from './spoil.ts'
import { leftIn, type OwnWorld, withOwnCa } from './world.ts'

const WEEK_MS = 7 * 24 * 3_600_000
const TWO_NAMES = ['good.example.net', 'bad.example.net']

/** A DNS that forgets the values of names with `bad` in them. */
const halfDns = ({ judge: { zone } }: OwnWorld): OwnWorld['judge']['zone'] => ({
  ...zone,
  set: (name, value, signal) => (name.includes('bad') ? Promise.resolve() : zone.set(name, value, signal)),
})

/** The outcome with the answers to `certificate` replaced. */
const served = (change: (answer: CaAnswer, world: { other: string }) => unknown) => {
  const known = { other: '' }
  const spoil = after(always('certificate'), (answer) =>
    known.other === '' ? answer : { ...answer, body: change(answer, known) },
  )
  return withOwnCa(spoil, async (world) => {
    known.other = (await world.issue({ names: ['other.example.net'] })).chainPem
    const told = await world.issue().then(() => 'accepted', inWords)
    return [told, ...leftIn(world.judge)].join(', ')
  })
}

const blocks = (pem: unknown) => String(pem).match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []

const ENDED = ['invalid', 'deactivated', 'expired', 'revoked'] as const

const ORDER_KINDS: readonly Kind[] = ['new-order', 'order', 'finalize']

interface OddBody {
  readonly fault: string
  readonly kinds: readonly Kind[]
  readonly change: (body: Readonly<Record<string, unknown>>) => unknown
}

const onlyWhile = (state: string, change: OddBody['change']): OddBody['change'] => {
  return (body) => (body['status'] === state ? change(body) : body)
}

const ODD_BODIES: readonly OddBody[] = [
  {
    fault: 'null or nothing for the members of an order that it does not need',
    kinds: ORDER_KINDS,
    change: (body) => ({ certificate: '', ...body, expires: null, error: null, replaces: '' }),
  },
  {
    fault: '`authorizations: null` in a ready order',
    kinds: ORDER_KINDS,
    change: onlyWhile('ready', (body) => ({ ...body, authorizations: null })),
  },
  {
    fault: 'a valid order with nothing but its certificate',
    kinds: ORDER_KINDS,
    change: onlyWhile('valid', ({ status, certificate }) => ({ status, certificate })),
  },
  { fault: '`meta: null` in its directory', kinds: ['directory'], change: (body) => ({ ...body, meta: null }) },
  {
    fault: 'challenges of unknown kinds that lack everything',
    kinds: ['authorization'],
    change: (body) => ({ ...body, challenges: [{ type: 'dns-next-01' }, {}, null, ...Object(body['challenges'])] }),
  },
]

export const CA_STATE_FAULTS: readonly Fault[] = [
  {
    class: 9,
    fault: 'the CA has lost our account',
    expected: 'one certificate, the account was made again once',
    run: () =>
      withOwnCa({}, async (world) => {
        const keyPem = await generateKeyPem('ecdsa-p256')
        const directoryUrl = world.judge.directoryUrl
        const store = memoryAccountStore({
          directoryUrl,
          keyPem,
          url: directoryUrl.replace('directory', 'account/gone'),
        })
        const session = await world.open({ store })
        const names = ['a.example.net', 'b.example.net', 'c.example.net']
        const orders = await Promise.all(names.map((name) => session.newOrder({ names: [name] })))
        const told = await world.tell({ session })
        const accounts = world.ca.stats().accounts
        return `${told}, the account was made again ${accounts === 1 && orders.length === 3 ? 'once' : `${accounts} times`}`
      }),
  },
  {
    class: 9,
    fault: 'the CA has lost our account between order and challenge',
    expected: 'refused: accountDoesNotExist',
    run: () => withOwnCa(before(always('challenge'), problem(400, 'accountDoesNotExist')), (world) => world.tell()),
  },
  {
    class: 9,
    fault: 'our account was deactivated, and others rely on it (servers)',
    expected: 'the account is gone (deactivated), and what to do is said',
    run: () =>
      withOwnCa({}, async (world) => {
        await (await world.open()).deactivateAccount()
        return world.tell()
      }),
  },
  {
    class: 9,
    fault: 'our account was deactivated, and nobody else relies on it (nodes); then the new one, too',
    expected:
      'one certificate; then the account is gone (deactivated), and what to do is said, one certificate at the CA',
    run: () =>
      withOwnCa({}, async (world) => {
        const replaceGoneAccount = true
        await (await world.open({ replaceGoneAccount })).deactivateAccount()
        const early = await world.tell({ session: await world.open({ replaceGoneAccount }) })
        await (await world.open({ replaceGoneAccount })).deactivateAccount()
        return `${early}; then ${await world.tell({ session: await world.open({ replaceGoneAccount }) })}`
      }),
  },
  {
    class: 9,
    fault: 'another instance gave the account a new key, ours is the old one',
    expected: 'the account is gone (unknown), and what to do is said',
    run: () =>
      withOwnCa({}, async (world) => {
        const mine = await world.open()
        const { keyPem, url } = await mine.account()
        const other = await world.open({
          store: memoryAccountStore({ directoryUrl: world.judge.directoryUrl, keyPem, url }),
        })
        await other.changeKey(await generateKeyPem('ecdsa-p256'))
        return world.tell({ session: mine })
      }),
  },
  {
    class: 9,
    fault: 'our account’s key is changed between two certificates',
    expected: 'two certificates',
    run: () =>
      withOwnCa({}, async (world) => {
        const session = await world.open()
        await world.issue({ session })
        await session.changeKey(await generateKeyPem('ecdsa-p384'))
        return world.tell({ session })
      }),
  },
  {
    class: 9,
    fault: 'the CA’s terms have changed and a person must agree',
    expected: 'refused: userActionRequired',
    run: () => withOwnCa(before(always('new-order'), problem(403, 'userActionRequired')), (world) => world.tell()),
  },
  {
    class: 9,
    fault: 'an external account is required and we have none',
    expected: 'refused: externalAccountRequired',
    run: () => withOwnCa({}, (world) => world.tell(), { externalAccounts: { kid: 'c2VjcmV0' } }),
  },
  ...ENDED.map((status): Fault => ({
    class: 9,
    fault: `the order is ${status}`,
    expected: `refused: the order is ${status}, the order was asked once`,
    run: () =>
      withOwnCa(
        after(always('order'), (answer) => ({ ...answer, body: { ...Object(answer.body), status } })),
        async (world) => {
          const told = await world.tell()
          const asked = world.requests.filter((one) => one === 'POST order').length
          return `${told}, the order was asked ${asked === 1 ? 'once' : `${asked} times`}`
        },
      ),
  })),
  {
    class: 9,
    fault: 'the order to go on with has expired',
    expected: 'one certificate by a new order',
    run: () =>
      withOwnCa({}, async (world) => {
        const session = await world.open()
        const { url } = await session.newOrder({ names: ['*.faults.example.net'] })
        world.clock.jump(WEEK_MS + 1000)
        const { orderUrl } = await world.issue({ session, resume: { orderUrl: url } })
        return `${counted(world.certificates(), 'certificate')} by ${orderUrl === url ? 'the old' : 'a new'} order`
      }),
  },
  {
    class: 9,
    fault: 'an authorization of the order is valid already',
    expected: 'one certificate, one TXT value set',
    run: () =>
      withOwnCa({}, async (world) => {
        const session = await world.open()
        const { zone } = world.judge
        const names = ['done.example.net', 'open.example.net']
        const order = await session.newOrder({ names })
        const first = await session.authorization(order.authorizations[0] ?? '')
        const [challenge] = first.challenges
        const value = await session.challengeValue(challenge?.token ?? '')
        const place = `_acme-challenge.${first.base}`
        await zone.set(place, value, undefined)
        await session.tellChallenge(challenge?.url ?? '')
        await session.authorization(order.authorizations[0] ?? '')
        await zone.remove(place, value, AbortSignal.timeout(1000))
        zone.changes.length = 0
        const told = await world.tell({ session, names, resume: { orderUrl: order.url } })
        return `${told}, ${counted(zone.changes.filter((change) => change.startsWith('set')).length, 'TXT value')} set`
      }),
  },
  {
    class: 9,
    fault: 'an authorization of the order was given up',
    expected: 'one certificate by a new order',
    run: () =>
      withOwnCa({}, async (world) => {
        const session = await world.open()
        const { url, authorizations } = await session.newOrder({ names: ['*.faults.example.net'] })
        await session.deactivateAuthorization(authorizations[0] ?? '')
        const { orderUrl } = await world.issue({ session, resume: { orderUrl: url } })
        return `${counted(world.certificates(), 'certificate')} by ${orderUrl === url ? 'the old' : 'a new'} order`
      }),
  },
  ...ODD_BODIES.map(({ fault, kinds, change }): Fault => ({
    class: 9,
    fault: `the CA writes ${fault}`,
    expected: 'one certificate',
    run: () =>
      withOwnCa(
        after(
          ({ kind }) => kinds.includes(kind),
          (answer) => (answer.status < 400 ? { ...answer, body: change(Object(answer.body)) } : answer),
        ),
        (world) => world.tell(),
      ),
  })),
  {
    class: 9,
    fault: 'the CA asks about a name that was not ordered',
    expected: 'no usable answer: NOT_ACME, nothing was set',
    run: () =>
      withOwnCa(
        after(always('authorization'), (answer) => ({
          ...answer,
          body: { ...Object(answer.body), identifier: { type: 'dns', value: 'victim.example.net' } },
        })),
        async (world) =>
          `${await world.tell()}, ${world.judge.zone.changes.length === 0 ? 'nothing' : 'something'} was set`,
      ),
  },
  ...(['409 conflict', '400 malformed', '404 malformed', '405 malformed'] as const).map((refusal): Fault => ({
    class: 9,
    fault: `the CA says ${refusal} to a challenge that it has begun with`,
    expected: 'one certificate',
    run() {
      const [status, type = ''] = refusal.split(' ')
      return withOwnCa(
        after(always('challenge'), () => problem(Number(status), type)),
        (world) => world.tell(),
      )
    },
  })),
  ...(['403 orderNotReady', '409 conflict', '400 malformed'] as const).map((refusal): Fault => ({
    class: 9,
    fault: `the CA says ${refusal} to a CSR that it has taken`,
    expected: 'one certificate',
    run() {
      const [status, type = ''] = refusal.split(' ')
      return withOwnCa(
        after(always('finalize'), () => problem(Number(status), type)),
        (world) => world.tell(),
      )
    },
  })),
  {
    class: 9,
    fault: 'one of two names fails',
    expected: 'the CA did not validate bad.example.net (dns)',
    run: () => withOwnCa({}, (world) => world.tell({ names: TWO_NAMES, dns01: halfDns(world) })),
  },
  {
    class: 9,
    fault: 'the CA hands over another client’s certificate',
    expected: 'certificate not accepted: key-mismatch',
    run: () => served((_answer, { other }) => other),
  },
  {
    class: 9,
    fault: 'the CA hands over garbage',
    expected: 'no usable answer: NOT_ACME',
    run: () => served(() => 'garbage'),
  },
  {
    class: 9,
    fault: 'the CA hands over the certificate without its issuer',
    expected: 'certificate not accepted: broken-chain',
    run: () => served(({ body }) => blocks(body)[0]),
  },
  {
    class: 9,
    fault: 'the CA hands over the certificate with somebody else’s issuer',
    expected: 'certificate not accepted: broken-chain',
    run: () => served(({ body }) => [blocks(body)[0], blocks(body)[0]].join('\n')),
  },
  {
    class: 9,
    fault: 'the certificate is of a test CA and production was asked for',
    expected: 'certificate not accepted: test-issuer, one certificate at the CA',
    run: () => withOwnCa({}, (world) => world.tell({ production: true })),
  },
  {
    class: 9,
    fault: 'the certificate is revoked',
    expected: 'renews now: the CA asked for it',
    run: () =>
      withOwnCa({}, async (world) => {
        const { chainPem, facts } = await world.issue()
        await (await world.open()).revoke(chainPem, { reason: 4 })
        const info = await askWindow(world, chainPem)
        return decisionInWords(facts, world.clock.now(), info?.window)
      }),
  },
  {
    class: 9,
    fault: 'the certificate is revoked by its own key, after the account was lost',
    expected: 'revoked at the CA',
    run: () =>
      withOwnCa({}, async (world) => {
        const { chainPem, privateKeyPem } = await world.issue()
        const stranger = await world.open({ store: memoryAccountStore() })
        await stranger.revoke(chainPem, { keyPem: privateKeyPem })
        return `${world.ca.issued().every(({ revoked }) => revoked) ? '' : 'not '}revoked at the CA`
      }),
  },
  {
    class: 9,
    fault: 'the CA never comes to an end',
    expected: 'left for now, the order can be resumed; later one certificate',
    run() {
      let stuck = true
      const spoil = after(
        (exchange) => stuck && exchange.kind === 'order',
        (answer) => ({ ...answer, body: { ...Object(answer.body), status: 'pending' } }),
      )
      return withOwnCa(spoil, async (world) => {
        const saved: string[] = []
        const orderStore = { save: async (url: string) => void saved.push(url), clear: async () => undefined }
        const early = await world.tell({ orderStore, poll: DEFAULT_POLL })
        stuck = false
        return `${early}; later ${await world.tell({ resume: { orderUrl: saved[0] ?? '' } })}`
      })
    },
  },
]
