// Talking to routers: what they write is read strictly, whoever else answers is not heard, and the oddities of real ones
// (another port, no end of the lease, silence) are dealt with.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { type TestContext, describe, test } from 'node:test'
import {
  defaultGateway,
  gatewayOfMac,
  gatewayOfProc,
  gatewayOfWindows,
  type Gateway,
} from '../../main/reachability/router/gateway.ts'
import { askNatPmp, mapByNatPmp, mapByPcp } from '../../main/reachability/router/port-control.ts'
import {
  controlUrl,
  externalIpByUpnp,
  locationOf,
  mapByUpnp,
  textOf as xmlTextOf,
} from '../../main/reachability/router/upnp.ts'

const HERE: Gateway = { address: '127.0.0.1', ownAddress: '127.0.0.1' }
const WISH = { internal: 4430, external: 4430, lifetimeS: 3_600 }

describe('the default gateway', () => {
  test('is read from Linux’ table of routes, the one with the lowest metric', () => {
    const table = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
      'eth0\t00000000\tFE01A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
      'tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0',
      'eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0',
    ].join('\n')
    assert.equal(gatewayOfProc(table), '192.168.1.254')
    assert.equal(gatewayOfProc(''), undefined)
    assert.equal(gatewayOfProc('a\t00000000\tzzzzzzzz\t0003\t0\t0\t0'), undefined)
  })

  test('is read from what macOS prints', () => {
    const text =
      '   route to: default\ndestination: default\n       mask: default\n    gateway: 192.168.1.1\n  interface: en0\n      flags: <UP,GATEWAY>\n'
    assert.equal(gatewayOfMac(text), '192.168.1.1')
    assert.equal(gatewayOfMac('    gateway: fe80::1%en0\n'), undefined)
    assert.equal(gatewayOfMac('route: writing to routing socket: not in table'), undefined)
  })

  test('is read from what Windows prints, in any language', () => {
    const text = [
      'Aktive Routen:',
      '     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik',
      '          0.0.0.0          0.0.0.0      192.168.1.1    192.168.1.30     35',
      '          0.0.0.0          0.0.0.0         10.0.0.1        10.0.0.5     25',
      '          0.0.0.0          0.0.0.0   Auf Verbindung        10.8.0.2      5',
    ].join('\r\n')
    assert.equal(gatewayOfWindows(text), '10.0.0.1')
    assert.equal(gatewayOfWindows(''), undefined)
  })

  test('is unknown on a platform that is unknown', async () => {
    assert.equal(await defaultGateway('sunos'), undefined)
  })
})

/** A router that answers datagrams. */
async function router(t: TestContext, answer: (question: Buffer) => readonly (Buffer | undefined)[]): Promise<number> {
  const socket = createSocket('udp4')
  t.after(() => socket.close())
  socket.on('message', (question, { port, address }) => {
    for (const datagram of answer(question)) if (datagram) socket.send(datagram, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket.address().port
}

const soon = () => AbortSignal.timeout(8_000)
const from = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('NAT-PMP', () => {
  test('gives a port that may be another one', async (t) => {
    const questions: string[] = []
    const port = await router(t, (question) => {
      questions.push(question.toString('hex'))
      return [from('00 82 0000 00000001 114e 114f 00000e10')]
    })
    assert.deepEqual(await mapByNatPmp(HERE, WISH, { signal: soon(), port }), { external: 4_431, lifetimeS: 3_600 })
    assert.deepEqual(questions, ['00020000114e114e00000e10'])
  })

  test('says where the router stands, or that it does not know', async (t) => {
    const good = await router(t, () => [from('00 80 0000 00000001 08080404')])
    assert.equal(await askNatPmp(HERE, { signal: soon(), port: good }), '8.8.4.4')
    for (const none of ['00 80 0000 00000001 00000000', '00 80 0003 00000001 08080404', '00 80 0000 00000001']) {
      const port = await router(t, () => [from(none)])
      assert.equal(await askNatPmp(HERE, { signal: soon(), port }), undefined)
    }
  })

  test('is refused by name', async (t) => {
    const port = await router(t, () => [from('00 82 0002 00000001 114e 0000 00000000')])
    await assert.rejects(mapByNatPmp(HERE, WISH, { signal: soon(), port }), {
      name: 'RouterRefusedError',
      message: /result 2/,
    })
  })

  test('hears no datagram that is too short, of another kind, or from elsewhere', async (t) => {
    const port = await router(t, () => [
      from('00'),
      from('00 82'),
      from('00 80 0000 00000001 08080404'),
      from('ffffffffffffffffffff'),
      Buffer.alloc(0),
    ])
    await assert.rejects(mapByNatPmp(HERE, WISH, { signal: soon(), port }), { name: 'NoRouterAnswerError' })
  })

  test('believes no answer about another port', async (t) => {
    const port = await router(t, () => [from('00 82 0000 00000001 0050 114f 00000e10')])
    await assert.rejects(mapByNatPmp(HERE, WISH, { signal: soon(), port }), { name: 'NoRouterAnswerError' })
  })

  test('knows at once that nobody listens, and ends with its signal', async (t) => {
    const port = await router(t, () => [])
    await assert.rejects(mapByNatPmp(HERE, WISH, { signal: AbortSignal.abort(new Error('enough')), port }), /enough/)
    const began = performance.now()
    await assert.rejects(mapByNatPmp(HERE, WISH, { signal: soon(), port: 1 }), { name: 'NoRouterAnswerError' })
    assert.ok(performance.now() - began < 1_000)
  })
})

describe('PCP', () => {
  const NONCE = Uint8Array.from({ length: 12 }, (_, index) => index + 1)
  const MAP = '02 81 00 00 00000e10 00000001 000000000000000000000000'
  const GIVEN = '06000000 114e 1150 00000000000000000000ffff08080404'

  test('gives a port, its time and the address outside', async (t) => {
    const questions: Buffer[] = []
    const port = await router(t, (question) => {
      questions.push(question)
      return [from(MAP + Buffer.from(NONCE).toString('hex') + GIVEN)]
    })
    const given = await mapByPcp(HERE, WISH, NONCE, { signal: soon(), port })
    assert.deepEqual(given, { external: 4_432, lifetimeS: 3_600, externalIp: '8.8.4.4' })
    const hex = `02010000 00000e10 00000000000000000000ffff7f000001 0102030405060708090a0b0c 06000000 114e114e 00000000000000000000ffff00000000`
    assert.equal(questions[0]?.toString('hex'), hex.replaceAll(' ', ''))
  })

  test('hears no answer to somebody else', async (t) => {
    const port = await router(t, () => [from(`${MAP}ffffffffffffffffffffffff${GIVEN}`)])
    await assert.rejects(mapByPcp(HERE, WISH, NONCE, { signal: soon(), port }), { name: 'NoRouterAnswerError' })
  })

  test('is refused by name', async (t) => {
    const port = await router(t, () => [from('02 81 00 02 00000e10 00000001 000000000000000000000000')])
    await assert.rejects(mapByPcp(HERE, WISH, NONCE, { signal: soon(), port }), {
      name: 'RouterRefusedError',
      message: /result 2/,
    })
  })

  test('is not spoken by an older router', async (t) => {
    const port = await router(t, () => [from('00 81 0001 00000001')])
    await assert.rejects(mapByPcp(HERE, WISH, NONCE, { signal: soon(), port }), {
      name: 'NoRouterAnswerError',
      message: /no PCP/,
    })
  })
})

describe('what a UPnP router writes', () => {
  const at = { address: '192.168.1.1' }
  const found = (location: string) => `HTTP/1.1 200 OK\r\nST: x\r\nLocation: ${location}\r\nEXT:\r\n\r\n`

  test('names the place of its description, at the router alone', () => {
    assert.equal(locationOf(found('http://192.168.1.1:5000/root.xml'), at)?.href, 'http://192.168.1.1:5000/root.xml')
    for (const elsewhere of [
      'http://192.168.1.2:5000/root.xml',
      'http://127.0.0.1:5001/',
      'http://192.168.1.1.evil.example/',
      'http://192.168.1.1@evil.example/',
      'http://user@192.168.1.1/',
      'https://192.168.1.1/root.xml',
      'file:///etc/passwd',
      'nonsense',
    ]) {
      assert.equal(locationOf(found(elsewhere), at), undefined, elsewhere)
    }
    assert.equal(locationOf('NOTIFY * HTTP/1.1\r\nLocation: http://192.168.1.1/\r\n\r\n', at), undefined)
  })

  test('names the service that opens ports, at the router alone', () => {
    const service = (type: string, url: string) =>
      `<service>\n<serviceType>${type}</serviceType><controlURL>${url}</controlURL></service>`
    const type = 'urn:schemas-upnp-org:service:WANIPConnection:1'
    const location = new URL('http://192.168.1.1:5000/root.xml')
    const description = `<root>${service('urn:other', '/no')}${service(type, '/ctl/IPConn')}</root>`
    assert.equal(controlUrl(description, type, location)?.href, 'http://192.168.1.1:5000/ctl/IPConn')
    assert.equal(controlUrl(service(type, 'http://127.0.0.1:9/x'), type, location), undefined)
    assert.equal(controlUrl('', type, location), undefined)
  })

  test('is read whatever prefix its words have, and not when they are endless', () => {
    assert.equal(xmlTextOf('<u:errorCode a="b"> 718 </u:errorCode>', 'errorCode'), '718')
    assert.equal(xmlTextOf(`<errorCode>${'7'.repeat(600)}</errorCode>`, 'errorCode'), '')
    assert.equal(xmlTextOf('<NotErrorCode>1</NotErrorCode>', 'errorCode'), '')
  })
})

describe('a port by UPnP', () => {
  const SERVICE = 'urn:schemas-upnp-org:service:WANIPConnection:1'

  async function upnp(t: TestContext, respond: (action: string, body: string) => number | string) {
    const asked: { readonly action: string; readonly body: string }[] = []
    const handle = async (...[request, response]: Parameters<RequestListener>) => {
      const action = /#(\w+)"$/.exec(String(request.headers['soapaction']))?.[1] ?? ''
      const body = await textOf(request)
      asked.push({ action, body })
      const answer = respond(action, body)
      response.writeHead(typeof answer === 'number' ? 500 : 200, { 'content-type': 'text/xml', connection: 'close' })
      response.end(typeof answer === 'number' ? `<s:Fault><errorCode>${answer}</errorCode></s:Fault>` : answer)
    }
    const server = createServer((request, response) => void handle(request, response))
    t.after(() => server.close())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const place = server.address()
    assert.ok(typeof place === 'object' && place)
    return { router: { control: new URL(`http://127.0.0.1:${place.port}/ctl`), service: SERVICE }, asked }
  }

  test('is asked for with our address and a name that people can read', async (t) => {
    const { router: one, asked } = await upnp(t, () => '<ok/>')
    assert.deepEqual(await mapByUpnp(one, HERE, WISH, soon()), { external: 4_430, lifetimeS: 3_600 })
    assert.equal(asked[0]?.action, 'AddPortMapping')
    assert.match(asked[0].body, /<NewInternalClient>127\.0\.0\.1<.*<NewPortMappingDescription>Nodetrust</)
  })

  test('is another one where it is taken, the same at every try', async (t) => {
    const { router: one } = await upnp(t, (_action, body) => (body.includes('<NewExternalPort>4430<') ? 718 : '<ok/>'))
    const first = await mapByUpnp(one, HERE, WISH, soon())
    assert.ok(first.external >= 20_000 && first.external <= 60_000)
    assert.deepEqual(await mapByUpnp(one, HERE, WISH, soon()), first)
  })

  test('is asked for without an end where the router knows no ends', async (t) => {
    const { router: one } = await upnp(t, (_action, body) => (body.includes('<NewLeaseDuration>0<') ? '<ok/>' : 725))
    assert.deepEqual(await mapByUpnp(one, HERE, WISH, soon()), { external: 4_430, lifetimeS: 0 })
  })

  test('is refused by name, and not asked for without end', async (t) => {
    const no = await upnp(t, () => 606)
    await assert.rejects(mapByUpnp(no.router, HERE, WISH, soon()), { name: 'RouterRefusedError', message: /606/ })
    const taken = await upnp(t, () => 718)
    await assert.rejects(mapByUpnp(taken.router, HERE, WISH, soon()), { name: 'RouterRefusedError', message: /718/ })
    assert.ok(taken.asked.length < 10)
  })

  test('ends at an answer without end', async (t) => {
    const { router: one } = await upnp(t, () => 'x'.repeat(1_000_000))
    await assert.rejects(externalIpByUpnp(one, soon()), { name: 'NoRouterAnswerError' })
  })

  test('says where the router stands', async (t) => {
    const { router: one } = await upnp(t, () => '<NewExternalIPAddress>8.8.4.4</NewExternalIPAddress>')
    assert.equal(await externalIpByUpnp(one, soon()), '8.8.4.4')
    const { router: other } = await upnp(t, () => '<NewExternalIPAddress></NewExternalIPAddress>')
    assert.equal(await externalIpByUpnp(other, soon()), undefined)
  })
})
