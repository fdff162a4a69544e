// The places of the dial-backs before an IP name: whoever holds many gives one up to a network that has none.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { silentLog } from '../../core/log.ts'
import { parseIp } from '../../proto/ip.ts'
import { createReach } from '../../servers/issue/reach.ts'
import { manualClock } from '../main/support.ts'
import type { Connection } from '@libp2p/interface'
import type { Host } from '../../core/host.ts'

const PORT = 4_430
const BUSY = /too many are being dialled just now/

/** A peer at each address, and a network of addresses below `198.51.` where a packet is lost and nothing ever answers. */
function scene(t: TestContext) {
  const end = new AbortController()
  t.after(() => end.abort())
  const dialled: string[] = []
  let running = 0
  const peer = { toString: () => 'peer', equals: () => true }
  const fake = {
    services: {
      identify: {
        identify: ({ id }: { id: string }) => Promise.resolve({ listenAddrs: [multiaddr(`/ip4/${id}/tcp/${PORT}`)] }),
      },
    },
    dial: (address: { toString: () => string }, { signal }: { signal: AbortSignal }) => {
      const text = address.toString()
      dialled.push(text)
      if (!text.includes('/198.51.')) return Promise.resolve({ remotePeer: peer, abort: () => undefined })
      running++
      return new Promise((_resolve, reject) => {
        const giveUp = () => {
          running--
          reject(new Error('given up'))
        }
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
  const reach = createReach({ host: fake as unknown as Host, clock: manualClock(), log: silentLog })
  const ask = async (text: string) => {
    const ip = parseIp(text)
    assert.ok(ip)
    const connection = { id: text, remotePeer: peer } as unknown as Connection
    return (await reach(connection, [ip], end.signal)).get(text)
  }
  return { ask, dialled, running: () => running }
}

describe('A12 the dial-backs before a name with an address', () => {
  for (const networks of [1, 13, 32])
    it(`A12 that ${networks} networks keep busy have a place for the next network that comes`, async (t) => {
      const { ask, dialled } = scene(t)
      const waiting = Array.from({ length: 40 }, (_, at) =>
        ask(`198.51.${at % networks}.${Math.floor(at / networks) + 1}`).catch(() => 'ended'),
      )
      while (dialled.length < 32) await new Promise((resolve) => setImmediate(resolve))
      assert.equal(await ask('203.0.113.7'), undefined)
      assert.match((await Promise.race(waiting)) ?? '', BUSY)
    })

  it('A12 are no more than thirty-two at once', async (t) => {
    const { ask, dialled, running } = scene(t)
    for (let at = 0; at < 50; at++) void ask(`198.51.100.${at + 1}`).catch(() => 'ended')
    while (dialled.length < 32) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(await ask('203.0.113.7'), undefined)
    assert.ok(running() <= 32, `${running()} at once`)
  })
})
