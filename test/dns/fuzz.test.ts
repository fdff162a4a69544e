// Messages nobody would send: real queries with bytes changed, cut, doubled and shuffled. Whatever comes, the answerer does
// not throw, stays within the limits and answers the message it was given. A longer run is `node bench/dns/fuzz.ts`.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { fuzzAnswerer } from '../../bench/dns/fuzz.ts'
import { testZone } from './fixtures.ts'

suite('A fuzzed answerer', () => {
  test('never throws and keeps every rule over 200 000 mutated messages', () => {
    const zone = testZone()
    const result = fuzzAnswerer(zone.handle, { messages: 200_000, seed: 20_261_120 })
    assert.equal(result.messages, 200_000)
    assert.ok(result.answered > 50_000, `${result.answered} were answered`)
    assert.ok(result.largestRatio <= 3, `a reply of ${result.largestRatio} times its query`)
    // NOERROR, FORMERR, NXDOMAIN, NOTIMP, REFUSED
    assert.deepEqual(
      [...result.rcodes].sort((a, b) => a - b),
      [0, 1, 3, 4, 5],
    )
  })

  test('is noticed when it breaks a rule', () => {
    const { handle } = testZone()
    const options = { messages: 20_000, seed: 1 }
    assert.throws(() =>
      fuzzAnswerer((query, length, out, transport) => Math.min(11, handle(query, length, out, transport)), options),
    )
    assert.throws(() =>
      fuzzAnswerer((query, length, out, transport) => {
        const written = handle(query, length, out, transport)
        out[1] = 0
        return written
      }, options),
    )
    assert.throws(() =>
      fuzzAnswerer((query, length, out, transport) => handle(query, length, out, transport) && 1300, options),
    )
  })
})
