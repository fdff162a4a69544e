// The DNS server for names by key, asked by dig and kdig and with bytes that neither would send.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { type NameResolver, ResolverPlaceError, startNameResolver } from '../../main/naming/resolver/resolver.ts'
import { type Answering, lookupOf, makeNamingKey, nameEvent, record } from './known.ts'

const run = promisify(execFile)
const key = makeNamingKey()
const rebinding = makeNamingKey()
const nobody = makeNamingKey()
const name = `${key.npub}.nostr`
const nowS = Math.floor(Date.now() / 1_000)
const PIN = 'ab'.repeat(32)
const GOOD = [
  record('A', '@', '198.51.100.7'),
  record('A', '@', '192.168.1.1'),
  record('AAAA', '@', '2a01:4f8::7'),
  record('CNAME', 'blog', 'blog.example.net'),
  record('CNAME', 'printer', 'localhost'),
  record('CNAME', 'nas', 'nas.home.arpa'),
  record('TXT', '@', 'x'.repeat(600)),
  record('A', 'a.b', '198.51.100.8'),
  record('A', '*', '198.51.100.9'),
  record('SRV', '_https._tcp', '0', '0', '8443', name),
  ['tlsa', '_8443._tcp', '3', '1', '1', PIN],
]

describe('the resolver for names by key', () => {
  let resolver: NameResolver
  let answering: Answering
  let port = ''

  before(async () => {
    const made = await lookupOf(systemClock)
    answering = made.answering
    // of a public range, since addresses for documents are followed by nobody
    const tags = GOOD.map((tag) => tag.map((text) => text.replace('198.51.100.', '9.9.9.')))
    answering.events = [
      nameEvent(key, tags, nowS),
      nameEvent(
        rebinding,
        ['127.0.0.1', '10.0.0.1', '192.168.0.1', '169.254.1.1', '100.64.0.1', '0.0.0.0'].map((ip) =>
          record('A', '@', ip),
        ),
        nowS,
      ),
    ]
    resolver = await startNameResolver({
      ...{ port: 0, lookup: made.lookup, allowPrivate: false, clock: systemClock, log: silentLog },
    })
    port = /:(\d+)$/.exec(resolver.addresses[0] ?? '')?.[1] ?? ''
  })
  after(() => resolver.stop())

  const dig = async (...words: readonly string[]) =>
    (await run('dig', ['@127.0.0.1', '-p', port, '+time=5', '+tries=1', ...words])).stdout
  const short = async (...words: readonly string[]) => (await dig('+short', ...words)).trim()
  /** Code, flags and the types of answer and authority. */
  const told = async (...words: readonly string[]) => {
    const text = await dig(...words)
    const status = /status: (\w+)/.exec(text)?.[1] ?? ''
    const records = (part: string) =>
      (new RegExp(`;; ${part} SECTION:\n([\\s\\S]*?)\n\n`).exec(text)?.[1] ?? '')
        .split('\n')
        .flatMap((line) => line.split(/\s+/)[3] ?? [])
    return { status, text, answers: records('ANSWER'), authorities: records('AUTHORITY') }
  }

  test('answers every type of a name, with no TTL above a minute', async () => {
    assert.equal(await short('A', name), '9.9.9.7')
    assert.equal(await short('AAAA', name), '2a01:4f8::7')
    assert.equal(await short('CNAME', `blog.${name}`), 'blog.example.net.')
    assert.equal(await short('SRV', `_https._tcp.${name}`), `0 0 8443 ${name}.`)
    assert.equal((await short('TLSA', `_8443._tcp.${name}`)).replaceAll(' ', '').toLowerCase(), `311${PIN}`)
    assert.match(
      await short('HTTPS', name),
      /^1 \. alpn="http\/1\.1" port=8443 ipv4hint=9\.9\.9\.7 ipv6hint=2a01:4f8::7$/,
    )
    assert.match(await short('TXT', name, '+tcp'), /^("x{255}" ){2}"x{90}"$/)
    const { text } = await told(name)
    assert.match(text, /\s60\s+IN\s+A\s+9\.9\.9\.7/)
  })

  test('answers sub-names, and what a wildcard stands for', async () => {
    assert.equal(await short(`a.b.${name}`), '9.9.9.8')
    assert.equal(await short(`www.${name}`), '9.9.9.9')
    assert.equal(await short(`www.${key.npub}.nostr.alt`), '9.9.9.9')
  })

  test('tells what has no such record from what is not there, each with an SOA', async () => {
    const noData = await told('MX', name)
    assert.deepEqual([noData.status, noData.answers, noData.authorities], ['NOERROR', [], ['SOA']])
    const between = await told('A', `b.${name}`)
    assert.equal(between.status, 'NOERROR')
    const none = await told('A', `_nothing._udp.${name}`)
    assert.deepEqual([none.status, none.authorities], ['NXDOMAIN', ['SOA']])
    const unknown = await told('A', `${nobody.npub}.nostr`)
    assert.deepEqual([unknown.status, unknown.authorities], ['NXDOMAIN', ['SOA']])
    const zone = await told('SOA', 'nostr.alt')
    assert.deepEqual([zone.status, zone.answers], ['NOERROR', ['SOA']])
  })

  test('says that keys are none which are cut off, mistyped or hexadecimal', async () => {
    const last = key.npub.endsWith('q') ? 'p' : 'q'
    for (const bad of [key.npub.slice(0, -1), `${key.npub.slice(0, -1)}${last}`, key.pubkey.slice(0, 60), 'nostr']) {
      assert.equal((await told('A', `${bad}.nostr`)).status, 'NXDOMAIN', bad)
    }
  })

  test('takes a name however its letters are written, and gives it back as it was', async () => {
    const mixed = name
      .split('')
      .map((letter, at) => (at % 2 === 0 ? letter.toUpperCase() : letter))
      .join('')
    const { text, status } = await told('A', mixed)
    assert.equal(status, 'NOERROR')
    assert.ok(text.includes(`${mixed}.`), text)
  })

  test('refuses every other zone, transfers, and other classes', async () => {
    for (const words of [['example.net'], ['A', `${key.npub}.local`], ['A', 'xnostr'], ['CH', 'TXT', name], ['.']]) {
      assert.equal((await told(...words)).status, 'REFUSED', words.join(' '))
    }
    assert.match(await dig('AXFR', 'nostr'), /Transfer failed/)
  })

  test('understands EDNS and cookies, refuses versions to come, and cuts off what is too long', async () => {
    const plain = await told(name, '+noedns')
    assert.equal(plain.status, 'NOERROR')
    assert.match((await told(name, '+cookie=0123456789abcdef')).text, /EDNS: version: 0/)
    assert.equal((await told(name, '+edns=1', '+noednsneg')).status, 'BADVERS')
    assert.match(await dig('TXT', name, '+noedns', '+ignore'), /flags: [^;]*\btc\b/)
    const { stdout } = await run('kdig', ['@127.0.0.1', '-p', port, '+short', '+tcp', name])
    assert.equal(stdout.trim(), '9.9.9.7')
  })

  test('leads nobody into a network at home, whatever the name says', async () => {
    const { status, answers } = await told('A', `${rebinding.npub}.nostr`)
    assert.deepEqual([status, answers], ['NOERROR', []])
    for (const alias of ['printer', 'nas']) {
      assert.deepEqual((await told('A', `${alias}.${name}`)).answers, [], alias)
    }
  })

  test('listens on loopback and nowhere else', async () => {
    const { lookup } = await lookupOf(systemClock)
    const init = { port: 0, lookup, allowPrivate: false, clock: systemClock, log: silentLog }
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'localhost']) {
      await assert.rejects(startNameResolver({ ...init, hosts: [host] }), ResolverPlaceError)
    }
    assert.ok(resolver.addresses.every((address) => /^(?:127\.0\.0\.1|\[::1\]):\d+$/.test(address)))
  })

  test('survives what is no question', async () => {
    const socket = createSocket('udp4')
    const junk = [Buffer.alloc(0), Buffer.alloc(11), Buffer.alloc(600, 0xff), Buffer.from('c00c'.repeat(100), 'hex')]
    for (const bytes of junk) await new Promise((done) => socket.send(bytes, Number(port), '127.0.0.1', done))
    socket.close()
    await once(socket, 'close')
    assert.equal(await short('A', name), '9.9.9.7')
  })

  test('asks relays for made-up names at a fixed rate, and answers known ones meanwhile', async () => {
    assert.equal(await short('A', name), '9.9.9.7')
    const earlier = answering.asked
    const file = Array.from({ length: 150 }, () => makeNamingKey().npub).map((npub) => `${npub}.nostr`)
    const text = await dig('+noall', '+comments', ...file)
    assert.ok(answering.asked - earlier <= 75, `${answering.asked - earlier} questions`)
    assert.match(text, /SERVFAIL/)
    assert.equal(await short('A', name), '9.9.9.7')
  })
})
