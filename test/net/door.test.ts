// What a door remembers of those who come and go: nothing but of those who are here, and of one second.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { putDoor } from '../../core/net/door.ts'
import { createPlaces } from '../../core/net/places.ts'
import type { Server } from 'node:net'

/** A connection from a network of its own. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly bytesRead = 1
  readonly writableEnded = false

  constructor(index: number) {
    super()
    this.remoteAddress = `2001:${(index >> 8).toString(16)}:${(index & 255).toString(16)}::1`
    this.remotePort = 1_024 + (index % 60_000)
  }

  resetAndDestroy(): void {
    this.emit('close')
  }
}

describe('A7 a door', () => {
  it('remembers as many as have a place, and nothing of who has gone', () => {
    const server = new EventEmitter()
    const door = putDoor(server as unknown as Server, {
      places: createPlaces({ places: 10, perNetwork: 5 }),
      perSecond: 50,
    })
    const sockets = Array.from({ length: 1_000 }, (_, index) => new FakeSocket(index))
    for (const socket of sockets) server.emit('connection', socket)
    assert.deepEqual([door.sizes().inside, door.sizes().sockets], [10, 10])
    for (const socket of sockets) socket.emit('close')
    assert.deepEqual([door.sizes().inside, door.sizes().sockets], [0, 0])
  })

  it('counts so many networks in a second and no more', (t) => {
    t.mock.method(performance, 'now', () => 5_000)
    const server = new EventEmitter()
    const door = putDoor(server as unknown as Server, {
      places: createPlaces({ places: 1, perNetwork: 1 }),
      perSecond: 50,
    })
    for (let index = 0; index < 66_000; index++) server.emit('connection', new FakeSocket(index))
    assert.equal(door.sizes().networks, 65_536)
    t.mock.method(performance, 'now', () => 6_000)
    server.emit('connection', new FakeSocket(1))
    assert.equal(door.sizes().networks, 1)
  })
})
