// The exchanges of Kubo and nim-libp2p, header by header as their sources write and read them: methods, orders, encodings and
// what they leave out. Only keys, challenges and signatures are made for the test.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { publicKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { authSignedData, isSignedBy, parseAuthHeader, toBase64Url } from '../../proto/peer-id-auth.ts'
import { ask, type BrokerWorld, type Peer, startBroker, startPeer, VALUE } from './support.ts'

/** A header as Go's decoder takes it: base64url that must be padded. */
function goDecode(text: string | undefined): Uint8Array {
  assert.ok(text !== undefined && text.length % 4 === 0 && /^[A-Za-z0-9_-]+={0,2}$/.test(text), text)
  return Uint8Array.from(Buffer.from(text, 'base64url'))
}

/** nim splits at commas and looks for `name="` in the pieces; the value ends before the last letter. */
function nimExtract(header: string, name: string): string {
  const piece = header.split(',').find((one) => one.includes(`${name}="`)) ?? ''
  const value = piece.slice(piece.indexOf(`${name}="`) + name.length + 2).trim()
  assert.ok(value.endsWith('"'), header)
  return value.slice(0, -1)
}

const sign = async (peer: Peer, params: Record<string, string | Uint8Array>): Promise<string> =>
  toBase64Url(await peer.key.sign(authSignedData(params)))

const GO_HEADERS = { 'user-agent': 'kubo/0.43.0/', 'accept-encoding': 'gzip' }

const body = (peer: Peer) => JSON.stringify({ value: VALUE, addresses: peer.addresses })

describe('Kubo', () => {
  it('begins with a POST without a body, verifies the broker, and sends its body with the second', async (t) => {
    const world = await startBroker(t)
    const peer = await startPeer(t)
    const own = publicKeyToProtobuf(peer.key.publicKey)
    const challenge = toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
    const first = await ask(world, {
      headers: {
        ...GO_HEADERS,
        'content-length': '0',
        authorization: `libp2p-PeerID challenge-server="${challenge}", public-key="${toBase64Url(own)}"`,
      },
    })
    assert.equal(first.status, 401)
    assert.equal(first.headers['content-length'], '0')
    const asked = parseAuthHeader(String(first.headers['www-authenticate']))
    const serverBytes = goDecode(asked.get('public-key'))
    goDecode(asked.get('sig'))
    goDecode(asked.get('opaque'))
    const signed = { 'challenge-server': challenge, 'client-public-key': own, hostname: world.host }
    assert.ok(await isSignedBy(publicKeyFromProtobuf(serverBytes), signed, asked.get('sig') ?? ''))
    const sig = await sign(peer, {
      'challenge-client': asked.get('challenge-client') ?? '',
      'server-public-key': serverBytes,
      hostname: world.host,
    })
    const second = await ask(world, {
      headers: { ...GO_HEADERS, authorization: `libp2p-PeerID opaque="${asked.get('opaque')}", sig="${sig}"` },
      body: body(peer),
    })
    assert.equal(second.status, 200, second.body)
    assert.equal(second.body, '')
    const told = parseAuthHeader(String(second.headers['authentication-info']))
    goDecode(told.get('bearer'))
    const third = await ask(world, {
      headers: { ...GO_HEADERS, authorization: `libp2p-PeerID bearer="${told.get('bearer')}"` },
      body: body(peer),
    })
    assert.equal(third.status, 200)
  })
})

describe('nim-libp2p', () => {
  /** nim signs the hostname of the URL, which has no port. */
  const register = async (world: BrokerWorld, peer: Peer, alter: (sig: string) => string = (sig) => sig) => {
    const first = await ask(world, { method: 'GET' })
    assert.equal(first.status, 401)
    const header = String(first.headers['www-authenticate'])
    const challengeClient = nimExtract(header, 'challenge-client')
    const opaque = nimExtract(header, 'opaque')
    const serverBytes = Uint8Array.from(Buffer.from(nimExtract(header, 'public-key'), 'base64url'))
    const challenge = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV'
    const own = publicKeyToProtobuf(peer.key.publicKey)
    const hostname = world.host.replace(/:\d+$/, '')
    const sig = await sign(peer, {
      'challenge-client': challengeClient,
      hostname,
      'server-public-key': serverBytes,
    })
    const authorization = `libp2p-PeerID public-key="${toBase64Url(own)}", opaque="${opaque}", challenge-server="${challenge}", sig="${alter(sig)}"`
    const answer = await ask(world, {
      headers: { 'user-agent': 'nim-libp2p', 'content-type': 'application/json', authorization },
      body: body(peer),
    })
    return { answer, challenge, own, hostname, serverBytes }
  }

  it('begins with a plain GET, signs the name without its port, and reads what comes back by position', async (t) => {
    const world = await startBroker(t)
    const peer = await startPeer(t)
    const { answer, challenge, own, hostname, serverBytes } = await register(world, peer)
    assert.equal(answer.status, 200, answer.body)
    const info = String(answer.headers['authentication-info'])
    const sig = nimExtract(info, 'sig')
    assert.ok(nimExtract(info, 'bearer').length > 60)
    const signed = { 'challenge-server': challenge, 'client-public-key': own, hostname }
    assert.ok(await isSignedBy(publicKeyFromProtobuf(serverBytes), signed, sig))
    assert.equal((await world.values(peer.id))[0], VALUE, 'the first value is the one that nim compares')
  })

  it('is refused where its signature is another one', async (t) => {
    const world = await startBroker(t)
    const peer = await startPeer(t)
    const { answer } = await register(world, peer, (sig) => `${sig.startsWith('A') ? 'B' : 'A'}${sig.slice(1)}`)
    assert.equal(answer.status, 400)
    assert.deepEqual(await world.values(peer.id), [])
  })
})
