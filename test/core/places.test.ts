// Who may stay when a listener is full.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { createPlaces, type Guest, type Places } from '../../core/net/places.ts'
import { networkOfText } from '../../core/net/network.ts'

/** Lets somebody in and notes who is shown out. */
function house(init: { readonly places: number; readonly perNetwork?: number }) {
  const out: string[] = []
  const places = createPlaces({ perNetwork: init.places, ...init })
  const come = (address: string, name = address) => places.enter(address, () => void out.push(name))
  return { places, out, come }
}

describe('a house with room', () => {
  it('lets everybody in, counts them, and forgets who left', () => {
    const { places, out, come } = house({ places: 3 })

    const guest = come('203.0.113.7')
    come('198.51.100.1')?.settle()

    assert.deepEqual([places.taken, places.pending], [2, 1])
    guest?.leave()
    guest?.leave()
    assert.deepEqual([places.taken, places.pending, out], [1, 0, []])
  })
})

describe('a full house', () => {
  it('never refuses the newcomer from a quiet network: the network with most gives up who waits longest', () => {
    const { places, out, come } = house({ places: 4 })
    come('203.0.113.1', 'first')
    come('203.0.113.2', 'second')
    come('203.0.113.3', 'third')
    come('198.51.100.1', 'quiet')

    assert.ok(come('192.0.2.1', 'newcomer'))

    assert.deepEqual(out, ['first'])
    assert.deepEqual([places.taken, places.counts], [4, { refused: 0, shownOut: 1 }])
  })

  it('shows out who has not said who they are before who has', () => {
    const { out, come } = house({ places: 3 })
    come('203.0.113.1', 'settled')?.settle()
    come('198.51.100.1', 'waiting')
    come('192.0.2.1', 'settled too')?.settle()

    assert.ok(come('192.0.3.1'))

    assert.deepEqual(out, ['waiting'])
  })

  it('A2 keeps who has settled of an ordinary home while others, each of a network of its own, only wait', () => {
    const { out, come } = house({ places: 4 })
    come('203.0.113.1', 'home')?.settle()
    come('203.0.113.1', 'home too')?.settle()
    come('198.51.100.1', 'waiting')
    come('198.51.101.1', 'waiting too')

    assert.ok(come('192.0.2.1') && come('192.0.3.1'))

    assert.deepEqual(out, ['waiting', 'waiting too'])
  })

  it('A2 lets nobody who holds as much as anybody take the place of a quiet newcomer', () => {
    const { out, come } = house({ places: 5 })
    for (const network of ['203.0.113.1', '198.51.100.1']) {
      come(network)?.settle()
      come(network)?.settle()
    }
    come('192.0.2.1', 'quiet newcomer')

    assert.equal(come('203.0.113.1'), undefined)
    assert.deepEqual(out, [])
  })

  it('A2 never shows out who is one of ours, whom no network is charged for', () => {
    const { places, out, come } = house({ places: 2, perNetwork: 2 })
    const own = come('203.0.113.1', 'own')
    own?.settle()
    own?.keep()
    own?.keep()
    come('203.0.113.1', 'first')
    come('203.0.113.1', 'second')

    assert.ok(come('203.0.113.1') && come('198.51.100.1'))

    assert.deepEqual(out, ['first', 'second'])
    assert.equal(places.taken, 3)
    own?.leave()
    own?.leave()
    assert.equal(places.taken, 2)
  })

  it('where everybody has settled shows out who was of no use for longest in the network with most', () => {
    const { out, come } = house({ places: 3 })
    const busy = come('203.0.113.1', 'busy')
    const idle = come('203.0.113.1', 'idle')
    come('198.51.100.1', 'quiet')?.settle()
    busy?.settle()
    idle?.settle()
    busy?.touch()

    assert.ok(come('192.0.2.1'))

    assert.deepEqual(out, ['idle'])
  })

  it('refuses a newcomer whose own network holds most, and everybody has settled', () => {
    const { places, out, come } = house({ places: 2 })
    come('203.0.113.1')?.settle()
    come('203.0.113.1')?.settle()

    assert.equal(come('203.0.113.1'), undefined)

    assert.deepEqual([out, places.counts.refused], [[], 1])
  })

  it('keeps places that nobody else can take', () => {
    const places = createPlaces({
      places: 1,
      perNetwork: 1,
      kept: { places: 1, isFor: (address) => address === '127.0.0.1' },
    })
    places.enter('203.0.113.1', () => assert.fail('nobody is in the way'))

    const own = places.enter('127.0.0.1', () => assert.fail('kept places are kept'))

    assert.ok(own)
    assert.equal(places.taken, 2)
    own.leave()
    own.leave()
    assert.equal(places.taken, 1)
  })

  it('A4 keeps them for whoever comes to a socket of both families, which writes IPv4 addresses as IPv6', () => {
    const kept = { places: 1, isFor: (address: string) => address === '192.0.2.1' }
    const places = createPlaces({ places: 1, perNetwork: 1, kept })
    places.enter('203.0.113.1', () => assert.fail('nobody is in the way'))

    assert.ok(places.enter('::ffff:192.0.2.1', () => assert.fail('kept places are kept')))
  })
})

describe('a network at its limit', () => {
  it('gives up a place of the machine that holds most for a quiet machine', () => {
    const { out, come } = house({ places: 10, perNetwork: 3 })
    come('203.0.113.1', 'a')?.settle()
    come('203.0.113.1', 'b')?.settle()
    come('203.0.113.2', 'c')?.settle()

    assert.ok(come('203.0.113.3'))

    assert.deepEqual(out, ['a'])
  })

  it('lets a machine replace its own connection that never said who it is', () => {
    const { out, come } = house({ places: 10, perNetwork: 2 })
    come('203.0.113.1', 'silent')
    come('203.0.113.1', 'settled')?.settle()

    assert.ok(come('203.0.113.1', 'again'))

    assert.deepEqual(out, ['silent'])
  })

  it('is at it for all IPv6 addresses of a /48, and not for another /48', () => {
    const { places, come } = house({ places: 10, perNetwork: 2 })
    come('2001:db8:1:1::1')?.settle()
    come('2001:db8:1:2::1')?.settle()

    assert.ok(come('2001:db8:2::1'))
    come('2001:db8:1:3::1')

    assert.equal(places.taken, 3)
  })
})

describe('whatever comes and goes', () => {
  const address = fc.tuple(fc.nat(3), fc.nat(3)).map(([network, machine]) => `203.0.${network}.${machine}`)
  const step = fc.record({ what: fc.constantFrom('come', 'settle', 'touch', 'leave'), who: fc.nat(30), address })

  it('the limits hold, the numbers fit who is here, and who comes from a network without a place gets one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const places = createPlaces({ places: 6, perNetwork: 4 })
        const here = new Map<Guest, string>()
        for (const { what, who, address: from } of steps) {
          const guest = [...here.keys()][who % Math.max(1, here.size)]
          if (what === 'come') enter(places, here, from)
          else if (guest && what === 'leave') {
            guest.leave()
            here.delete(guest)
          } else if (what === 'settle') guest?.settle()
          else guest?.touch()
          checkLimits(places, here)
        }
      }),
    )
  })

  function enter(places: Places, here: Map<Guest, string>, from: string): void {
    const isQuiet = ![...here.values()].some((other) => networkOfText(other) === networkOfText(from))
    let self: Guest | undefined
    const guest = places.enter(from, () => {
      assert.ok(self, 'a newcomer is not shown out by the own arrival')
      here.delete(self)
    })
    if (isQuiet) assert.ok(guest)
    self = guest
    if (guest) here.set(guest, from)
  }

  function checkLimits(places: Places, here: Map<Guest, string>): void {
    assert.equal(places.taken, here.size)
    assert.ok(places.taken <= 6)
    const perNetwork = Map.groupBy(here.values(), (from) => networkOfText(from))
    for (const [network, members] of perNetwork) assert.ok(members.length <= 4, network)
  }
})
