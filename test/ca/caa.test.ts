// What keeps a stranger with one address from certificates below other people's names, judged by a CA that honours CAA (RFC 8659, RFC
// 8657): first the attack, where the zone says nothing, then its end.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import * as v from 'valibot'
import { type CaaData, createDnsServer, createResolver } from '../../core/dns/index.ts'
import { silentLog } from '../../core/log.ts'
import { CA_IDENTITY, judgeCaa, whyCaaForbids } from '../../servers/ca/caa.ts'
import { createCaaIssuers } from '../../servers/dns/caa-issuers.ts'
import { issueValues } from '../../servers/dns/ca-identity.ts'
import { ID0, testZone, ZONE } from '../dns/fixtures.ts'
import { startOwnCa } from '../support/issuance.ts'
import { createRawClient, txtValue } from '../support/jws-client.ts'

const NAME = `127-0-0-1.${ID0}.${ZONE}`
const ACCOUNT = 'https://localhost/account/1'

const Challenges = v.object({
  status: v.string(),
  challenges: v.array(
    v.object({
      type: v.string(),
      url: v.string(),
      token: v.string(),
      error: v.optional(v.object({ type: v.string(), detail: v.string() })),
    }),
  ),
})

/** A zone, a CA that asks it, and a web server of a stranger who owns the address in the name. */
async function world(t: TestContext) {
  const issuers = createCaaIssuers(ZONE)
  const zone = testZone({ caa: [] }, { issuers })
  const dns = createDnsServer({ host: '127.0.0.1', port: 0, handle: zone.handle, log: silentLog })
  const resolver = createResolver({ servers: [await dns.start()] })
  const answers = new Map<string, string>()
  const web = createServer((request, response) => {
    response.end(answers.get(request.url ?? '') ?? '')
  })
  web.listen(0, '127.0.0.1')
  await once(web, 'listening')
  const address = web.address()
  assert.ok(address && typeof address === 'object')
  const judge = await startOwnCa({
    ...{ resolver, caa: resolver },
    http: { port: address.port, lookupIp: (name, options) => resolver.lookupIp(name, options) },
  })
  t.after(async () => {
    await judge.stop()
    web.close()
    await dns.stop()
  })
  const client = createRawClient(new URL(judge.directoryUrl).origin, judge.trustAnchorPem)
  await client.register()
  const pathOf = (url: unknown) => new URL(String(url)).pathname

  /** Proves a name in one way, and tells what came of it. */
  const prove = async (name: string, type: 'dns-01' | 'http-01') => {
    const order = await client.post('/new-order', { identifiers: [{ type: 'dns', value: name }] })
    const [place] = v.parse(v.array(v.string()), order.body['authorizations'])
    const look = async () => v.parse(Challenges, (await client.post(pathOf(place))).body)
    const challenge = (await look()).challenges.find((one) => one.type === type)
    if (!challenge) return 'not offered'
    const key = client.jwk
    const thumbprint = createHash('sha256')
      .update(JSON.stringify(Object.fromEntries(Object.entries(key).sort(([one], [other]) => (one < other ? -1 : 1)))))
      .digest('base64url')
    answers.set(`/.well-known/acme-challenge/${challenge.token}`, `${challenge.token}.${thumbprint}`)
    if (type === 'dns-01')
      zone.challenges.set(`_acme-challenge.${name.replace('*.', '')}`, txtValue(challenge.token, key), 60_000)
    await client.post(pathOf(challenge.url), {})
    for (;;) {
      const found = await look()
      const { error } = found.challenges.find((one) => one.type === type) ?? {}
      if (found.status !== 'pending') return error ? `${found.status}: ${error.type} ${error.detail}` : found.status
    }
  }
  return { issuers, prove, accountUrl: String(client.kid), directory: await client.get('/directory') }
}

describe('A9 a stranger who owns the address in a name', () => {
  it('A9 gets it certified by HTTP where the zone says nothing, and no more once it says how', async (t) => {
    const { issuers, prove } = await world(t)
    assert.equal(await prove(NAME, 'http-01'), 'valid')
    issuers.tell('issue', 'peers', issueValues([CA_IDENTITY]))
    assert.match(await prove(NAME, 'http-01'), /invalid: .*:caa CAA at p.* forbids it: only by .*dns-01, not http-01/)
    assert.match(await prove(`ip4127-0-0-1.ip.${ZONE}`, 'http-01'), /invalid: .*:caa CAA at ip/)
    assert.equal(await prove(NAME, 'dns-01'), 'valid')
    assert.equal(await prove(`*.${ID0}.${ZONE}`, 'dns-01'), 'valid')
    assert.equal(await prove(`*.${ID0}.${ZONE}`, 'http-01'), 'not offered')
  })

  it('A9 gets nothing by another account or from another CA either, and the issue server goes on', async (t) => {
    const { issuers, prove, accountUrl, directory } = await world(t)
    issuers.tell('issue', 'peers', issueValues([CA_IDENTITY], 'https://localhost/account/other'))
    assert.match(await prove(NAME, 'dns-01'), /:caa .*only for another account/)
    issuers.tell('issue', 'peers', issueValues(['letsencrypt.org']))
    assert.match(await prove(NAME, 'dns-01'), /:caa .*letsencrypt\.org may/)
    issuers.tell('issue', 'peers', issueValues([CA_IDENTITY], accountUrl))
    assert.equal(await prove(NAME, 'dns-01'), 'valid')
    assert.deepEqual(v.parse(v.object({ caaIdentities: v.array(v.string()) }), directory.body['meta']).caaIdentities, [
      CA_IDENTITY,
    ])
  })
})

describe('A9 the CA that judges it', () => {
  const may = (...values: readonly (string | CaaData)[]) =>
    values.map((value): CaaData => (typeof value === 'string' ? { flags: 0, tag: 'issue', value } : value))
  const ask = { name: 'a.example', wildcard: false, method: 'dns-01', accountUrl: ACCOUNT } as const

  for (const [what, records, question, allowed] of [
    ['no record', [], ask, true],
    ['its name', may(CA_IDENTITY), ask, true],
    ['its name in another case, with spaces', may(` ${CA_IDENTITY.toUpperCase()} ;`), ask, true],
    ['another name', may('ca.example'), ask, false],
    ['another name and its own', may('ca.example', CA_IDENTITY), ask, true],
    ['nobody', may(';'), ask, false],
    ['an empty value', may(''), ask, false],
    ['its method', may(`${CA_IDENTITY}; validationmethods=http-01,dns-01`), ask, true],
    ['another method', may(`${CA_IDENTITY}; validationmethods=dns-01`), { ...ask, method: 'http-01' }, false],
    ['its account', may(`${CA_IDENTITY}; accounturi=${ACCOUNT}`), ask, true],
    ['another account', may(`${CA_IDENTITY};accounturi=${ACCOUNT}1; validationmethods=dns-01`), ask, false],
    ['an unknown parameter', may(`${CA_IDENTITY}; x=y`), ask, true],
    ['parameters that cannot be read', may(`${CA_IDENTITY}; x y`), ask, false],
    ['iodef alone', may({ flags: 0, tag: 'iodef', value: 'mailto:a@b.example' }), ask, true],
    ['an unknown property', may({ flags: 0, tag: 'tbs', value: 'x' }), ask, true],
    ['an unknown critical property', may(CA_IDENTITY, { flags: 128, tag: 'tbs', value: 'x' }), ask, false],
    ['a known critical property', may({ flags: 128, tag: 'ISSUE', value: CA_IDENTITY }), ask, true],
    [
      'issuewild for others, at a wildcard',
      may(CA_IDENTITY, { flags: 0, tag: 'issuewild', value: ';' }),
      { ...ask, wildcard: true },
      false,
    ],
    ['issuewild for others, at no wildcard', may(CA_IDENTITY, { flags: 0, tag: 'issuewild', value: ';' }), ask, true],
    ['no issuewild, at a wildcard', may(CA_IDENTITY), { ...ask, wildcard: true }, true],
  ] as const)
    it(`A9 ${allowed ? 'signs' : 'refuses'} where there is ${what}`, () => {
      assert.equal(judgeCaa(records, question) === undefined, allowed)
    })

  it('A9 climbs to the closest records, stops where nobody is asked, and takes silence for a no', async () => {
    const asked: string[] = []
    const resolver = (silent: boolean) => ({
      async resolveCaa(name: string) {
        asked.push(name)
        if (silent) throw new Error('no answer')
        return name === 'p.example' ? may('ca.example') : []
      },
    })
    const question = { ...ask, name: 'x.y.p.example' }
    const { signal } = new AbortController()
    assert.match((await whyCaaForbids(resolver(false), question, signal))?.detail ?? '', /CAA at p\.example/)
    assert.deepEqual(asked, ['x.y.p.example', 'y.p.example', 'p.example'])
    assert.match((await whyCaaForbids(resolver(true), question, signal))?.detail ?? '', /no answer for CAA/)
    assert.equal(await whyCaaForbids(resolver(false), { ...ask, name: 'other.example' }, signal), undefined)
  })
})
