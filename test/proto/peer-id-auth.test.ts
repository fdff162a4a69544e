// Peer authentication over HTTP by the examples of the specification and of three implementations, and by everything that
// must not pass: above all a client that has signed nothing.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { generateKeyPair, privateKeyFromProtobuf, publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import * as fc from 'fast-check'
import * as v from 'valibot'
import {
  AuthSignatureError,
  authHostname,
  authHostnames,
  authSignedData,
  type AuthOutcome,
  BEARER_TTL_MS,
  beginAuth,
  CHALLENGE_TTL_MS,
  createAuthServer,
  formatAuthHeader,
  fromBase64Url,
  isSignedBy,
  MalformedAuthHeaderError,
  newAuthChallenge,
  parseAuthHeader,
  toBase64Url,
} from '../../proto/peer-id-auth.ts'

const step = v.object({
  header: v.string(),
  value: v.optional(v.string()),
  valuePrinted: v.optional(v.string()),
  valueDerived: v.optional(v.string()),
})
const steps = v.tuple([step, step, step, step])
const vectors = v.parse(
  v.object({
    keys: v.record(v.string(), v.string()),
    signatures: v.array(
      v.object({
        name: v.string(),
        signer: v.picklist(['server', 'client']),
        params: v.optional(v.record(v.string(), v.string())),
        printedParams: v.optional(v.record(v.string(), v.string())),
        dataHex: v.optional(v.string()),
        sigB64url: v.string(),
        deterministic: v.optional(v.boolean()),
        verified: v.optional(v.boolean()),
      }),
    ),
    serverInitiated: steps,
    clientInitiated: steps,
    opaque: v.array(
      v.object({ name: v.string(), b64url: v.string(), hmacVerifiedWithZeroKey: v.optional(v.boolean()) }),
    ),
    headerParse: v.array(v.object({ in: v.string(), out: v.record(v.string(), v.string()) })),
    headerBuild: v.array(v.object({ params: v.array(v.tuple([v.string(), v.string()])), out: v.string() })),
  }),
  JSON.parse(readFileSync(new URL('../fixtures/autotls/peer-id-auth.json', import.meta.url), 'utf8')),
)

const hex = (name: string) => Buffer.from(vectors.keys[name] ?? '', 'hex')
const serverKey = privateKeyFromProtobuf(hex('serverPrivPbHex'))
const clientKey = privateKeyFromProtobuf(hex('clientPrivPbHex'))
const clientPeer = vectors.keys['clientPeerId']
const HOST = 'example.com'

/** The parameters of an example with the keys put in. */
function withKeys(params: Record<string, string>): Record<string, string | Uint8Array> {
  const keys: Record<string, Uint8Array> = {
    '<clientPubPb bytes>': hex('clientPubPbHex'),
    '<serverPubPb bytes>': fromBase64Url(vectors.keys['serverPubPbB64url'] ?? ''),
  }
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, keys[value] ?? value]))
}

interface World {
  now: number
  readonly ask: ReturnType<typeof createAuthServer>
}

function server(init: { secret?: Uint8Array<ArrayBuffer>; challenge?: string; now?: number } = {}): World {
  const used = new Set<string>()
  const { challenge } = init
  const world: World = {
    now: init.now ?? 1_000,
    ask: createAuthServer({
      key: serverKey,
      secret: init.secret ?? new Uint8Array(32),
      now: () => world.now,
      firstUse: async (text) => !used.has(text) && used.add(text).size > 0,
      ...(challenge === undefined ? {} : { challenge: () => challenge }),
    }),
  }
  return world
}

function challenged(outcome: AuthOutcome): string {
  assert.equal(outcome.kind, 'challenge')
  return outcome.kind === 'challenge' ? outcome.wwwAuthenticate : ''
}

function authenticated(outcome: AuthOutcome): string {
  assert.equal(outcome.kind, 'authenticated', JSON.stringify(outcome))
  return outcome.kind === 'authenticated' ? (outcome.authenticationInfo ?? '') : ''
}

/** A client's second leg, as far as a server has answered the first. */
async function secondLeg(world: World, options: { server?: boolean; host?: string; hostname?: string } = {}) {
  const { host = HOST, hostname = host } = options
  const first = beginAuth(clientKey, hostname)
  return first.answer(challenged(await world.ask(options.server ? undefined : first.authorization, host)))
}

describe('what is signed', () => {
  for (const vector of vectors.signatures) {
    const good = vector.verified === true
    it(`${good ? 'accepts' : 'refuses'}: ${vector.name}`, async () => {
      const params = withKeys(vector.params ?? vector.printedParams ?? {})
      const key = vector.signer === 'server' ? serverKey : clientKey
      if (vector.dataHex !== undefined)
        assert.equal(Buffer.from(authSignedData(params)).toString('hex'), vector.dataHex)
      assert.equal(await isSignedBy(key.publicKey, params, vector.sigB64url), good)
      if (vector.deterministic === true)
        assert.equal(toBase64Url(await key.sign(authSignedData(params))), vector.sigB64url)
    })
  }
})

describe('a header', () => {
  it('is read as the examples say', () => {
    for (const vector of vectors.headerParse)
      assert.deepEqual(Object.fromEntries(parseAuthHeader(vector.in)), vector.out)
  })

  it('is written as the examples say', () => {
    for (const vector of vectors.headerBuild) assert.equal(formatAuthHeader(vector.params), vector.out)
  })

  it('may stand among other schemes', () => {
    const read = parseAuthHeader('Basic realm="x", libp2p-peerid  a="1",b="2" , Digest x="3"')
    assert.deepEqual(Object.fromEntries(read), { a: '1', b: '2' })
  })

  for (const [what, header] of [
    ['of another scheme', 'Basic realm="x"'],
    ['whose scheme only begins like ours', 'libp2p-PeerIDx a="1"'],
    ['with a value without quotes', 'libp2p-PeerID a=1'],
    ['with a quote that does not end', 'libp2p-PeerID a="1'],
    ['with a parameter twice', 'libp2p-PeerID a="1", a="2"'],
    ['that is too long', `libp2p-PeerID a="${'x'.repeat(2_048)}"`],
    ['with too many parameters', `libp2p-PeerID ${Array.from({ length: 13 }, (_, at) => `a${at}="1"`).join(', ')}`],
  ]) {
    it(`${what} is refused`, () => {
      assert.throws(() => parseAuthHeader(header ?? ''), MalformedAuthHeaderError)
    })
  }

  it('never makes the parser fail in another way, whatever stands in it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `libp2p-PeerID ${text}`),
        ),
        (text) => {
          try {
            parseAuthHeader(text)
          } catch (error) {
            assert.ok(error instanceof MalformedAuthHeaderError)
          }
        },
      ),
    )
  })

  it('carries bytes with padding and takes them without', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const text = toBase64Url(bytes)
        assert.equal(text.length % 4, 0)
        assert.deepEqual(fromBase64Url(text), bytes)
        assert.deepEqual(fromBase64Url(text.replaceAll('=', '')), bytes)
      }),
    )
    for (const wrong of ['a', 'ab=', 'a+b/', 'ab==c', 'abc==', 'a b='])
      assert.throws(() => fromBase64Url(wrong), MalformedAuthHeaderError, wrong)
  })
})

describe('hostnames', () => {
  it('have the port only where it is not the usual one', () => {
    assert.equal(authHostname(new URL('https://Example.com:443/v1')), 'example.com')
    assert.equal(authHostname(new URL('https://example.com:8443/v1')), 'example.com:8443')
  })

  it('are tried with and without the port', () => {
    assert.deepEqual(authHostnames('example.com'), ['example.com'])
    assert.deepEqual(authHostnames('example.com:8443'), ['example.com:8443', 'example.com'])
    assert.deepEqual(authHostnames('[::1]:8443'), ['[::1]:8443', '[::1]'])
    assert.deepEqual(authHostnames('[::1]'), ['[::1]'])
  })
})

describe("the specification's exchanges", () => {
  it('client-initiated: the server answers as printed', async () => {
    const [hello, printed, answer] = vectors.clientInitiated
    const world = server({ challenge: vectors.keys['challengeClient'] ?? '' })
    const ours = parseAuthHeader(challenged(await world.ask(hello.value, HOST)))
    const theirs = parseAuthHeader(printed.value ?? '')
    for (const name of ['challenge-client', 'public-key', 'sig']) assert.equal(ours.get(name), theirs.get(name), name)
    assert.deepEqual([...ours.keys()], ['challenge-client', 'public-key', 'sig', 'opaque'])
    const outcome = await world.ask(answer.value, HOST)
    assert.ok(outcome.kind === 'authenticated')
    assert.equal(outcome.peer.toString(), clientPeer)
    assert.deepEqual([...parseAuthHeader(outcome.authenticationInfo ?? '').keys()], ['bearer'])
  })

  it('server-initiated: the server answers as printed, with the signature that it should have', async () => {
    const [, answer, done] = vectors.serverInitiated
    const outcome = await server().ask(answer.valueDerived, HOST)
    const ours = parseAuthHeader(authenticated(outcome))
    assert.equal(ours.get('sig'), parseAuthHeader(done.value ?? '').get('sig'))
    assert.deepEqual([...ours.keys()], ['sig', 'bearer'])
  })

  it('server-initiated: the signature that is printed is refused', async () => {
    const [, answer] = vectors.serverInitiated
    const stale = vectors.signatures.find(({ name }) => name.startsWith('STALE'))
    const header = (answer.valueDerived ?? '').replace(/sig="[^"]*"/, `sig="${stale?.sigB64url}"`)
    assert.equal((await server().ask(header, HOST)).kind, 'refused')
  })

  it('a printed token is taken while it is good', async () => {
    const [, , , use] = vectors.serverInitiated
    assert.equal((await server({ now: BEARER_TTL_MS - 1 }).ask(use.value, HOST)).kind, 'authenticated')
    assert.equal((await server({ now: BEARER_TTL_MS }).ask(use.value, HOST)).kind, 'challenge')
  })

  it('a client takes the printed answers', async () => {
    const [hello, asked, answer, done] = vectors.clientInitiated
    const first = beginAuth(clientKey, HOST, vectors.keys['challengeServer'] ?? '')
    assert.equal(first.authorization, hello.value)
    const second = await first.answer(asked.value ?? '')
    assert.equal(second.authorization, answer.value)
    assert.equal(second.initiatedBy, 'client')
    assert.equal(await second.finish(done.value ?? ''), vectors.clientInitiated[3].value)
  })
})

describe('both sides together', () => {
  for (const type of ['Ed25519', 'secp256k1', 'RSA'] as const) {
    it(`a peer with a key of type ${type} proves itself in both handshakes and comes back with its token`, async () => {
      const key = type === 'RSA' ? await generateKeyPair('RSA', 2048) : await generateKeyPair(type)
      const world = server()
      for (const initiated of ['client', 'server'] as const) {
        const first = beginAuth(key, HOST)
        const asked = challenged(await world.ask(initiated === 'client' ? first.authorization : undefined, HOST))
        const second = await first.answer(asked)
        assert.equal(second.initiatedBy, initiated)
        assert.ok(second.server.equals(peerIdFromPrivateKey(serverKey)))
        const outcome = await world.ask(second.authorization, HOST)
        const token = await second.finish(authenticated(outcome))
        const again = await world.ask(token, HOST)
        assert.ok(again.kind === 'authenticated' && again.peer.equals(peerIdFromPrivateKey(key)))
        assert.equal(again.authenticationInfo, undefined)
      }
    })
  }

  it('a client that signs the name without its port is understood, and the server signs the same name', async () => {
    const world = server()
    const second = await secondLeg(world, { server: true, host: 'example.com:8443', hostname: 'example.com' })
    await second.finish(authenticated(await world.ask(second.authorization, 'example.com:8443')))
  })

  it('challenges are new each time', () => {
    assert.equal(new Set(Array.from({ length: 100 }, () => newAuthChallenge())).size, 100)
    assert.equal(newAuthChallenge().length, 44)
  })
})

describe('a server refuses', () => {
  it('a client that has signed nothing: made-up signature and seal, the key of somebody else', async () => {
    const victim = toBase64Url(hex('clientPubPbHex'))
    const forged = formatAuthHeader([
      ['challenge-server', newAuthChallenge()],
      ['public-key', victim],
      ['sig', toBase64Url(new Uint8Array(64))],
      ['opaque', toBase64Url(Buffer.from('{"challenge-client":"x"}'))],
    ])
    const outcome = await server().ask(forged, HOST)
    assert.equal(outcome.kind, 'challenge', 'a seal that is not ours gets a new challenge and nothing else')
  })

  it('a good seal with a made-up signature', async () => {
    const world = server()
    const asked = parseAuthHeader(challenged(await world.ask(undefined, HOST)))
    const forged = formatAuthHeader([
      ['challenge-server', newAuthChallenge()],
      ['public-key', toBase64Url(hex('clientPubPbHex'))],
      ['sig', toBase64Url(new Uint8Array(64))],
      ['opaque', asked.get('opaque') ?? ''],
    ])
    assert.equal((await world.ask(forged, HOST)).kind, 'refused')
  })

  it('an answer to the challenge of another key', async () => {
    const world = server()
    const second = await secondLeg(world)
    const other = await generateKeyPair('Ed25519')
    const opaque = parseAuthHeader(challenged(await world.ask(beginAuth(other, HOST).authorization, HOST))).get(
      'opaque',
    )
    const mixed = second.authorization.replace(/opaque="[^"]*"/, `opaque="${opaque}"`)
    assert.equal((await world.ask(mixed, HOST)).kind, 'refused')
  })

  it('an answer that was given before', async () => {
    const world = server()
    const { authorization } = await secondLeg(world)
    authenticated(await world.ask(authorization, HOST))
    assert.equal((await world.ask(authorization, HOST)).kind, 'challenge')
  })

  it('an answer after five minutes', async () => {
    const world = server()
    const { authorization } = await secondLeg(world)
    world.now += CHALLENGE_TTL_MS
    assert.equal((await world.ask(authorization, HOST)).kind, 'challenge')
  })

  it('an answer and a token for another name', async () => {
    const world = server()
    const second = await secondLeg(world)
    assert.equal((await world.ask(second.authorization, 'example.org')).kind, 'refused')
    const token = await second.finish(authenticated(await world.ask(second.authorization, HOST)))
    assert.equal((await world.ask(token, 'example.org')).kind, 'refused')
  })

  it('a client that was lured to sign another name', async () => {
    const world = server()
    const second = await secondLeg(world, { hostname: 'attacker.example', server: true })
    assert.equal((await world.ask(second.authorization, HOST)).kind, 'refused')
  })

  it('a token that was changed or sealed by somebody else', async () => {
    const world = server()
    const second = await secondLeg(world)
    const token = await second.finish(authenticated(await world.ask(second.authorization, HOST)))
    const other = server({ secret: new Uint8Array(32).fill(1) })
    assert.equal((await other.ask(token, HOST)).kind, 'challenge')
    const bytes = fromBase64Url(parseAuthHeader(token).get('bearer') ?? '')
    const text = Buffer.from(bytes).toString('latin1').replace('12D3', '12D4')
    const changed = formatAuthHeader([['bearer', toBase64Url(Buffer.from(text, 'latin1'))]])
    assert.equal((await world.ask(changed, HOST)).kind, 'challenge')
  })

  it('a challenge as a token and a token as a challenge', async () => {
    const world = server()
    const second = await secondLeg(world)
    const opaque = parseAuthHeader(second.authorization).get('opaque') ?? ''
    assert.equal((await world.ask(formatAuthHeader([['bearer', opaque]]), HOST)).kind, 'refused')
    const bearer = parseAuthHeader(authenticated(await world.ask(second.authorization, HOST))).get('bearer') ?? ''
    const mixed = second.authorization.replace(/opaque="[^"]*"/, `opaque="${bearer}"`)
    assert.equal((await world.ask(mixed, HOST)).kind, 'refused')
  })

  it('a challenge that is too short, a key that is none, parts that are missing', async () => {
    const key = toBase64Url(hex('clientPubPbHex'))
    const challenge = newAuthChallenge()
    for (const parameters of [
      [
        ['challenge-server', 'short'],
        ['public-key', key],
      ],
      [
        ['challenge-server', challenge],
        ['public-key', 'AAAA'],
      ],
      [['challenge-server', challenge]],
      [['public-key', key]],
    ] as const)
      assert.equal((await server().ask(formatAuthHeader(parameters), HOST)).kind, 'refused')
  })
})

describe('a client refuses', () => {
  it('a server that has not signed its challenge', async () => {
    const first = beginAuth(clientKey, HOST)
    const other = beginAuth(clientKey, HOST)
    const asked = challenged(await server().ask(other.authorization, HOST))
    await assert.rejects(first.answer(asked), AuthSignatureError)
  })

  it('a server that proves another key at the end', async () => {
    const world = server()
    const second = await secondLeg(world, { server: true })
    const told = parseAuthHeader(authenticated(await world.ask(second.authorization, HOST)))
    const imposter = await generateKeyPair('Ed25519')
    const text = parseAuthHeader(second.authorization).get('challenge-server') ?? ''
    const sig = await imposter.sign(
      authSignedData({ 'challenge-server': text, 'client-public-key': hex('clientPubPbHex'), hostname: HOST }),
    )
    const wrong = formatAuthHeader([
      ['sig', toBase64Url(sig)],
      ['bearer', told.get('bearer') ?? ''],
    ])
    await assert.rejects(second.finish(wrong), AuthSignatureError)
  })

  it('a server that proves nothing at all', async () => {
    const world = server()
    const second = await secondLeg(world, { server: true })
    const told = parseAuthHeader(authenticated(await world.ask(second.authorization, HOST)))
    const bare = formatAuthHeader([['bearer', told.get('bearer') ?? '']])
    await assert.rejects(second.finish(bare), MalformedAuthHeaderError)
  })

  it('does not sign the same challenge for the server as it was given', async () => {
    const second = await secondLeg(server(), { server: true })
    const given = parseAuthHeader(second.authorization)
    assert.notEqual(given.get('challenge-server'), given.get('challenge-client'))
    assert.ok((given.get('challenge-server') ?? '').length >= 32)
    assert.doesNotThrow(() => publicKeyFromProtobuf(fromBase64Url(given.get('public-key') ?? '')))
  })
})
