// How a WebSocket connection learns that it may send again; that nothing is lost or kept is seen in back-pressure.test.ts.
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { AbstractMessageStream } from '@libp2p/utils'
import { drainPromptly } from '../../core/net/prompt-drain.ts'
import { TransportChangedError } from '../../core/net/transport-changed.ts'
import type { Logger, MultiaddrConnection } from '@libp2p/interface'

const log: Logger = Object.assign(() => undefined, {
  ...{ enabled: false, trace: () => undefined, error: () => undefined, newScope: () => log },
})

/** A connection as @libp2p/websockets has it inside. */
class WebSocketLike extends AbstractMessageStream {
  readonly raw = new PassThrough()
  readonly websocket: unknown = { _socket: this.raw }
  checkBufferedAmountTask: unknown = { start: () => undefined, stop: () => undefined }
  looks = 0
  sendData() {
    return { sentBytes: 0, canSendMore: false }
  }
  checkBufferedAmount() {
    this.looks += 1
  }
  async close() {}
  sendReset() {}
  sendPause() {}
  sendResume() {}
}

const newConnection = () => {
  const connection = new WebSocketLike({ log, direction: 'inbound' })
  return { connection, asConnection: connection as unknown as MultiaddrConnection }
}

describe('a WebSocket connection', () => {
  it('D looks whether it may send again when its socket has nothing left, where it has to wait', () => {
    const { connection, asConnection } = newConnection()
    drainPromptly(asConnection)

    connection.send(new Uint8Array(1))
    connection.raw.emit('drain')

    assert.equal(connection.looks, 1)
  })

  it('D tells nobody of a drain that nobody waits for', () => {
    const { connection, asConnection } = newConnection()
    drainPromptly(asConnection)

    connection.raw.emit('drain')

    assert.equal(connection.looks, 0)
  })

  it('D is refused where the library has other insides than the version that was tested', () => {
    for (const part of ['websocket', 'checkBufferedAmount', 'checkBufferedAmountTask'] as const) {
      const { connection, asConnection } = newConnection()
      const without = new Proxy(asConnection, {
        get: (target, name) => (name === part ? undefined : Reflect.get(target, name)),
        has: (target, name) => name !== part && Reflect.has(target, name),
      })
      assert.throws(() => drainPromptly(without), TransportChangedError, part)
      assert.equal(connection.raw.listenerCount('drain'), 0)
    }
  })
})
