// What people try with a broker, and what they get: floods, bodies without an end, clients without a hurry, looks behind
// firewalls, and other people's names.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { generateKeyPair, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import {
  beginAuth,
  formatAuthHeader,
  newAuthChallenge,
  parseAuthHeader,
  toBase64Url,
} from '../../proto/peer-id-auth.ts'
import { silentLog } from '../../core/log.ts'
import { createDialBack } from '../../servers/broker/dial-back.ts'
import { addInvitation, invitationsPath, removeInvitation } from '../../servers/broker/invitations.ts'
import { manualClock } from '../support/manual-clock.ts'
import { walkingClock } from '../support/walking-clock.ts'
import {
  ask,
  authorization,
  DIAL_TIMEOUT_MS,
  makePeer,
  type Peer,
  register,
  startBroker,
  startPeer,
  VALUE,
  valueOf,
} from './support.ts'

/** For dial-backs that succeed, also where the machine is busy with fifty peers. */
const PATIENT = { dialTimeoutMs: 20_000 }

const body = (addresses: readonly string[] = []) => JSON.stringify({ value: VALUE, addresses })

/** Milliseconds that an answer took, and the answer. */
async function timed<Result>(work: () => Promise<Result>): Promise<readonly [number, Result]> {
  const began = performance.now()
  const result = await work()
  return [performance.now() - began, result]
}

describe('a flood', () => {
  it('of 50 fresh peers from one network stops at the quota of new peers', async (t) => {
    const world = await startBroker(t, { limits: { newPerPrefix: 5 }, section: PATIENT })
    const peers = await Promise.all(Array.from({ length: 50 }, () => startPeer(t)))
    const answers = await Promise.all(peers.map((peer) => register(world, peer)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 5)
    for (const { status, headers } of answers.filter((answer) => answer.status !== 200)) {
      const wait = Number(headers['retry-after'])
      assert.ok(status === 503 ? wait === 20 : status === 429 && wait > 3_600, `${status} ${wait}`)
    }
    const late = await register(world, await startPeer(t))
    assert.equal(late.status, 429)
    assert.match(late.body, /your network had all the new peers/)
  })

  it('of hopeless dial-backs holds up nobody for longer than one of them, and the broker calls itself well', async (t) => {
    const world = await startBroker(t, {
      limits: { newPeers: 3, newPerPrefix: 3, dialsAtOnce: 3 },
      section: { dialTimeoutMs: 2_000 },
    })
    const silent = createServer(() => undefined)
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    t.after(() => silent.close())
    const bound = silent.address()
    const addresses = [`/ip4/127.0.0.1/tcp/${typeof bound === 'object' && bound ? bound.port : 0}`]
    let dialled = 0
    const all = Promise.withResolvers<void>()
    silent.on('connection', () => ++dialled === 3 && all.resolve())
    const hopeless = [1, 2, 3].map(async () => register(world, await makePeer(), { addresses }))
    await all.promise
    const honest = await startPeer(t)
    const meanwhile = await register(world, honest)
    assert.deepEqual([meanwhile.status, meanwhile.headers['retry-after']], [503, '2'])
    assert.equal((await ask(world, { method: 'GET', path: '/v1/health' })).status, 204)
    assert.deepEqual(
      (await Promise.all(hopeless)).map(({ status }) => status),
      [400, 400, 400],
    )
    assert.equal((await register(world, honest)).status, 200)
  })

  it('of requests is refused before anything is computed, each network for itself', async (t) => {
    const world = await startBroker(t, {
      limits: { requestsPerPrefixAndMinute: 10 },
      section: { trustedProxies: ['127.0.0.1'] },
    })
    const from = (ip: string) => ask(world, { method: 'GET', headers: { 'x-forwarded-for': ip } })
    const statuses = []
    for (let number = 0; number < 12; number++) statuses.push((await from(`198.51.100.${number}`)).status)
    assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 401), 429, 429])
    assert.equal((await from('192.0.2.1')).status, 401, 'another network')
    assert.equal((await from('192.0.2.9, 198.51.100.77')).status, 429, 'what the proxy itself saw counts')
  })

  it('of registrations by one peer stops at its own quota', async (t) => {
    const world = await startBroker(t, { limits: { perPeerAndDay: 3 }, section: PATIENT })
    const peer = await startPeer(t)
    const statuses = []
    for (let number = 0; number < 4; number++)
      statuses.push((await register(world, peer, { value: valueOf(number) })).status)
    assert.deepEqual(statuses, [200, 200, 200, 429])
  })

  it('keeps a reserve for peers that come back after months', async (t) => {
    const clock = manualClock()
    const world = await startBroker(t, { clock, week: { newCertificates: 4, newShare: 0.5 }, section: PATIENT })
    const [known, ...fresh] = await Promise.all(Array.from({ length: 4 }, () => startPeer(t)))
    assert.ok(known)
    assert.equal((await register(world, known)).status, 200)
    clock.set(clock.now() + 200 * 24 * 3_600_000)
    const statuses = []
    for (const peer of fresh) statuses.push((await register(world, peer)).status)
    assert.deepEqual(statuses, [200, 200, 429])
    assert.equal((await register(world, known, { value: valueOf(1) })).status, 200)
  })

  it('by one peer uses up no network that it merely names: only that at which it was reached', async (t) => {
    const translate = (address: ReturnType<typeof multiaddr>) =>
      multiaddr(address.toString().replace(/\/ip4\/(9\.9\.9|8\.8\.8)\.\d+\//, '/ip4/127.0.0.1/'))
    const world = await startBroker(t, {
      ...{ translate, limits: { newPerPrefix: 2 } },
      section: { addressClasses: ['public'], trustedProxies: ['127.0.0.1'], dialTimeoutMs: 5_000 },
    })
    const come = async (from: string, at: string, named: readonly string[] = []) => {
      const peer = await startPeer(t)
      const addresses = [...named, ...peer.addresses.map((address) => address.replace('127.0.0.1', at))]
      return (await register(world, peer, { addresses, headers: { 'x-forwarded-for': from } })).status
    }
    for (const from of ['1.0.0.1', '2.0.0.1'])
      assert.equal(await come(from, '9.9.9.1', ['/ip4/8.8.8.1/tcp/1', '/ip4/8.8.8.2/tcp/1/ws']), 200)
    assert.equal(await come('8.8.8.77', '8.8.8.77'), 200, 'the network that was merely named')
    assert.equal(await come('3.0.0.1', '9.9.9.2'), 429, 'the one at which they were reached')
  })

  it('of failures uses up nobody else’s week', async (t) => {
    const world = await startBroker(t, { limits: { newPeers: 1, newPerPrefix: 1 } })
    for (let number = 0; number < 3; number++) {
      const nobody = await makePeer()
      assert.equal((await register(world, nobody, { addresses: ['/ip4/127.0.0.1/tcp/1'] })).status, 400)
    }
    assert.equal((await register(world, await startPeer(t))).status, 200)
  })
})

describe('too much', () => {
  it('in a body of 10 MiB is not read to its end', async (t) => {
    const world = await startBroker(t)
    const peer = await makePeer()
    const proof = await authorization(world, peer.key)
    const answer = await ask(world, { headers: proof, body: Buffer.alloc(10 * 2 ** 20, 0x20) }).catch(
      (error: NodeJS.ErrnoException) => error.code,
    )
    if (typeof answer === 'object') assert.equal(answer.status, 413)
    else assert.match(answer ?? '', /EPIPE|ECONNRESET/)
    assert.equal((await ask(world, { method: 'GET', path: '/v1/health' })).status, 204)
  })

  it('in a list of 10,000 addresses is refused, and none is dialled', async (t) => {
    const world = await startBroker(t)
    const peer = await startPeer(t)
    const many = Array.from({ length: 10_000 }, (_, at) => `/ip4/127.0.${at >> 8}.${at & 255}/tcp/1`)
    assert.equal((await register(world, peer, { addresses: many })).status, 413)
  })

  it('in a header is refused', async (t) => {
    const world = await startBroker(t)
    const { status } = await ask(world, { headers: { authorization: `libp2p-PeerID a="${'x'.repeat(3_000)}"` } })
    assert.equal(status, 400)
    assert.equal((await ask(world, { headers: { cookie: 'x'.repeat(20_000) } })).status, 431)
  })

  for (const [what, sent] of [
    ['headers', 'POST /v1/_acme-challenge HTTP/1.1\r\nHost: '],
    ['body', 'POST /v1/_acme-challenge HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nContent-Length: 1000\r\n\r\n{'],
  ] as const) {
    it(`time for its ${what} ends the connection`, async (t) => {
      const world = await startBroker(t, { timeouts: { headersMs: 200, requestMs: 300, checkMs: 50 } })
      const peer = await makePeer()
      const { authorization: proof } = await authorization(world, peer.key)
      const socket = connect(world.port, '127.0.0.1')
      t.after(() => socket.destroy())
      socket.on('error', () => undefined)
      socket.write(sent.replace('HOST', world.host).replace('AUTH', `Authorization: ${proof}`))
      // the end may be a reset, for which `once` would reject
      const ended = new Promise<void>((resolve) => socket.resume().once('close', () => resolve()))
      const [ms] = await timed(() => ended)
      assert.ok(ms < 3_000, `${ms} ms`)
    })
  }
})

/** By a broker on loopback. */
const NEVER_DIALLED: ReadonlySet<string> = new Set([
  '/ip4/192.168.1.1/tcp/80',
  '/ip4/169.254.169.254/tcp/80',
  '/ip6/::ffff:10.0.0.1/tcp/22',
  '/dns4/localhost/tcp/80',
  '/ip4/127.0.0.1/udp/443/quic-v1',
])

describe('a look behind the firewall', () => {
  it('is answered alike and after the same time, whatever is there', async (t) => {
    const world = await startBroker(t)
    const open = createServer((socket) => socket.end('220 mail\r\n'))
    const silent = createServer(() => undefined)
    for (const server of [open, silent]) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      t.after(() => server.close())
    }
    const port = (server: typeof open) => {
      const bound = server.address()
      return typeof bound === 'object' && bound ? bound.port : 0
    }
    const answers: (readonly [number, string, string])[] = []
    const tooLong = DIAL_TIMEOUT_MS + 250
    for (const address of [
      `/ip4/127.0.0.1/tcp/${port(open)}`,
      `/ip4/127.0.0.1/tcp/${port(silent)}`,
      '/ip4/127.0.0.1/tcp/1',
      ...NEVER_DIALLED,
    ]) {
      // a busy machine may hold one answer up, but not every one for the same address
      for (let look = 0; look < 5; look++) {
        const proof = await authorization(world, (await makePeer()).key)
        const [ms, { status, body: words }] = await timed(() => ask(world, { headers: proof, body: body([address]) }))
        if (ms >= tooLong && look < 4) continue
        answers.push([ms, address, `${status} ${words}`])
        break
      }
    }
    for (const [, address, answer] of answers) {
      // what the request itself says of an address may be told, and nothing that was found
      const expected = NEVER_DIALLED.has(address)
        ? /^400 error testing addresses: none of the addresses can be dialled \(not dialled: 1 [\w -]+; /
        : /^400 error testing addresses: no address answered as this peer$/
      assert.match(answer, expected, address)
    }
    const times = answers.map(([ms]) => ms)
    assert.ok(Math.min(...times) >= DIAL_TIMEOUT_MS - 5, times.join())
    assert.ok(Math.max(...times) < tooLong, times.join())
  })

  it('is not answered by how busy the broker is either: each dial-back has its place until its time is over', async () => {
    const clock = manualClock()
    const dial = createDialBack({ timeoutMs: 1_000, atOnce: 1, clock, log: silentLog })
    const { id } = await makePeer()
    const { signal } = new AbortController()
    const first = dial(id, [], signal)
    assert.equal(dial.underWay(), 1)
    assert.equal((await dial(id, [], signal)).kind, 'busy')
    await clock.advance(1_000)
    assert.equal((await first).kind, 'unreachable')
    assert.equal(dial.underWay(), 0)
  })

  it('does not even open a connection where the class is not allowed', async (t) => {
    const world = await startBroker(t, { section: { addressClasses: ['public'] } })
    let visits = 0
    const inside = createServer((socket) => {
      visits++
      socket.destroy()
    })
    inside.listen(0, '127.0.0.1')
    await once(inside, 'listening')
    t.after(() => inside.close())
    const bound = inside.address()
    const where = typeof bound === 'object' && bound ? bound.port : 0
    const peer = await makePeer()
    for (const host of ['/ip4/127.0.0.1', '/ip6/::ffff:127.0.0.1', '/dns4/localhost', '/dns/localhost'])
      assert.equal((await register(world, peer, { addresses: [`${host}/tcp/${where}`] })).status, 400)
    assert.equal(visits, 0)
  })

  it('finds a public address where the network is made so', async (t) => {
    const translate = (address: ReturnType<typeof multiaddr>) =>
      multiaddr(address.toString().replace('/ip4/1.2.3.4/', '/ip4/127.0.0.1/'))
    const world = await startBroker(t, { translate, section: { addressClasses: ['public'] } })
    const peer = await startPeer(t)
    const addresses = peer.addresses.map((address) => address.replace('127.0.0.1', '1.2.3.4'))
    assert.equal((await register(world, peer, { addresses })).status, 200)
  })
})

describe("somebody else's name", () => {
  const forged = (peer: Peer, opaque: string) =>
    formatAuthHeader([
      ['challenge-server', newAuthChallenge()],
      ['public-key', toBase64Url(publicKeyToProtobuf(peer.key.publicKey))],
      ['sig', toBase64Url(new Uint8Array(64))],
      ['opaque', opaque],
    ])

  it('is not had by a made-up signature, neither with a made-up seal nor with a good one', async (t) => {
    const world = await startBroker(t)
    const victim = await startPeer(t)
    const made = toBase64Url(Buffer.from('{"challenge-client":"x","hostname":"x"}'))
    const first = await ask(world, { headers: { authorization: forged(victim, made) }, body: body(victim.addresses) })
    assert.equal(first.status, 401)
    const asked = parseAuthHeader(String(first.headers['www-authenticate']))
    const second = await ask(world, {
      headers: { authorization: forged(victim, asked.get('opaque') ?? '') },
      body: body(victim.addresses),
    })
    assert.equal(second.status, 400)
    assert.equal(second.headers['authentication-info'], undefined)
    assert.deepEqual(await world.values(victim.id), [])
  })

  it('is not had by an answer that was overheard', async (t) => {
    const world = await startBroker(t)
    const victim = await startPeer(t)
    const proof = await authorization(world, victim.key)
    assert.equal((await ask(world, { headers: proof, body: body(victim.addresses) })).status, 200)
    const replayed = await ask(world, {
      headers: proof,
      body: JSON.stringify({ value: valueOf(66), addresses: victim.addresses }),
    })
    assert.equal(replayed.status, 401)
    assert.deepEqual(await world.values(victim.id), [VALUE])
    await world.restart()
    const { status } = await ask(world, { headers: proof, body: body(victim.addresses) })
    assert.equal(status, 401, 'nor after the broker was started again')
  })

  it("is not had by one's own token: it names its peer, whatever else the request says", async (t) => {
    const world = await startBroker(t)
    const [attacker, victim] = [await startPeer(t), await startPeer(t)]
    const { headers } = await register(world, attacker)
    const bearer = parseAuthHeader(String(headers['authentication-info'])).get('bearer') ?? ''
    const mixed = formatAuthHeader([
      ['bearer', bearer],
      ['public-key', toBase64Url(publicKeyToProtobuf(victim.key.publicKey))],
    ])
    assert.equal((await ask(world, { headers: { authorization: mixed }, body: body(victim.addresses) })).status, 400)
    assert.deepEqual(await world.values(victim.id), [])
  })

  it('is not had by a peer that was lured to another hostname', async (t) => {
    const world = await startBroker(t)
    const victim = await startPeer(t)
    const asked = await ask(world, { method: 'GET' })
    const lured = await beginAuth(victim.key, 'attacker.example').answer(String(asked.headers['www-authenticate']))
    const { authorization: proof } = lured
    assert.equal((await ask(world, { headers: { authorization: proof }, body: body(victim.addresses) })).status, 400)
    assert.deepEqual(await world.values(victim.id), [])
  })

  it('cannot be asked for by another Host', async (t) => {
    const world = await startBroker(t)
    for (const host of ['attacker.example', `127.0.0.2:${world.port}`, '127.0.0.1:1'])
      assert.equal((await ask(world, { method: 'GET', headers: { host } })).status, 400, host)
    assert.equal((await ask(world, { method: 'GET', headers: { host: '127.0.0.1' } })).status, 401, 'as nim has it')
  })
})

describe('who may not', () => {
  it('is kept out by a denylist, also through a proxy', async (t) => {
    const world = await startBroker(t)
    const list = join(world.dir, 'bad.txt')
    await writeFile(list, '# a list\n203.0.113.0/24 ; test\nnonsense\n::ffff:198.51.100.7\n')
    const listed = await startBroker(t, { section: { denylists: [list], trustedProxies: ['127.0.0.1'] } })
    const peer = await startPeer(t)
    const first = await register(listed, peer, { headers: { 'x-forwarded-for': '203.0.113.9' } })
    assert.equal(first.status, 403)
    assert.equal(first.body, '403 Forbidden: client IP 203.0.113.9 blocked by bad.txt')
    const appended = await register(listed, peer, { headers: { 'x-forwarded-for': '8.8.8.8, 203.0.113.9' } })
    assert.equal(appended.status, 403, 'what the client wrote before it does not matter')
    const second = await register(listed, peer, { addresses: [...peer.addresses, '/ip4/198.51.100.7/udp/1/quic-v1'] })
    assert.equal(second.body, '403 Forbidden: multiaddr IP 198.51.100.7 blocked by bad.txt')
    assert.equal((await register(listed, peer)).status, 200)
  })

  it('is kept out without a token, an invitation or a place on the list of peers', async (t) => {
    const [peer, friend] = [await startPeer(t), await startPeer(t)]
    const holder = await startBroker(t)
    const tokenFile = join(holder.dir, 'token')
    await writeFile(tokenFile, 'the operators own token\n')
    const invitation = 'an-invitation-for-anna'
    const world = await startBroker(t, {
      section: { access: { tokenFile, invitations: [invitation], peers: [friend.id.toString()] } },
    })
    const refused = await register(world, peer)
    assert.equal(refused.status, 403)
    assert.equal(refused.body, '403 Forbidden: Missing Forge-Authorization header.')
    const page = await ask({ port: Number(new URL(world.admin).port) }, { method: 'GET', path: '/' })
    assert.match(page.body, /403: 403 Forbidden: Missing Forge-Authorization header\./, 'and its operator sees it')
    const wrong = { 'forge-authorization': 'an-invitation-for-bert' }
    assert.equal((await register(world, peer, { headers: wrong })).status, 403)
    for (const token of [invitation, 'the operators own token'])
      assert.equal((await register(world, peer, { headers: { 'forge-authorization': token } })).status, 200)
    assert.equal((await register(world, friend)).status, 200)
  })

  it('is kept out unless invited, from the first invitation on, also when the last one was taken back', async (t) => {
    const clock = walkingClock()
    const world = await startBroker(t, { clock, limits: { perPeerAndDay: 1_000 } })
    const path = invitationsPath(world.dir)
    const peer = await startPeer(t)
    const come = async (token?: string) =>
      (await register(world, peer, { headers: token === undefined ? {} : { 'forge-authorization': token } })).status
    /** The broker looks at its file again after ten seconds, and needs a moment to read it. */
    const untilComes = async (status: number, token?: string) => {
      clock.jump(11_000)
      for (let look = 0; look < 50; look++) if ((await come(token)) === status) return
      assert.fail(`never answered with ${status}`)
    }
    assert.equal(await come(), 200)
    const [anna, bert] = [await addInvitation(path, 'Anna', 1), await addInvitation(path, 'Bert', 2)]
    await untilComes(403)
    assert.deepEqual([await come(anna), await come(bert), await come(`${anna}x`)], [200, 200, 403])
    await removeInvitation(path, 'Anna')
    await untilComes(403, anna)
    assert.equal(await come(bert), 200)
    await removeInvitation(path, 'Bert')
    await untilComes(403, bert)
    assert.equal(await come(), 403)
    assert.doesNotMatch(await readFile(path, 'utf8'), new RegExp(`${anna}|${bert}`), 'no token is kept')
  })
})

describe('keys of every kind', () => {
  it('register: secp256k1 as well', async (t) => {
    const world = await startBroker(t)
    const key = await generateKeyPair('secp256k1')
    const answer = await ask(world, { headers: await authorization(world, key), body: '{' })
    assert.equal(answer.status, 400)
    assert.ok(answer.headers['authentication-info'])
  })
})
