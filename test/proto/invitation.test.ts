import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import * as v from 'valibot'
import { PUBLIC_FORGE } from '../../proto/api/index.ts'
import { ServersConfig } from '../../servers/config.ts'
import {
  formatInvitation,
  InvitationError,
  invitedHosts,
  invitedNameOf,
  invitedPeer,
  isOnThisComputer,
  parseInvitation,
} from '../../proto/invitation.ts'

const PEER = '12D3KooWB3TYWnao4oSdF54eUcCPqFkFmNHhw6Vq37V96jwLVvp4'
const OTHER = '12D3KooWDUeehF4mrn75jmNFSQYRYgw9pTdcRgdX1HopAF8RpgaW'
const ISSUE = `/dns4/issue.example.org/tcp/4431/p2p/${PEER}`
const GOOD = `nodetrust://join/example.org?name=Family&issue=${ISSUE}`

test('an invitation comes back as it was written', () => {
  const pem = ['-----BEGIN CERTIFICATE-----', 'AAEC+/8=', '-----END CERTIFICATE-----', ''].join('\n')
  const invitation = {
    ...{ zone: 'example.org', name: 'Familie Müller', issue: [ISSUE, `/ip6/2001:db8::1/tcp/4431/p2p/${PEER}`] },
    ...{ rootPem: pem, resolver: '127.0.0.1:5353' },
  }
  assert.deepEqual(parseInvitation(formatInvitation(invitation)), invitation)
})

test('an invitation names its peer and its hosts', () => {
  const invitation = parseInvitation(`${GOOD}&issue=/ip4/203.0.113.7/tcp/4431/p2p/${PEER}`)
  assert.equal(invitedPeer(invitation), PEER)
  assert.deepEqual(invitedHosts(invitation), ['issue.example.org', '203.0.113.7'])
})

test('spaces and line breaks around an invitation are of no matter, nor is the case of its zone', () => {
  assert.equal(parseInvitation(`  \n${GOOD.replace('example.org?', 'Example.ORG?')}\n`).zone, 'example.org')
})

test('without a name a network is called by its zone', () => {
  assert.equal(parseInvitation(`nodetrust://join/example.org?issue=${ISSUE}`).name, 'example.org')
})

const FORGE = 'nodetrust://join/forge.example.org?name=Club&broker=https://registration.forge.example.org'

test('an invitation to a forge comes back as it was written', () => {
  const invitation = {
    ...{ zone: 'forge.example.org', name: 'Club', issue: [], broker: 'https://registration.forge.example.org' },
    ...{ directory: 'https://ca.example.org/dir', token: 'abc-DEF_1.2~3' },
  }
  assert.deepEqual(parseInvitation(formatInvitation(invitation)), invitation)
  assert.deepEqual(invitedHosts(invitation), ['registration.forge.example.org'])
  assert.equal(invitedPeer(invitation), '')
})

const pemOf = (body: string) => ['-----BEGIN CERTIFICATE-----', body, '-----END CERTIFICATE-----', ''].join('\n')

test('an invitation to a forge on this computer comes back with its CA, both roots and its DNS server', () => {
  const invitation = {
    ...{ zone: 'sandbox.nodetrust.test', name: 'Sandbox forge', issue: [], broker: 'http://127.0.0.1:4711' },
    ...{ directory: 'https://127.0.0.1:4712/directory', resolver: '127.0.0.1:5353' },
    rootPem: `${pemOf('AAEC+/8=')}${pemOf('BBEC+/8=')}`,
  }
  assert.deepEqual(parseInvitation(formatInvitation(invitation)), invitation)
})

test('a broker is on this computer by its address alone', () => {
  const at = (broker: string) => isOnThisComputer({ zone: 'x.example', name: 'x', issue: [], broker })
  assert.ok(at('http://127.0.0.1:4711'))
  assert.ok(at('http://[::1]:4711'))
  assert.ok(!at('https://registration.forge.example.org'))
  assert.ok(!at('https://127.0.0.1.example.org'))
  assert.ok(!isOnThisComputer(parseInvitation(GOOD)))
})

test("a broker's plain URL is an invitation to its forge", () => {
  for (const text of ['https://registration.Forge.example.org/', 'https://broker.forge.example.org']) {
    const invitation = parseInvitation(text)
    assert.equal(invitation.zone, 'forge.example.org')
    assert.equal(invitation.broker, text.toLowerCase().replace(/\/$/, ''))
  }
  assert.equal(parseInvitation(PUBLIC_FORGE).zone, 'libp2p.direct')
})

const WRONG: readonly (readonly [title: string, text: string, says: RegExp])[] = [
  ['no URL', 'hello', /does not look like/],
  ['another scheme', GOOD.replace('nodetrust:', 'https:'), /does not look like/],
  ['another verb', GOOD.replace('join', 'run'), /"run" is nothing/],
  ['a zone that is no name', GOOD.replace('example.org?', 'exa_mple?'), /no domain name/],
  ['a zone that is a path', GOOD.replace('example.org?', '../../etc?'), /does not look like/],
  ['a zone with a port', GOOD.replace('example.org?', 'example.org:80?'), /no domain name/],
  ['a fragment', `${GOOD}#x`, /does not look like/],
  ['no issue server', 'nodetrust://join/example.org?name=x', /neither an issue server nor a broker/],
  ['an address without a peer id', 'nodetrust://join/example.org?issue=/ip4/203.0.113.7/tcp/1', /lacks its peer id/],
  ['two servers', `${GOOD}&issue=/ip4/203.0.113.7/tcp/1/p2p/${OTHER}`, /different peers/],
  ['an address that is none', 'nodetrust://join/example.org?issue=nonsense', /no address of a server/],
  [
    'a relayed address',
    `nodetrust://join/example.org?issue=${ISSUE}/p2p-circuit/p2p/${PEER}`,
    /no address of a server/,
  ],
  ['a path on this computer', `nodetrust://join/example.org?issue=/unix/tmp/p2p/${PEER}`, /no address of a server/],
  ['nine addresses', `nodetrust://join/example.org?${`issue=${ISSUE}&`.repeat(9)}name=x`, /8 are the most/],
  ['an unknown key', `${GOOD}&exec=rm`, /"exec"/],
  ['a key twice', `${GOOD}&name=Other`, /stands in it twice/],
  ['a name that turns the text around', GOOD.replace('Family', '%E2%80%AEylimaF'), /cannot be shown/],
  ['a name of two lines', GOOD.replace('Family', 'a%0Ab'), /cannot be shown/],
  ['a name without an end', GOOD.replace('Family', 'a'.repeat(65)), /too long/],
  ['a DNS server elsewhere', `${GOOD}&resolver=192.0.2.1:53`, /could lead names astray/],
  ['a DNS server by name', `${GOOD}&resolver=localhost:53`, /could lead names astray/],
  ['a root that is no base64', `${GOOD}&root=%3Cx%3E`, /root certificate/],
  ['a root without an end', `${GOOD}&root=${'A'.repeat(4_100)}`, /root certificate/],
  ['two roots from elsewhere', `${FORGE}&root=AAEC&root=BBEC`, /only a network on this computer/],
  ['three roots', `${FORGE}&resolver=127.0.0.1:53&root=AAEC&root=BBEC&root=CCEC`, /3 root certificates/],
  [
    'two roots without an end',
    `${FORGE}&resolver=127.0.0.1:53&root=${'A'.repeat(2_100)}&root=${'B'.repeat(2_100)}`,
    /root certificate/,
  ],
  ['a directory without TLS', `${FORGE}&directory=http://ca.example.org/d`, /no https URL/],
  ['a broker and an issue server', `${GOOD}&broker=https://b.example.org`, /both/],
  ['a broker without TLS', FORGE.replace('https:', 'http:'), /no https URL/],
  ['a broker with a password', FORGE.replace('registration', 'me:secret@registration'), /no https URL/],
  ['a broker that is a script', FORGE.replace(/https:.*$/, 'javascript:alert(1)'), /no https URL/],
  ['a directory with a query', `${FORGE}&directory=https://ca.example.org/?x=1`, /no https URL/],
  ['a token of a header', `${FORGE}&token=a%0D%0Ab`, /token/],
  ['a token for nobody', `${GOOD}&token=abc`, /only a broker/],
  ['a website', 'https://www.example.org/registration', /does not look like/],
  ['too much of everything', `${GOOD}&root=${'A'.repeat(6_000)}`, /6000 are the most/],
]

for (const [title, text, says] of WRONG) {
  test(`refuses an invitation with ${title}`, () => {
    assert.throws(
      () => parseInvitation(text),
      (error: unknown) => error instanceof InvitationError && says.test(error.message),
    )
  })
}

test('whatever is read is an invitation or an InvitationError', () => {
  const pieces = fc.constantFrom(
    'nodetrust://',
    'join',
    '/',
    'example.org',
    '?',
    '&',
    'issue=',
    ISSUE,
    'name=',
    'root=',
    '%00',
    '#',
    '@',
    ':',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
      try {
        assert.ok(parseInvitation(parts.join('')).issue.length > 0)
      } catch (error) {
        assert.ok(error instanceof InvitationError, String(error))
      }
    }),
    { numRuns: 2_000 },
  )
})

test('the name that stands for a long domain can be read again', () => {
  const zone = `${'a'.repeat(60)}.${'b'.repeat(60)}.example.net`
  const name = invitedNameOf(zone)
  assert.ok(zone.endsWith(name))
  assert.equal(parseInvitation(formatInvitation({ zone, name, issue: [ISSUE] })).name, name)
  assert.equal(parseInvitation(formatInvitation({ zone, name, issue: [ISSUE] }).replace(/name=[^&]*&/, '')).name, name)
})

test('servers take no zone and no name that their invitations could not carry', () => {
  const { zone, issue } = ServersConfig.entries
  for (const bad of ['local', 'a_b.example.net', `${'x.'.repeat(100)}net`]) assert.equal(v.is(zone, bad), false, bad)
  assert.ok(v.is(zone, 'nt.example.net'))
  const { displayName } = issue.wrapped.entries
  for (const bad of ['R+D', '<b>', 'a\u202eb', 'x'.repeat(65), 'fun 🎉'])
    assert.equal(v.is(displayName, bad), false, bad)
  for (const good of ['', 'Familie Müller', 'Club (intern)']) assert.ok(v.is(displayName, good), good)
})
