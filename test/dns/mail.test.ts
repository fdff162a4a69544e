// What the zone says about mail, and what other programs' checks of a zone (Zonemaster, RFC 1912) ask for.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as dnsPacket from 'dns-packet'
import { TYPE } from '../../core/dns/index.ts'
import { InvalidZoneConfigError, type MailConfig } from '../../servers/dns/zone.ts'
import { ID0, testZone, ZONE } from './fixtures.ts'
import { rawQuery } from './wire.ts'

function asking(mail: MailConfig | undefined, psl?: string) {
  const zone = testZone({ ...(mail ? { mail } : {}), ...(psl === undefined ? {} : { psl }) })
  return (name: string, type: number) => {
    const query = rawQuery({ name, type })
    const out = Buffer.alloc(65_535)
    const reply = dnsPacket.decode(out.subarray(0, zone.handle(query, query.length, out, 'tcp')))
    const texts = (reply.answers ?? []).map((answer) => {
      if (answer.type === 'MX') return `${answer.data.preference} ${answer.data.exchange}`
      if (answer.type === 'TXT') return [answer.data].flat().map(String).join('')
      return answer.type
    })
    return { texts, rcode: Number(reply.flags) & 15 }
  }
}

suite('B18 mail', () => {
  test('B18 there is none: a null MX, no senders, and liars are refused', () => {
    const ask = asking({})
    assert.deepEqual(ask(ZONE, TYPE.MX).texts, ['0 .'])
    assert.deepEqual(ask(ZONE, TYPE.TXT).texts, ['v=spf1 -all'])
    assert.match(ask(`_dmarc.${ZONE}`, TYPE.TXT).texts[0] ?? '', /^v=DMARC1; p=reject; sp=reject/)
    assert.deepEqual(ask(`_dmarc.${ZONE}`, TYPE.A), { texts: [], rcode: 0 })
    assert.deepEqual(ask(`_dmarc.${ID0}.${ZONE}`, TYPE.TXT).texts, [])
  })

  test('B18 an operator who has some says where and who', () => {
    const long = `v=spf1 ${'ip4:192.0.2.1 '.repeat(20)}-all`
    const ask = asking({
      mx: [
        { preference: 10, exchange: `mx.${ZONE}` },
        { preference: 20, exchange: 'mx.example.org' },
      ],
      txt: [long, 'other'],
      dmarc: '',
    })
    assert.deepEqual(ask(ZONE, TYPE.MX).texts, [`10 mx.${ZONE}`, '20 mx.example.org'])
    assert.deepEqual(ask(ZONE, TYPE.TXT).texts, [long, 'other'])
    assert.equal(ask(`_dmarc.${ZONE}`, TYPE.TXT).rcode, 3)
  })

  test('A9 a request to the Public Suffix List is named at `_psl`, and at no time else', () => {
    const url = 'https://github.com/publicsuffix/list/pull/1'
    assert.deepEqual(asking(undefined, url)(`_psl.${ZONE}`, TYPE.TXT).texts, [url])
    assert.equal(asking({})(`_psl.${ZONE}`, TYPE.TXT).rcode, 3)
  })

  test('B18 what makes no record is refused at the start', () => {
    for (const mail of [
      { mx: [{ preference: 70_000, exchange: 'mx.example.org' }] },
      { txt: ['a\nb'] },
      { txt: Array.from({ length: 9 }, () => 'x') },
    ])
      assert.throws(() => testZone({ mail }), InvalidZoneConfigError)
  })

  test('B18 the timers of the SOA are inside what RFC 1912 and Zonemaster recommend', () => {
    const zone = testZone()
    const query = rawQuery({ type: TYPE.SOA })
    const out = Buffer.alloc(65_535)
    const [soa] = dnsPacket.decode(out.subarray(0, zone.handle(query, query.length, out, 'tcp'))).answers ?? []
    assert.ok(soa?.type === 'SOA')
    const { refresh = 0, retry = 0, expire = 0, minimum = 0 } = soa.data
    assert.ok(refresh >= 14_400 && refresh <= 43_200, `refresh ${refresh}`)
    assert.ok(retry >= 3_600 && retry < refresh, `retry ${retry}`)
    assert.ok(expire >= 1_209_600 && expire > refresh * 7, `expire ${expire}`)
    assert.ok(minimum >= 300 && minimum <= 86_400, `minimum ${minimum}`)
  })
})
