import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import * as v from 'valibot'
import { PUBLIC_INVITATION } from '../../main/issuers/autotls/forge.ts'
import { OTHER_ROOT_PEM, ROOT_PEM, rootText, SERVER_PEM } from '../support/roots.ts'
import { ServersConfig } from '../../servers/config.ts'
import { checkOf } from '../../proto/invited-check.ts'
import {
  formatInvitation,
  formatPageInvitation,
  InvitationError,
  invitedHosts,
  invitedNameOf,
  invitedPeer,
  isOnThisComputer,
  parseInvitation,
  parseKeptInvitation,
} from '../../proto/invitation.ts'

const PEER = '12D3KooWB3TYWnao4oSdF54eUcCPqFkFmNHhw6Vq37V96jwLVvp4'
const OTHER = '12D3KooWDUeehF4mrn75jmNFSQYRYgw9pTdcRgdX1HopAF8RpgaW'
const ISSUE = `/dns4/issue.example.org/tcp/4431/p2p/${PEER}`
/** What is refused is refused with a good check as well; most of it is wrong before that counts. */
const BARE = `nodetrust://join/example.org?name=Family&issue=${ISSUE}`
const GOOD = whole(BARE)

/** With the check that belongs at its end. */
function whole(link: string): string {
  const [, zone = '', query = ''] = /join\/([^?]+)\?(.*)$/.exec(link) ?? []
  return `${link}&check=${checkOf(zone, new URLSearchParams(query))}`
}

test('an invitation comes back as it was written', () => {
  const invitation = {
    ...{ zone: 'example.org', name: 'Familie Müller', issue: [ISSUE, `/ip6/2001:db8::1/tcp/4431/p2p/${PEER}`] },
    ...{ rootPem: ROOT_PEM, resolver: '127.0.0.1:5353' },
  }
  assert.deepEqual(parseInvitation(formatInvitation(invitation)), invitation)
})

test('an invitation names its peer and its hosts', () => {
  const invitation = parseInvitation(whole(`${BARE}&issue=/ip4/203.0.113.7/tcp/4431/p2p/${PEER}`))
  assert.equal(invitedPeer(invitation), PEER)
  assert.deepEqual(invitedHosts(invitation), ['issue.example.org', '203.0.113.7'])
})

test('spaces and line breaks around an invitation are of no matter, nor is the case of its zone', () => {
  assert.equal(parseInvitation(`  \n${GOOD.replace('example.org?', 'Example.ORG?')}\n`).zone, 'example.org')
})

test('without a name a network is called by its zone', () => {
  assert.equal(parseInvitation(whole(`nodetrust://join/example.org?issue=${ISSUE}`)).name, 'example.org')
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

test('an invitation to a forge on this computer comes back with its CA, both roots and its DNS server', () => {
  const invitation = {
    ...{ zone: 'sandbox.nodetrust.test', name: 'Sandbox forge', issue: [], broker: 'http://127.0.0.1:4711' },
    ...{ directory: 'https://127.0.0.1:4712/directory', resolver: '127.0.0.1:5353' },
    rootPem: `${ROOT_PEM}${OTHER_ROOT_PEM}`,
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
  assert.equal(parseInvitation(PUBLIC_INVITATION).zone, 'libp2p.direct')
})

const ROOT = rootText(ROOT_PEM)
const LOCAL_FORGE = 'nodetrust://join/forge.example.org?broker=http://127.0.0.1:4711'

const WRONG: readonly (readonly [title: string, text: string, says: RegExp])[] = [
  ['no URL', 'hello', /does not look like/],
  ['another scheme', BARE.replace('nodetrust:', 'https:'), /does not look like/],
  ['another verb', BARE.replace('join', 'run'), /"run" is nothing/],
  ['a zone that is no name', BARE.replace('example.org?', 'exa_mple?'), /no domain name/],
  ['a zone that is a path', BARE.replace('example.org?', '../../etc?'), /does not look like/],
  ['a zone with a port', BARE.replace('example.org?', 'example.org:80?'), /no domain name/],
  ['B8 a fragment', `${BARE}#x`, /behind its end stands "#x": leave that out/],
  ['B8 what follows people', `${BARE}&utm_source=mail`, /"utm_source" was put into it on the way/],
  ['B8 a broker with a question', 'https://registration.libp2p.direct/?zone=x', /has no "zone"/],
  ['no issue server', whole('nodetrust://join/example.org?name=x'), /neither an issue server nor a broker/],
  ['an address without a peer id', 'nodetrust://join/example.org?issue=/ip4/203.0.113.7/tcp/1', /lacks its peer id/],
  ['two servers', `${BARE}&issue=/ip4/203.0.113.7/tcp/1/p2p/${OTHER}`, /different peers/],
  ['an address that is none', 'nodetrust://join/example.org?issue=nonsense', /no address of a server/],
  [
    'a relayed address',
    `nodetrust://join/example.org?issue=${ISSUE}/p2p-circuit/p2p/${PEER}`,
    /no address of a server/,
  ],
  ['a path on this computer', `nodetrust://join/example.org?issue=/unix/tmp/p2p/${PEER}`, /no address of a server/],
  ['nine addresses', `nodetrust://join/example.org?${`issue=${ISSUE}&`.repeat(9)}name=x`, /8 are the most/],
  ['an unknown key', `${BARE}&exec=rm`, /"exec"/],
  ['a key twice', `${BARE}&name=Other`, /stands in it twice/],
  ['a name that turns the text around', BARE.replace('Family', '%E2%80%AEylimaF'), /cannot be shown/],
  ['a name of two lines', BARE.replace('Family', 'a%0Ab'), /cannot be shown/],
  ['a name without an end', BARE.replace('Family', 'a'.repeat(65)), /too long/],
  ['a DNS server elsewhere', `${BARE}&resolver=192.0.2.1:53`, /could lead names astray/],
  ['a DNS server by name', `${BARE}&resolver=localhost:53`, /could lead names astray/],
  ['a root that is no base64', `${BARE}&root=%3Cx%3E`, /root certificate/],
  ['a root without an end', `${BARE}&root=${'A'.repeat(4_100)}`, /root certificate/],
  ['two roots from elsewhere', `${FORGE}&root=AAEC&root=BBEC`, /only a network on this computer/],
  ['three roots', `${FORGE}&resolver=127.0.0.1:53&root=AAEC&root=BBEC&root=CCEC`, /3 root certificates/],
  [
    'two roots without an end',
    `${FORGE}&resolver=127.0.0.1:53&root=${'A'.repeat(2_100)}&root=${'B'.repeat(2_100)}`,
    /root certificate/,
  ],
  ['a directory without TLS', `${FORGE}&directory=http://ca.example.org/d`, /no https URL/],
  ['a broker and an issue server', `${BARE}&broker=https://b.example.org`, /both/],
  ['a broker without TLS', FORGE.replace('https:', 'http:'), /no https URL/],
  ['a broker with a password', FORGE.replace('registration', 'me:secret@registration'), /no https URL/],
  ['a broker that is a script', FORGE.replace(/https:.*$/, 'javascript:alert(1)'), /no https URL/],
  ['a directory with a query', `${FORGE}&directory=https://ca.example.org/?x=1`, /no https URL/],
  ['a token of a header', `${FORGE}&token=a%0D%0Ab`, /token/],
  ['a token for nobody', `${BARE}&token=abc`, /only a broker/],
  [
    'A10 a root for a broker on the internet',
    `${FORGE}&root=${ROOT}`,
    /whose own certificate would then prove nothing/,
  ],
  ['A10 a root that is no certificate', `${LOCAL_FORGE}&root=${'A'.repeat(400)}`, /cut off, or is no certificate/],
  ['A10 a root that was cut off', `${BARE}&root=${ROOT.slice(0, -8)}`, /cut off, or is no certificate/],
  ['A10 a root with something behind it', `${BARE}&root=${ROOT}AAAA`, /cut off, or is no certificate/],
  ['A10 a root that is a server’s', `${BARE}&root=${rootText(SERVER_PEM)}`, /of a server, not of a CA/],
  ['A10 a directory here for a broker elsewhere', `${FORGE}&directory=https://127.0.0.1/d`, /directory is on this/],
  ['A10 a zone that is an IP address', BARE.replace('example.org?', '203.0.113.5?'), /no domain name/],
  ['A10 a zone with letters that look Latin', BARE.replace('example.org?', 'ехample.org?'), /no domain name/],
  ['A10 a zone with a percent sign', BARE.replace('example.org?', 'example%2Eorg?'), /no domain name/],
  ['A10 two zones', BARE.replace('example.org?', 'example.org,example.net?'), /no domain name/],
  ['A10 a zone in a parameter', `${BARE}&zone=letsencrypt.org`, /this version does not know: a newer one/],
  ['A10 a name that is another domain', BARE.replace('Family', 'letsencrypt.org'), /looks like an address/],
  ['A10 a name with another domain in it', BARE.replace('Family', 'The+LetsEncrypt.Org+network'), /looks like an addr/],
  [
    'A10 a name that is a domain by another dot',
    BARE.replace('Family', 'letsencrypt%E2%80%A4org'),
    /looks like an addr/,
  ],
  ['A10 a name that is a URL', BARE.replace('Family', 'https://letsencrypt'), /looks like an address/],
  ['A10 a name of two alphabets', BARE.replace('Family', 'Lets%D0%B5ncrypt'), /mixes alphabets/],
  ['A10 a name in letters for mathematics', BARE.replace('Family', '%F0%9D%90%8B%F0%9D%90%9E'), /imitate others/],
  ['A10 a name without a letter', BARE.replace('Family', '+++'), /is empty/],
  ['A10 a name of letters that cannot be seen', BARE.replace('Family', 'a%E3%85%A4b'), /cannot be shown/],
  ['A10 a name that was encoded twice', BARE.replace('Family', 'a%25E2b'), /encoded twice/],
  ['A10 a broker with a query', FORGE.replace(/$/, '/?x'), /no https URL/],
  ['A10 a broker with an empty query', `${FORGE}/%3F`, /no https URL/],
  ['A10 a broker with an empty fragment', `${FORGE}/%23`, /no https URL/],
  ['A10 a broker with a user', FORGE.replace('registration', 'me@registration'), /no https URL/],
  ['A10 a broker with a path', `${FORGE}/v1`, /no https URL/],
  ['A10 a broker with a backslash', `${FORGE}%5C@evil.example`, /no https URL/],
  ['A10 a token twice', `${FORGE}&token=a&token=b`, /"token" stands in it twice/],
  ['A10 a parameter twice, once in capitals', `${FORGE}&token=a&TOKEN=b`, /"token" stands in it twice/],
  ['B8 a peer id that was cut off', BARE.slice(0, -1), /has 51 characters instead of 52: it was cut off/],
  ['B8 a peer id that something stuck to', `${BARE}xy`, /has 54 characters instead of 52: something stuck to it/],
  ['B8 a peer id with another letter', BARE.replace('KooWB', 'KooWb'), /a letter of it was changed/],
  ['B8 a full stop in a peer id', BARE.replace('KooWB', 'KooW.B'), /contains "\.", which no peer id has/],
  ['B8 a bracket that belongs to its peer id', `${BARE}%29`, /contains "\)", which no peer id has/],
  ['B8 a space without width in its peer id', `${BARE}%E2%80%8B`, /cannot be seen \(U\+200B\)/],
  ['B8 its peer twice', BARE.replace(/(\/p2p\/\w+)/, '$1$1'), /names a peer twice/],
  ['B8 an address by QUIC alone', BARE.replace(/\/tcp\/(\d+)/, '/udp/$1/quic-v1'), /by TCP/],
  ['B8 an address without a port', BARE.replace(/\/tcp\/\d+/, ''), /by TCP/],
  ['B8 the port 0', BARE.replace(/\/tcp\/\d+/, '/tcp/0'), /by TCP/],
  ['B8 no place at all', BARE.replace(/\/(?:ip4|dns4)\/[^/]+/, '/ip4/0.0.0.0'), /by TCP/],
  ['B8 several links', `${GOOD} or ${FORGE}`, /several links/],
  ['a website', 'https://www.example.org/registration', /does not look like/],
  ['too much of everything', `${BARE}&root=${'A'.repeat(6_000)}`, /6000 are the most/],
]

describe('refuses what an invitation may not say', () => {
  for (const [title, text, says] of WRONG) {
    test(`refuses an invitation with ${title}`, () => {
      assert.throws(
        () => parseInvitation(text),
        (error: unknown) => error instanceof InvitationError && says.test(error.message),
      )
    })
  }
})

const meant = formatInvitation(parseInvitation(GOOD))
const half = GOOD.indexOf('tcp')
const wrapped = (text: string, at: number, by: string) => `${text.slice(0, at)}${by}${text.slice(at)}`
const TOKEN_LINK = whole(`${FORGE}&token=abc-DEF`)

const MENDED: readonly (readonly [title: string, text: string, of?: string])[] = [
  ['in angle brackets', `<${GOOD}>`],
  ['in angle brackets over three lines', `<${wrapped(wrapped(GOOD, half, '\n  '), 20, '\n')}>`],
  ['in quotes', `"${GOOD}"`],
  ['in curly quotes', `“${GOOD}”`],
  ['in German quotes', `Nimm „${GOOD}“ dafür.`],
  ['in backticks', `\`${GOOD}\``],
  ['with &amp;', GOOD.replaceAll('&', '&amp;')],
  ['with &amp;amp;', GOOD.replaceAll('&', '&amp;amp;')],
  ['with &#38;', GOOD.replaceAll('&', '&#38;')],
  ['with &lt; and &gt;', `&lt;${GOOD}&gt;`],
  ['wrapped', wrapped(GOOD, half, '\n')],
  ['wrapped with CRLF', wrapped(GOOD, half, '\r\n')],
  ['wrapped and indented', wrapped(GOOD, half, '\n    ')],
  ['wrapped in an answer', `> ${wrapped(GOOD, half, '\n> ')}`],
  ['wrapped within its peer id', wrapped(GOOD, GOOD.length - 8, '\n')],
  ['wrapped behind an &', wrapped(GOOD, GOOD.indexOf('&') + 1, '\n')],
  ['wrapped as quoted-printable', wrapped(GOOD, half, '=\n').replaceAll(/=(?!\n)/g, '=3D')],
  ['wrapped with = alone', wrapped(GOOD, half, '=\n')],
  ['wrapped by a space', wrapped(GOOD, half, ' ')],
  ['as Slack writes it', `<${GOOD}|join us>`],
  ['as JSON', JSON.stringify({ link: GOOD }).replaceAll('/', '\\/').replaceAll('&', '\\u0026')],
  ['with all signs as numbers', GOOD.replaceAll(/[/=&]/g, (sign) => `&#x${sign.charCodeAt(0).toString(16)};`)],
  ['with signs as decimal numbers', GOOD.replaceAll(/[/=&]/g, (sign) => `&#${sign.charCodeAt(0)};`)],
  ['as Markdown with angle brackets', `[join us](<${GOOD}>)`],
  ['with an & behind it', `${GOOD}&`],
  ['in a table of Markdown', `| Club | ${GOOD} |`],
  ['behind a page that passes it on', `https://www.example.com/url?q=${GOOD}`],
  ['as Markdown', `[join us](${GOOD})`],
  ['as Markdown with itself as the text', `[${GOOD}](${GOOD})`],
  ['as HTML', `<a href="${GOOD.replaceAll('&', '&amp;')}">${GOOD.replaceAll('&', '&amp;')}</a>`],
  ['at the end of a sentence', `Take ${GOOD}.`],
  ['in brackets', `(see ${GOOD})`],
  ['in brackets at the end of a sentence', `(see ${GOOD}).`],
  ['with an exclamation mark', `${GOOD}!!`],
  ['with words around', `Hello, here it is: ${GOOD} and see you soon`],
  ['with words in the next line', `Hello!\n${GOOD}\nSee you soon`],
  ['in Japanese brackets', `「${GOOD}」`],
  ['at the end of a Chinese sentence', `${GOOD}。`],
  ['in low quotes', `‚${GOOD}‘`],
  [
    'beside an address by QUIC',
    whole(BARE.replace(/\?/, `?issue=${ISSUE.replace(/\/tcp\/(\d+)/, '/udp/$1/quic-v1')}&`)),
    GOOD,
  ],
  ['in bold', `*${GOOD}*`],
  ['in bold Markdown', `**${GOOD}**`],
  ['in italics', `_${GOOD}_`],
  [
    'in capitals but for what is named by letters',
    GOOD.replace('nodetrust://join/example.org', 'NODETRUST://JOIN/EXAMPLE.ORG'),
  ],
  ['with capital keys', GOOD.replace('issue=', 'ISSUE=')],
  ['encoded twice', GOOD.replace(/\?(.*)/, (_, query: string) => `?${encodeURIComponent(query)}`)],
  ['encoded as a whole', encodeURIComponent(GOOD)],
  ['encoded as a whole twice', encodeURIComponent(encodeURIComponent(GOOD))],
  ['as the target of a page that looks at links', `https://safe.example/?url=${encodeURIComponent(GOOD)}&data=1`],
  ['with encoded slashes', GOOD.replaceAll(/(?<=issue=.*)\//g, '%2F')],
  ['with a space without width in it', wrapped(GOOD, half, '\u200b')],
  ['with a space without width behind it', `${GOOD}\u200b`],
  ['with a byte order mark', `\ufeff${GOOD}`],
  ['with a soft hyphen', wrapped(GOOD, half, '\u00ad')],
  ['with the dot of the root behind its zone', GOOD.replace('example.org?', 'example.org.?')],
  ['with a slash behind its zone', GOOD.replace('example.org?', 'example.org/?')],
  ['behind the # of a page', GOOD.replace('nodetrust://', 'https://club.example/join#')],
  ['whole behind the # of a page', `https://club.example/join#${GOOD}`],
  ['encoded behind the # of a page', `https://club.example/join#${encodeURIComponent(GOOD)}`],
  ['with a token at the end of a sentence', `It is ${TOKEN_LINK}.`, TOKEN_LINK],
  ['with a token before a word of farewell', `${TOKEN_LINK}\nCheers`, TOKEN_LINK],
  [
    'that is a broker’s URL in angle brackets',
    '<https://registration.forge.example.org/>',
    whole(FORGE.replace('name=Club&', '')),
  ],
]

for (const [title, text, of] of MENDED) {
  test(`B8 reads an invitation ${title}`, () => {
    const expected = of === undefined ? meant : formatInvitation(parseInvitation(of))
    assert.equal(formatInvitation(parseInvitation(text)), expected)
  })
}

test('B8 what can be read in two ways is named, not guessed', () => {
  assert.throws(() => parseKeptInvitation(`${FORGE}&token=abc-DEF\n0123456789`), /in several ways/)
})

test('B8 what could be read in two ways is read in the one that has a good check', () => {
  assert.deepEqual(parseInvitation(`${TOKEN_LINK}\n0123456789`), parseInvitation(TOKEN_LINK))
})

test('every loss at the end of an invitation is noticed, wherever it was cut off', () => {
  for (const link of [GOOD, TOKEN_LINK, whole(`${BARE}&root=${ROOT}`)]) {
    for (let length = link.length - 1; length > 0; length--)
      assert.throws(() => parseInvitation(link.slice(0, length)), InvitationError, link.slice(0, length))
  }
})

test('what was lost of an invitation is said', () => {
  const lost = { end: /the end of it is missing/, part: /lost or changed on the way/ }
  const without = (part: string) => GOOD.replace(part, '')
  for (const [link, says] of [
    [GOOD.slice(0, -1), lost.end],
    [GOOD.slice(0, GOOD.indexOf('&check')), lost.end],
    [GOOD.slice(0, GOOD.indexOf('=', GOOD.indexOf('check'))), /"check"|the end of it is missing/],
    [GOOD.slice(0, GOOD.indexOf('&issue')), lost.end],
    [TOKEN_LINK.replace(/&token=[^&]*/, ''), lost.part],
    [without('name=Family&'), lost.part],
    [GOOD.replace('Family', 'Famly'), lost.part],
    [GOOD.replace('4431', '443'), lost.part],
    [GOOD.replace('example.org?', 'example.net?'), lost.part],
    [`${GOOD}a`, lost.part],
  ] as const)
    assert.throws(() => parseInvitation(link), says, link)
})

test('what is missing and what is newer are told apart from what is none', () => {
  const fault = (text: string) => {
    try {
      parseInvitation(text)
    } catch (error) {
      return error instanceof InvitationError ? error.fault : String(error)
    }
    return 'none'
  }
  assert.equal(fault('https://example.org/'), 'other')
  assert.equal(fault(GOOD.slice(0, -3)), 'cut')
  const [zone = '', query = ''] = GOOD.replace('nodetrust://join/', '').split('?')
  const newer = new URLSearchParams(query)
  newer.delete('check')
  newer.set('flavour', 'new')
  const check = checkOf(zone, newer)
  assert.equal(fault(`nodetrust://join/${zone}?${newer.toString()}&check=${check}`), 'newer')
  assert.equal(fault(`nodetrust://join/${zone}?${newer.toString()}&che`), 'cut', 'half a word is no newer version')
})

test('any letter of an invitation that is lost or changed is noticed', () => {
  const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789'.split(''))
  fc.assert(
    fc.property(fc.nat(GOOD.length - 1), fc.boolean(), letter, (at, lost, other) => {
      const changed = `${GOOD.slice(0, at)}${lost ? '' : other}${GOOD.slice(at + 1)}`
      if (/^nodetrust:\/\/join\//i.test(changed) && changed.toLowerCase() === GOOD.toLowerCase()) return
      try {
        // a broken scheme may leave another text, never another invitation
        assert.deepEqual(parseInvitation(changed), parseInvitation(GOOD))
      } catch (error) {
        assert.ok(error instanceof InvitationError, String(error))
      }
    }),
    { numRuns: 1_000 },
  )
})

test('an invitation that was kept is read without its check, as older versions wrote them', () => {
  assert.deepEqual(parseKeptInvitation(BARE), parseInvitation(GOOD))
  assert.throws(() => parseInvitation(BARE), /the end of it is missing/)
})

test('the check of an invitation may be in capitals', () => {
  assert.deepEqual(parseInvitation(GOOD.replace(/check=.*/, (end) => end.toUpperCase())), parseInvitation(GOOD))
})

test('a link to a page carries everything behind the #, and is the same invitation', () => {
  const link = formatPageInvitation('https://club.example/join', parseInvitation(TOKEN_LINK))
  assert.equal(new URL(link).search, '')
  assert.equal(new URL(link).pathname, '/join')
  assert.deepEqual(parseInvitation(link), parseInvitation(TOKEN_LINK))
})

test('B8 what chats put behind an https URL to follow people is ignored, before the # of a page and behind a broker', () => {
  const tracked = '?utm_source=mail&fbclid=IwAR1'
  const page = formatPageInvitation('https://club.example/join', parseInvitation(TOKEN_LINK))
  assert.deepEqual(parseInvitation(page.replace('#', `${tracked}#`)), parseInvitation(TOKEN_LINK))
  const broker = 'https://registration.libp2p.direct'
  for (const link of [`${broker}${tracked}`, `${broker}/${tracked}`, `<${broker}/${tracked}>`])
    assert.deepEqual(parseInvitation(link), parseInvitation(broker), link)
})

test('a name that is the end of the own zone may look like an address', () => {
  assert.equal(parseInvitation(whole(BARE.replace('Family', 'Example.org'))).name, 'Example.org')
})

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
  assert.equal(
    parseKeptInvitation(
      formatInvitation({ zone, name, issue: [ISSUE] })
        .replace(/name=[^&]*&/, '')
        .replace(/&check=.*/, ''),
    ).name,
    name,
  )
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
