// A dial that fails after the socket is open leaves nothing behind: the other side would otherwise keep the connection, and
// send over it, for as long as it likes.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { WebSocketServer } from 'ws'
import { createHost, stopHost } from '../../core/host.ts'

/** multistream-select, and "not available" to the one encryption that is offered. */
const NO_ENCRYPTION = Buffer.from('\x13/multistream/1.0.0\n\x03na\n')

describe('a dial whose handshake fails', () => {
  it('closes its WebSocket', { timeout: 20_000 }, async (t) => {
    const web = createServer()
    const server = new WebSocketServer({ server: web })
    const gone = Promise.withResolvers<void>()
    server.on('connection', (socket) => {
      socket.on('close', () => gone.resolve())
      socket.once('message', () => socket.send(NO_ENCRYPTION))
    })
    web.listen(0, '127.0.0.1')
    await once(web, 'listening')
    t.after(() => web.close())
    const host = await createHost({ privateKey: await generateKeyPair('Ed25519') })
    t.after(() => stopHost(host))
    const { port } = v.parse(v.object({ port: v.number() }), web.address())

    await assert.rejects(host.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}/ws`)), { name: 'EncryptionFailedError' })

    await gone.promise
    assert.deepEqual(host.getConnections(), [])
  })
})
