// Who counts as one network, and as one machine.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { canonicalIp, machineOf, machineOfText, networkOf, networkOfText } from '../../core/net/network.ts'
import { ipFromBytes, parseIp } from '../../proto/ip.ts'

function ip(text: string) {
  const address = parseIp(text)
  assert.ok(address)
  return address
}

describe('the network', () => {
  for (const [text, network] of [
    ['203.0.113.7', '203.0.113.0/24'],
    ['203.0.113.255', '203.0.113.0/24'],
    ['203.0.114.7', '203.0.114.0/24'],
    ['2001:db8:1:2ff::1', '20010db80001/48'],
    ['2001:db8:1:300::1', '20010db80001/48'],
    ['2001:db8:2:300::1', '20010db80002/48'],
    ['::ffff:203.0.113.7', '203.0.113.0/24'],
    ['64:ff9b::203.0.113.7', '203.0.113.0/24'],
    ['2002:cb00:7107::1', '203.0.113.0/24'],
  ] as const) {
    it(`of ${text} is ${network}`, () => assert.equal(networkOf(ip(text)), network))
  }

  it('of a text is the one of the address, and none where there is no address', () => {
    assert.equal(networkOfText('203.0.113.7'), '203.0.113.0/24')
    assert.equal(networkOfText('fe80::1%eth0'), 'fe8000000000/48')
    assert.equal(networkOfText('localhost'), '')
    assert.equal(networkOfText(undefined), '')
  })

  it('is the same for two IPv6 addresses exactly when their first six bytes are', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((all) => {
      all[0] = 0x2a // a provider's, no translator's
      return all
    })
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [left, right] = [ipFromBytes(a), ipFromBytes(b)]
        assert.ok(left && right)
        const same = Buffer.from(a.subarray(0, 6)).equals(Buffer.from(b.subarray(0, 6)))
        assert.equal(networkOf(left) === networkOf(right), same)
      }),
    )
  })
})

describe('an address as text', () => {
  it('A4 has one spelling, whoever wrote it', () => {
    const spellings = [
      '2001:DB8:0:0::1',
      '2001:db8::1',
      '::ffff:192.0.2.1',
      '192.0.2.1',
      'fe80::1%eth0',
      'a name',
      undefined,
    ]
    const expected = ['2001:db8::1', '2001:db8::1', '192.0.2.1', '192.0.2.1', 'fe80::1', 'a name', '']
    assert.deepEqual(
      spellings.map((text) => canonicalIp(text)),
      expected,
    )
  })
})

describe('the machine', () => {
  for (const [text, machine] of [
    ['203.0.113.7', '203.0.113.7/32'],
    ['::ffff:203.0.113.7', '203.0.113.7/32'],
    ['2001:db8:1:2::1', '20010db800010002/64'],
    ['2001:db8:1:2:ffff::1', '20010db800010002/64'],
    ['2001:db8:1:3::1', '20010db800010003/64'],
  ] as const) {
    it(`of ${text} is ${machine}`, () => {
      assert.equal(machineOf(ip(text)), machine)
      assert.equal(machineOfText(text), machine)
    })
  }
})
