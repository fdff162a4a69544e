// What the library says where another key answers than was asked for is known by its words alone, so that they are held here to the
// version that we use; and that silence is none of it.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { createHost, type Host, stopHost } from '../../core/host.ts'
import { dialMany } from '../../core/net/dial-many.ts'
import { answeredByOther } from '../../core/net/other-key.ts'

async function startHost(t: TestContext, listen: readonly string[] = []): Promise<Host> {
  const host = await createHost({ privateKey: await generateKeyPair('Ed25519'), listen })
  t.after(() => stopHost(host))
  return host
}

const strangersId = async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()

/** What a dial of these addresses fails with. */
async function failureOf(host: Host, addresses: readonly string[]): Promise<unknown> {
  const dialled = addresses.map((text) => multiaddr(text))
  return dialMany(host, dialled, { signal: AbortSignal.timeout(10_000), withinMs: 5_000, namedBy: 'chosen' }).then(
    () => assert.fail('somebody answered'),
    (error: unknown) => error,
  )
}

describe('a dial that fails', () => {
  for (const [way, listen] of [
    ['TCP', '/ip4/127.0.0.1/tcp/0'],
    ['a WebSocket', '/ip4/127.0.0.1/tcp/0/ws'],
  ] as const) {
    it(`is answered by another where another key is behind ${way}, at one address or beside a dead one`, async (t) => {
      const [server, client] = [await startHost(t, [listen]), await startHost(t)]
      const other = await strangersId()
      const address = `${String(server.getMultiaddrs()[0]).replace(/\/p2p\/.*/, '')}/p2p/${other}`
      assert.ok(answeredByOther(await failureOf(client, [address])))
      assert.ok(answeredByOther(await failureOf(client, [`/ip4/127.0.0.1/tcp/1/p2p/${other}`, address])))
    })
  }

  it('is not answered by another where nobody is there', async (t) => {
    const error = await failureOf(await startHost(t), [`/ip4/127.0.0.1/tcp/1/p2p/${await strangersId()}`])
    assert.ok(!answeredByOther(error))
  })
})
