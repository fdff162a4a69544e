// What Kubo and nim-libp2p said to this broker, and what it answered, replayed byte by byte: whoever changes an answer hears of
// it here. A recording is another life of the broker; with its key and at its time the proofs in it are good once more.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { parsePeerKey } from '../../core/peer-key.ts'
import { isSignedBy, parseAuthHeader } from '../../proto/peer-id-auth.ts'
import { type BrokerWorld, type Peer, startBroker, startPeer } from './support.ts'

const Recording = v.object({
  clockMs: v.number(),
  url: v.pipe(v.string(), v.url()),
  brokerKey: v.string(),
  peerKey: v.string(),
  exchanges: v.array(v.object({ request: v.string(), response: v.string() })),
})
type Recording = v.InferOutput<typeof Recording>

const FOLDER = new URL('../fixtures/autotls/recorded/', import.meta.url)

function read(name: string): Recording {
  return v.parse(Recording, JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')))
}

const RECORDINGS = {
  Kubo: read('kubo-client-initiated'),
  'Kubo with a token': read('kubo-token'),
  'Kubo, whose first proof was lost on the way': read('kubo-server-initiated'),
  'nim-libp2p': read('nim-server-initiated'),
  'nim-libp2p at a broker with a port': read('nim-port'),
}

const SIX_MINUTES_MS = 6 * 60_000

interface Replay {
  readonly world: BrokerWorld
  readonly peer: Peer
  /** Sends a request as it is, over a connection of its own, and gives the whole answer. */
  readonly send: (request: string) => Promise<string>
  /** Lets time go by. */
  readonly pass: (ms: number) => void
}

/** Starts the broker and the peer of a recording; they stop with the test. */
async function replay(t: TestContext, recording: Recording, section: Record<string, unknown> = {}): Promise<Replay> {
  const peer = await startPeer(t, parsePeerKey('the recording', recording.peerKey))
  const [listening = ''] = peer.addresses
  let now = recording.clockMs
  const world = await startBroker(t, {
    key: parsePeerKey('the recording', recording.brokerKey),
    clock: { ...systemClock, now: () => now },
    section: { url: recording.url, addressClasses: ['public'], access: accessOf(recording), ...section },
    translate: () => multiaddr(listening).decapsulate(`/p2p/${peer.id.toString()}`),
  })
  const pass = (ms: number) => {
    now += ms
  }
  return { world, peer, pass, send: (request) => sendRaw(world.port, request) }
}

/** A recording with a token is of a forge that asked for it. */
function accessOf(recording: Recording) {
  const token = recording.exchanges.map(({ request }) => headerOf(request, 'Forge-Authorization')).find(Boolean)
  return token === undefined ? {} : { invitations: [token] }
}

function sendRaw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request, 'latin1'))
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (isWhole(text)) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => (isWhole(text) ? resolve(text) : reject(new Error(`the answer broke off: ${text}`))))
  })
}

function isWhole(response: string): boolean {
  const end = response.indexOf('\r\n\r\n')
  return end >= 0 && response.length >= end + 4 + Number(headerOf(response, 'Content-Length') ?? 0)
}

function headerOf(message: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\\r$`, 'm').exec(message)?.[1]
}

function statusOf(response: string): string {
  return response.slice('HTTP/1.1 '.length, response.indexOf('\r\n'))
}

/**
 * What an answer has in every life of the broker: everything, but of random values only the length and the padding, and not
 * what came after these were recorded: the client's address in health, and how many requests a connection may carry.
 */
function formOf(response: string): string {
  return response
    .replace(/^Forge-Client-Address: .*\r\n/m, '')
    .replace(/^(Keep-Alive: timeout=[0-9]+), max=[0-9]+\r$/m, '$1\r')
    .replace(/^Date: \w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT\r$/m, 'Date\r')
    .replace(
      /(challenge-client|sig|opaque|bearer)="([A-Za-z0-9_-]+)/g,
      (_, name: string, value: string) => `${name}="(${value.length})`,
    )
}

/** The two requests of a handshake; there may be others before and after. */
function legsOf({ exchanges }: Recording) {
  const [first, second] = exchanges.filter(({ request }) => /^[A-Z]+ \/v1\/_acme-challenge /.test(request))
  assert.ok(first && second)
  return { first, second }
}

/** The value that was registered. */
function valueOf({ exchanges }: Recording): string {
  const body = exchanges.at(-1)?.request.split('\r\n\r\n')[1] ?? ''
  return v.parse(v.object({ value: v.string() }), JSON.parse(body)).value
}

function withHost(request: string, host: string): string {
  return request.replace(/^Host: .*\r$/m, `Host: ${host}\r`)
}

function withOtherSignature(request: string): string {
  return request.replace(/(sig=")(.)/, (_, before: string, letter: string) => before + (letter === 'A' ? 'B' : 'A'))
}

async function assertAskedAnew(response: string, asked: string): Promise<void> {
  assert.equal(statusOf(response), '401 Unauthorized')
  const challengeIn = (text: string) =>
    parseAuthHeader(headerOf(text, 'WWW-Authenticate') ?? '').get('challenge-client') ?? ''
  assert.notEqual(challengeIn(response), challengeIn(asked))
  assert.equal(headerOf(response, 'Authentication-Info'), undefined)
}

for (const [client, recording] of Object.entries(RECORDINGS))
  describe(client, () => {
    const { first, second } = legsOf(recording)

    it('is answered as it was, by a broker that has been started since', async (t) => {
      const { send, world, peer } = await replay(t, recording)
      for (const { request, response } of recording.exchanges)
        assert.equal(formOf(await send(request)), formOf(response), request)
      assert.deepEqual(await world.values(peer.id), [valueOf(recording)])
    })

    it('can verify who answers', async (t) => {
      const { send, peer } = await replay(t, recording)
      const answers = [await send(first.request), await send(second.request)]
      const given = parseAuthHeader(
        headerOf(first.request, 'Authorization') ?? headerOf(second.request, 'Authorization') ?? '',
      )
      const [told] = answers.flatMap((answer) => /^.*libp2p-PeerID .*sig=.*\r$/m.exec(answer) ?? [])
      const isProved = await isSignedBy(
        parsePeerKey('the recording', recording.brokerKey).publicKey,
        {
          'challenge-server': given.get('challenge-server') ?? '',
          'client-public-key': publicKeyToProtobuf(peer.key.publicKey),
          hostname: headerOf(second.request, 'Host') ?? '',
        },
        parseAuthHeader(told ?? '').get('sig') ?? '',
      )
      assert.ok(isProved)
    })

    it('is asked anew where its proof comes twice', async (t) => {
      const { send } = await replay(t, recording)
      assert.equal(statusOf(await send(second.request)), statusOf(second.response))
      await assertAskedAnew(await send(second.request), first.response)
    })

    it('is asked anew where its proof comes six minutes late', async (t) => {
      const { send, pass, world, peer } = await replay(t, recording)
      pass(SIX_MINUTES_MS)
      await assertAskedAnew(await send(second.request), first.response)
      assert.deepEqual(await world.values(peer.id), [])
    })

    it('is refused under a name that is not ours', async (t) => {
      const { send, world, peer } = await replay(t, recording)
      for (const leg of [first, second]) {
        const refused = await send(withHost(leg.request, 'registration.forge.example.org'))
        assert.equal(statusOf(refused), '400 Bad Request')
        assert.doesNotMatch(refused, /libp2p-PeerID/)
      }
      assert.deepEqual(await world.values(peer.id), [])
    })

    it('is refused where its signature is another one', async (t) => {
      const { send, world, peer } = await replay(t, recording)
      const refused = await send(withOtherSignature(second.request))
      assert.equal(statusOf(refused), '400 Bad Request')
      assert.equal(headerOf(refused, 'Authentication-Info'), undefined)
      assert.deepEqual(await world.values(peer.id), [])
    })
  })

describe('a recorded proof', () => {
  it('that was made for our name alone is none for our name with its port', async (t) => {
    const recording = RECORDINGS['nim-libp2p at a broker with a port']
    const { send, world, peer } = await replay(t, recording)
    const refused = await send(withHost(legsOf(recording).second.request, new URL(recording.url).host))
    assert.equal(statusOf(refused), '400 Bad Request')
    assert.equal(headerOf(refused, 'Authentication-Info'), undefined)
    assert.deepEqual(await world.values(peer.id), [])
  })

  it('counts for nothing where the token beside it is not known', async (t) => {
    const recording = RECORDINGS['Kubo with a token']
    const { send, world, peer } = await replay(t, recording, {
      access: { invitations: ['a-token-that-was-given-to-another-friend'] },
    })
    assert.equal(statusOf(await send(legsOf(recording).second.request)), '403 Forbidden')
    assert.deepEqual(await world.values(peer.id), [])
  })
})
