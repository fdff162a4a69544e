// Which CAs may issue for computed names, and by which way: the records that keep strangers from getting certificates below other
// people's names by whatever address these lead to (RFC 8657, RFC 8659).
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { decodeMessage, TYPE } from '../../core/dns/index.ts'
import { createCaaIssuers, InvalidIssuerError } from '../../servers/dns/caa-issuers.ts'
import { caaIdentities, issueValues } from '../../servers/dns/ca-identity.ts'
import { createCaaPins } from '../../servers/dns/caa-pins.ts'
import { NameOutsideZoneError } from '../../servers/dns/challenges.ts'
import { BASE36, ID0, testZone, ZONE } from './fixtures.ts'
import { rawOpt, rawQuery } from './wire.ts'

const ACCOUNT = 'https://acme-v02.api.letsencrypt.org/acme/acct/1234567890'

/** A zone where an issue server and a broker have said which CAs they use. */
function zoneOf() {
  const issuers = createCaaIssuers(ZONE)
  const pins = createCaaPins(ZONE)
  const zone = testZone({}, { issuers, pins })
  const ask = (name: string, additionals: readonly Buffer[] = [], type: number = TYPE.CAA) => {
    const query = rawQuery({ name, type, additionals })
    const out = Buffer.alloc(65_535)
    return { query, reply: Buffer.from(out.subarray(0, zone.handle(query, query.length, out, 'udp'))) }
  }
  const caa = (name: string) =>
    decodeMessage(ask(name).reply).answers.map((record) =>
      record.type === TYPE.CAA ? `${record.data.flags} ${record.data.tag} ${record.data.value}` : record.type,
    )
  const any = (name: string) =>
    decodeMessage(ask(name, [], TYPE.ANY).reply).answers.map((record) =>
      record.type === 'other' ? record.number : record.type,
    )
  return { issuers, pins, ask, caa, any }
}

/** The record that counts for a name: the one at the closest name above it that has any (RFC 8659 section 3). */
function climb(caa: (name: string) => readonly unknown[], name: string): readonly unknown[] {
  const found = caa(name)
  if (found.length > 0 || name === ZONE) return found
  return climb(caa, name.slice(name.indexOf('.') + 1))
}

suite('A9 the CAA records of computed names', () => {
  test('A9 let the issue server’s CA validate by DNS alone, at every peer, made up or not, and below', () => {
    const { issuers, caa } = zoneOf()
    issuers.tell('issue', 'peers', issueValues(['letsencrypt.org'], ACCOUNT))
    const expected = [`0 issue letsencrypt.org; validationmethods=dns-01; accounturi=${ACCOUNT}`]
    for (const name of [
      `ip.${ZONE}`,
      `${ID0}.${ZONE}`,
      `192-0-2-7.${ID0}.${ZONE}`,
      `ip4192-0-2-7.ip.${ZONE}`,
      `_acme-challenge.${ID0}.${ZONE}`,
      `${ID0.replace(/.$/, 'a')}.${ZONE}`,
      `${ID0.toUpperCase()}.${ZONE}`,
    ])
      assert.deepEqual(climb(caa, name), expected, name)
  })

  test('A9 let the CAs of AutoTLS peers validate by DNS alone, at every label of the forge', () => {
    const { issuers, caa } = zoneOf()
    issuers.tell('broker', 'autotls', issueValues(['letsencrypt.org', 'letsencrypt.org', 'pki.goog']))
    for (const name of [`${BASE36}.${ZONE}`, `192-0-2-7.${BASE36}.${ZONE}`])
      assert.deepEqual(climb(caa, name), [
        '0 issue letsencrypt.org; validationmethods=dns-01',
        '0 issue pki.goog; validationmethods=dns-01',
      ])
    assert.deepEqual(caa(`${ID0}.${ZONE}`), [])
  })

  test('A9 are among what ANY finds: one small HINFO where there is one, nothing where there is none', () => {
    const { issuers, pins, any } = zoneOf()
    const names = [`ip.${ZONE}`, `${BASE36}.${ZONE}`]
    const all = () => names.map((name) => any(name))
    assert.deepEqual(all(), [[], []])
    pins.set(`${BASE36}.${ZONE}`, `letsencrypt.org; accounturi=${ACCOUNT}`)
    assert.deepEqual(all(), [[], [TYPE.HINFO]])
    pins.set(`${BASE36}.${ZONE}`, '')
    issuers.tell('issue', 'peers', issueValues(['letsencrypt.org'], ACCOUNT))
    issuers.tell('broker', 'autotls', issueValues(['letsencrypt.org']))
    assert.deepEqual(all(), [[TYPE.HINFO], [TYPE.HINFO]])
  })

  test('A9 give a pinned account the method as well, unless it names its own', () => {
    const { pins, caa } = zoneOf()
    pins.set(`${BASE36}.${ZONE}`, `letsencrypt.org; accounturi=${ACCOUNT}`)
    assert.deepEqual(caa(`${BASE36}.${ZONE}`), [
      `0 issue letsencrypt.org; accounturi=${ACCOUNT}; validationmethods=dns-01`,
    ])
    pins.set(`${BASE36}.${ZONE}`, 'ca.example; validationmethods=dns-01,dns-persist-01')
    assert.deepEqual(caa(`${BASE36}.${ZONE}`), ['0 issue ca.example; validationmethods=dns-01,dns-persist-01'])
  })

  test('A9 leave the zone’s own name to its operator', () => {
    const { issuers, caa } = zoneOf()
    issuers.tell('issue', 'peers', issueValues(['letsencrypt.org']))
    assert.deepEqual(caa(ZONE), ['0 issue letsencrypt.org', '0 iodef mailto:dns@example.org'])
  })

  test('A9 are those of all writers together, and go with who said them', () => {
    const { issuers, caa } = zoneOf()
    issuers.tell('one', 'peers', issueValues(['letsencrypt.org'], 'https://ca.example/1'))
    issuers.tell('two', 'peers', issueValues(['letsencrypt.org'], 'https://ca.example/2'))
    assert.equal(caa(`${ID0}.${ZONE}`).length, 2)
    issuers.tell('two', 'peers', [])
    assert.equal(caa(`${ID0}.${ZONE}`).length, 1)
    issuers.forget('one')
    assert.deepEqual(caa(`${ID0}.${ZONE}`), ['0 issue ;'])
    issuers.forget('two')
    assert.deepEqual(caa(`${ID0}.${ZONE}`), [])
  })

  test('A9 are refused in another form, for another kind, or when there are too many', () => {
    const issuers = createCaaIssuers(ZONE)
    assert.throws(() => issuers.tell('x', 'zone', ['ca.example']), NameOutsideZoneError)
    for (const bad of [
      ['A CA'],
      ['ca.example\n'],
      [`ca.example; a=${'b'.repeat(300)}`],
      Array.from({ length: 9 }, () => 'a.b'),
    ])
      assert.throws(() => issuers.tell('x', 'peers', bad), InvalidIssuerError)
    assert.equal(issuers.find('peers'), undefined)
  })

  test('A9 are never cut: below 512 bytes in every answer, also where the query is short', () => {
    const { issuers, pins, ask } = zoneOf()
    issuers.tell(
      'one',
      'peers',
      issueValues(
        ['a', 'b', 'c', 'd'].map((letter) => `${letter}.ca.example`),
        ACCOUNT,
      ),
    )
    issuers.tell(
      'two',
      'peers',
      issueValues(
        ['e', 'f', 'g', 'h'].map((letter) => `${letter}.ca.example`),
        ACCOUNT,
      ),
    )
    issuers.tell('one', 'autotls', issueValues(['letsencrypt.org', 'pki.goog', 'sectigo.com', 'ssl.com']))
    for (const name of [ZONE, `ip.${ZONE}`, `${ID0}.${ZONE}`, `${BASE36}.${ZONE}`, `ns1.${ZONE}`]) {
      for (const additionals of [[], [rawOpt({ payload: 512 })], [rawOpt()]]) {
        const { reply } = ask(name, additionals)
        assert.equal(decodeMessage(reply).truncated, false, name)
        assert.ok(reply.length <= 512, `${reply.length} bytes for ${name}`)
      }
    }
    pins.set(`${BASE36}.${ZONE}`, `ca.example; accounturi=https://ca.example/${'1'.repeat(200)}`)
    assert.equal(decodeMessage(ask(`${BASE36}.${ZONE}`).reply).truncated, false)
  })
})

suite('A9 what a CA is called', () => {
  test('A9 follows from its directory, from what the operator says, or from what the directory says', () => {
    assert.deepEqual(caaIdentities('letsencrypt'), ['letsencrypt.org'])
    assert.deepEqual(caaIdentities('staging'), ['letsencrypt.org'])
    assert.deepEqual(caaIdentities('https://dv.acme-v02.api.pki.goog/directory'), ['pki.goog'])
    assert.deepEqual(caaIdentities('https://ca.example/dir', { meta: ['CA.example', 'x y', 'b', 'c', 'd'] }), [
      'ca.example',
      'b',
      'c',
    ])
    assert.deepEqual(caaIdentities('letsencrypt', { configured: ['other.example'] }), ['other.example'])
    assert.deepEqual(caaIdentities('https://ca.example/dir'), [])
  })

  test('A9 an account that no record can hold is left out', () => {
    assert.deepEqual(issueValues(['ca.example'], 'https://ca.example/a;b'), ['ca.example; validationmethods=dns-01'])
    assert.deepEqual(issueValues(['ca.example'], `https://ca.example/${'a'.repeat(200)}`), [
      'ca.example; validationmethods=dns-01',
    ])
  })
})
