// A configuration that makes no working zone is refused before anything listens, with a message that says what to change.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { decodeMessage, InvalidDnsNameError, TYPE } from '../../core/dns/index.ts'
import { compileZone, InvalidZoneConfigError, type ZoneConfig } from '../../servers/dns/zone.ts'
import { ID0, testZone, ZONE_CONFIG } from './fixtures.ts'
import { rawOpt, rawQuery } from './wire.ts'

function soaMailbox(hostmaster: string): string {
  const zone = testZone({ hostmaster })
  const query = rawQuery({ type: TYPE.SOA, additionals: [rawOpt()] })
  const out = Buffer.alloc(1232)
  const length = zone.handle(query, query.length, out, 'tcp')
  const [answer] = decodeMessage(Buffer.from(out.subarray(0, length))).answers
  assert.ok(answer?.type === TYPE.SOA)
  return answer.data.hostmaster
}

suite('The configuration of a zone', () => {
  test('is refused where it makes no working zone, saying what is wrong', () => {
    const inZone = { name: 'ns1.example.net', addresses: ['192.0.2.1'] }
    const wrong: readonly (readonly [Partial<ZoneConfig>, RegExp])[] = [
      [{ zone: '.' }, /zone is empty/],
      [{ zone: `${'a'.repeat(63)}.${'b'.repeat(60)}.example.net` }, /too long/],
      [{ nameServers: [] }, /no name server/],
      [{ nameServers: [{ name: 'ns1.example.net', addresses: [] }] }, /needs an address/],
      [{ nameServers: [{ name: 'ns1.example.net', addresses: ['192.0.2.256'] }] }, /192\.0\.2\.256.*no IP address/],
      [{ nameServers: [{ name: 'example.net', addresses: ['192.0.2.1'] }] }, /cannot be the zone itself/],
      [{ nameServers: [inZone, { ...inZone, name: 'NS1.example.net.' }] }, /listed twice/],
      [{ nameServers: [{ name: 'ns.ip.example.net', addresses: ['192.0.2.1'] }] }, /computed name/],
      [{ nameServers: [{ name: `${ID0}.example.net`, addresses: ['192.0.2.1'] }] }, /computed name/],
      [{ nameServers: Array.from({ length: 14 }, (_, at) => ({ name: `ns${at}.x.org`, addresses: [] })) }, /too many/],
      [{ caa: [{ flags: 256, tag: 'issue', value: '' }] }, /256/],
      [{ caa: [{ flags: 0, tag: 'is sue', value: '' }] }, /is sue/],
      [{ caa: [{ flags: 0, tag: 'issue', value: 'ü' }] }, /ASCII/],
      [{ apexAddresses: ['www'] }, /www/],
      [{ serial: -1 }, /serial/],
      [{ ttls: { address: 1.5 } }, /ttls\.address is 1\.5/],
    ]
    for (const [change, message] of wrong) {
      assert.throws(
        () => compileZone({ ...ZONE_CONFIG, ...change }),
        (error) => error instanceof InvalidZoneConfigError && message.test(error.message),
        JSON.stringify(change),
      )
    }
  })

  test('refuses names that are none', () => {
    assert.throws(() => compileZone({ ...ZONE_CONFIG, zone: 'example..net' }), InvalidDnsNameError)
    assert.throws(() => compileZone({ ...ZONE_CONFIG, hostmaster: 'a..b' }), InvalidDnsNameError)
  })

  test('takes the mailbox as an address or as a name', () => {
    assert.equal(soaMailbox('dns@example.org'), 'dns.example.org')
    assert.equal(soaMailbox('first.last@example.org'), 'first\\.last.example.org')
    assert.equal(soaMailbox('dns.example.org.'), 'dns.example.org')
  })

  test('does not care about letter case and a final dot of the zone', () => {
    const zone = compileZone({ ...ZONE_CONFIG, zone: 'Example.NET.' })
    assert.deepEqual([zone.name, zone.labels], ['example.net', 2])
  })

  test('needs nothing but the zone and a name server', () => {
    const zone = compileZone({ zone: 'example.net', nameServers: [{ name: 'ns.example.org', addresses: [] }] })
    assert.equal(zone.caa, undefined)
    assert.deepEqual(zone.ttls, { address: 604_800, identity: 86_400, challenge: 10, zone: 86_400, minimum: 86_400 })
  })
})
