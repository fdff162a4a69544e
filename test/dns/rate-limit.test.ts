// The token buckets of UDP replies: who shares one, how it fills, and what happens when it is empty.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createRateLimiter } from '../../core/dns/rate-limit.ts'
import { networkOfText } from '../../core/net/network.ts'

suite('The rate limit', () => {
  const limit = { repliesPerSecond: 10, burst: 20, slip: 2 }

  test('lets a burst through, then slips every second reply and drops the rest', () => {
    const limiter = createRateLimiter(limit)
    const verdicts = Array.from({ length: 24 }, () => limiter.take('192.0.2.1', 0))
    assert.deepEqual(
      verdicts.slice(0, 20),
      Array.from({ length: 20 }, () => 'send'),
    )
    assert.deepEqual(verdicts.slice(20), ['drop', 'slip', 'drop', 'slip'])
  })

  test('gives tokens back with time, up to the burst', () => {
    const limiter = createRateLimiter(limit)
    for (let count = 0; count < 20; count++) limiter.take('192.0.2.1', 0)
    assert.equal(limiter.take('192.0.2.1', 99), 'drop')
    assert.equal(limiter.take('192.0.2.1', 200), 'send')
    const later = Array.from({ length: 21 }, () => limiter.take('192.0.2.1', 1_000_000))
    assert.equal(later.filter((verdict) => verdict === 'send').length, 20)
  })

  test('A4 counts the /24 of IPv4 and the /48 of IPv6 together, others apart', () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      ['192.0.2.1', '192.0.2.254', true],
      ['192.0.2.1', '192.0.3.1', false],
      ['192.0.2.1', '::ffff:192.0.2.9', true],
      ['2001:db8:1:2201::1', '2001:db8:1:22ff:1:2:3:4', true],
      ['2001:db8:1:2201::1', '2001:db8:1:ff01::1', true],
      ['2001:db8:1:2201::1', '2001:db8:2:2201::1', false],
      ['2001:db8::1', '2001:db8::2', true],
      ['2001:db8::1:2:3:4:5', '2001:db8:0:1:9::', true],
      ['2001:0:5:0:0::1', '2001:0:5::1', true],
      ['fe80::1%eth0', 'fe80::2', true],
      ['1::', '::1:0:0:0:0', false],
    ]
    for (const [one, other, together] of cases) {
      const limiter = createRateLimiter({ repliesPerSecond: 0.001, burst: 1, slip: 2 })
      limiter.take(one, 0)
      assert.equal(limiter.take(other, 0) !== 'send', together, `${one} and ${other}`)
    }
  })

  test('A4 says of two addresses what the networks of this house say', () => {
    const limiter = createRateLimiter({ repliesPerSecond: 0.001, burst: 1, slip: 2 })
    const seen = new Set<string>()
    let checked = 0
    for (let index = 0; index < 2000; index++) {
      const address =
        index % 2 ? `2001:db8:${(index * 7919) % 97}:${index}::1` : `198.51.${(index * 7919) % 97}.${index % 250}`
      const network = networkOfText(address)
      const sent = limiter.take(address, 0) === 'send'
      if (seen.has(network)) assert.equal(sent, false, address)
      checked += sent === seen.has(network) ? 1 : 0
      seen.add(network)
    }
    // two networks may share one of 65 536 buckets, which happens to hardly any of two hundred
    assert.ok(checked <= 5, `${checked} of 2000 were taken for another network`)
  })

  test('A4 takes no more memory for a million forged addresses', () => {
    const limiter = createRateLimiter(limit)
    const before = process.memoryUsage()
    for (let index = 0; index < 1_000_000; index++)
      limiter.take(`${20 + (index % 150)}.${(index >> 8) & 255}.${(index >> 4) & 255}.1`, index)
    const after = process.memoryUsage()
    assert.ok(after.arrayBuffers - before.arrayBuffers < 65_536, 'the table grew')
  })

  test('never applies to loopback', () => {
    const limiter = createRateLimiter(limit)
    for (const address of ['127.0.0.1', '127.5.5.5', '::1', '::ffff:127.0.0.1']) {
      for (let count = 0; count < 100; count++) assert.equal(limiter.take(address, 0), 'send')
    }
  })

  test('a clock that jumps back neither blocks nor fills', () => {
    const limiter = createRateLimiter(limit)
    for (let count = 0; count < 20; count++) limiter.take('192.0.2.1', 1000)
    assert.equal(limiter.take('192.0.2.1', 0), 'drop')
    assert.equal(limiter.take('192.0.2.1', 200), 'send')
  })
})
