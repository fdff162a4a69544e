// Which keys can be somebody's for a broker: the three kinds that libp2p makes peer ids of, and no other, however well it signs.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { generateKeyPair, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { beginAuth, formatAuthHeader, parseAuthHeader, toBase64Url } from '../../proto/peer-id-auth.ts'
import { ask, register, startBroker } from './support.ts'

describe('a key', () => {
  for (const type of ['Ed25519', 'secp256k1', 'RSA'] as const) {
    it(`of the kind ${type} is a peer's`, async (t) => {
      const world = await startBroker(t)
      const key = await generateKeyPair(type)
      const { status, headers } = await register(
        world,
        { key, id: peerIdFromPrivateKey(key), addresses: [] },
        { body: '{' },
      )
      // the body is refused, whose it is is known
      assert.equal(status, 400)
      assert.match(String(headers['authentication-info']), /bearer=/)
    })
  }

  it('of the kind ECDSA is refused as nobody’s, at its first word', async (t) => {
    const world = await startBroker(t)
    const key = await generateKeyPair('ECDSA')
    const { authorization } = beginAuth(key, world.host)
    assert.equal((await ask(world, { headers: { authorization } })).status, 400)
  })

  it('of the kind ECDSA is refused as nobody’s, with a good signature in the handshake that the broker begins', async (t) => {
    const world = await startBroker(t)
    const key = await generateKeyPair('ECDSA')
    const asked = await ask(world)
    assert.equal(asked.status, 401)
    const { authorization } = await beginAuth(key, world.host).answer(String(asked.headers['www-authenticate']))
    assert.equal((await ask(world, { headers: { authorization }, body: '{' })).status, 400)
  })

  it('of the kind ECDSA is refused by a client whose broker has one', async (t) => {
    const world = await startBroker(t)
    const asked = await ask(world)
    const parameters = new Map(parseAuthHeader(String(asked.headers['www-authenticate'])))
    const { publicKey } = await generateKeyPair('ECDSA')
    parameters.set('public-key', toBase64Url(publicKeyToProtobuf(publicKey)))
    const leg = beginAuth(await generateKeyPair('Ed25519'), world.host)
    await assert.rejects(leg.answer(formatAuthHeader([...parameters])), { name: 'MalformedAuthHeaderError' })
  })
})
