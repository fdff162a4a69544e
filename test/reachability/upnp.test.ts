// Routers as they are: a gateway on loopback that refuses leases, escapes its places, has a base elsewhere, hides its faults, has
// several lines, and writes HTTP as it likes.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type TestContext, describe, test } from 'node:test'
import { keepAfterMs } from '../../main/reachability/router/port-mapper.ts'
import { mapByNatPmp, mapByPcp } from '../../main/reachability/router/port-control.ts'
import { connectedOf, externalIpByUpnp, mapByUpnp, unmapByUpnp } from '../../main/reachability/router/upnp.ts'
import { controlUrl, hasElement, locationOf, servicesOf, textOf } from '../../main/reachability/router/upnp-text.ts'
import { createSocket } from 'node:dgram'
import type { Gateway } from '../../main/reachability/router/gateway.ts'

const HERE: Gateway = { address: '127.0.0.1', ownAddress: '127.0.0.1' }
const WISH = { internal: 4430, external: 4430, lifetimeS: 3_600 }
const WAN = 'urn:schemas-upnp-org:service:WANIPConnection:1'
const PPP = 'urn:schemas-upnp-org:service:WANPPPConnection:1'
const AT = new URL('http://192.168.1.1:5000/desc/root.xml')
const soon = () => AbortSignal.timeout(8_000)

const service = (url: string, type = WAN) =>
  `<service><serviceType>${type}</serviceType><SCPDURL>/x</SCPDURL><controlURL>${url}</controlURL></service>`

/** What the gateway is asked. */
interface Asked {
  readonly path: string
  readonly action: string
  readonly lease: string
  readonly external: string
  readonly head: string
}

const fault = (number: number | '') =>
  `<s:Envelope xmlns:s="x"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring>` +
  (number === '' ? '' : `<detail><UPnPError><errorCode>${number}</errorCode></UPnPError></detail>`) +
  `</s:Fault></s:Body></s:Envelope>`
const say = (status: string, body: string) =>
  `HTTP/1.1 ${status}\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
const yes = say('200 OK', '<u:AddPortMappingResponse/>')
const no = (number: number) => say('500 Internal Server Error', fault(number))

/** The last of the bytes where the connection is not closed. */
const STAYS_OPEN = 'stays open'

/** A gateway that answers each command with the bytes it is told, whatever HTTP says of them. */
async function gateway(t: TestContext, answer: (asked: Asked) => string | readonly string[]) {
  const all: Asked[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let text = ''
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      if (!text.includes('</s:Envelope>')) return
      const value = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(text)?.[1] ?? ''
      const asked: Asked = {
        path: text.split(' ')[1] ?? '',
        action: /#(\w+)"/.exec(text)?.[1] ?? '',
        lease: value('NewLeaseDuration'),
        external: value('NewExternalPort'),
        head: text.slice(0, text.indexOf('\r\n\r\n')),
      }
      text = ''
      all.push(asked)
      const parts = answer(asked)
      for (const part of typeof parts === 'string' ? [parts] : parts) if (part !== STAYS_OPEN) socket.write(part)
      if (!parts.includes(STAYS_OPEN)) socket.end()
    })
  })
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const place = server.address()
  assert.ok(typeof place === 'object' && place)
  return { router: { control: new URL(`http://127.0.0.1:${place.port}/ctl`), service: WAN }, all }
}

describe('a router that knows no lease that ends', () => {
  for (const number of [402, 501, 600, 601, 725]) {
    test(`B10 and says ${number} is asked for one without an end`, async (t) => {
      const { router, all } = await gateway(t, ({ lease }) => (lease === '0' ? yes : no(number)))
      assert.deepEqual(await mapByUpnp(router, HERE, WISH, soon()), { external: 4430, lifetimeS: 0 })
      assert.deepEqual(
        all.map(({ lease }) => lease),
        ['3600', '0'],
      )
    })
  }

  test('B10 and says 500 without any reason is asked for one without an end', async (t) => {
    const { router } = await gateway(t, ({ lease }) =>
      lease === '0' ? yes : 'HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n',
    )
    assert.deepEqual(await mapByUpnp(router, HERE, WISH, soon()), { external: 4430, lifetimeS: 0 })
  })

  test('B10 and says so in a fault inside HTTP 200 is not taken at its status', async (t) => {
    const { router } = await gateway(t, ({ lease }) => (lease === '0' ? yes : say('200 OK', fault(402))))
    assert.deepEqual(await mapByUpnp(router, HERE, WISH, soon()), { external: 4430, lifetimeS: 0 })
    const { router: mute } = await gateway(t, () => say('200 OK', fault('')))
    await assert.rejects(mapByUpnp(mute, HERE, WISH, soon()), { name: 'RouterRefusedError', message: /501/ })
  })

  test('B10 and has the port for us already says conflict, and we keep it', async (t) => {
    const entry =
      '<NewInternalPort>4430</NewInternalPort><NewInternalClient>127.0.0.1</NewInternalClient><NewLeaseDuration>0</NewLeaseDuration>'
    const { router, all } = await gateway(t, ({ action }) =>
      action === 'GetSpecificPortMappingEntry' ? say('200 OK', entry) : no(718),
    )
    assert.deepEqual(await mapByUpnp(router, HERE, WISH, soon()), { external: 4430, lifetimeS: 0 })
    assert.equal(all.filter(({ action }) => action === 'AddPortMapping').length, 1)
  })
})

describe('a router whose port', () => {
  for (const number of [718, 729]) {
    test(`B10 is somebody else's (${number}) is asked for another one`, async (t) => {
      const { router } = await gateway(t, ({ action, external }) =>
        action === 'AddPortMapping' && external !== '4430' ? yes : no(action === 'AddPortMapping' ? number : 714),
      )
      const given = await mapByUpnp(router, HERE, WISH, soon())
      assert.notEqual(given.external, 4430)
      assert.equal(given.lifetimeS, 3_600)
    })
  }

  test('B10 must be the same on both sides (724) is asked for that', async (t) => {
    const { router } = await gateway(t, ({ external }) => (external === '4430' ? yes : no(724)))
    assert.deepEqual(await mapByUpnp(router, HERE, { ...WISH, external: 40_000 }, soon()), {
      external: 4430,
      lifetimeS: 3_600,
    })
  })

  test('B10 meets several of these at once', async (t) => {
    const { router } = await gateway(t, ({ action, external, lease }) => {
      if (action !== 'AddPortMapping') return no(714)
      if (lease !== '0') return no(402)
      return external === '4430' ? no(718) : yes
    })
    const given = await mapByUpnp(router, HERE, WISH, soon())
    assert.ok(given.external !== 4430 && given.lifetimeS === 0)
  })

  test('B10 is given to nobody ends after a few tries', async (t) => {
    for (const number of [402, 501, 606, 718, 724, 725, 729]) {
      const { router, all } = await gateway(t, () => no(number))
      await assert.rejects(mapByUpnp(router, HERE, WISH, soon()), { name: 'RouterRefusedError' })
      assert.ok(all.length < 15, `${number}: ${all.length} questions`)
    }
  })
})

describe('a router that writes HTTP as it likes', () => {
  const body =
    '<s:Envelope><s:Body><u:GetExternalIPAddressResponse><NewExternalIPAddress>8.8.4.4</NewExternalIPAddress>' +
    '</u:GetExternalIPAddressResponse></s:Body></s:Envelope>\r\n'
  const ways: Readonly<Record<string, readonly string[]>> = {
    'in parts': say('200 OK', body).split(/(?=<)/),
    'in chunks': [
      'HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: chunked\r\n\r\n',
      `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    ],
    'without a length': ['HTTP/1.0 200 OK\r\ncontent-TYPE: text/xml\r\n\r\n', body],
    'without a length, on a connection that stays open': ['HTTP/1.1 200 OK\r\n\r\n', body, STAYS_OPEN],
    'with a length that is too long': [`HTTP/1.1 200 OK\r\nContent-Length: ${body.length + 9}\r\n\r\n${body}`],
    'with line ends of its own': [`HTTP/1.1 200 OK\nConnection: close\n\n${body}`],
  }
  for (const [way, parts] of Object.entries(ways)) {
    test(`B10 is understood: ${way}`, async (t) => {
      const { router } = await gateway(t, () => parts)
      assert.equal(await externalIpByUpnp(router, soon()), '8.8.4.4')
    })
  }

  test('B10 reads the names of headers letter by letter, and gets no chunks', async (t) => {
    const { router, all } = await gateway(t, () => yes)
    await unmapByUpnp(router, 4430, soon())
    assert.match(all[0]?.head ?? '', /\r\nSOAPAction: "urn:/)
    assert.match(all[0]?.head ?? '', /\r\nContent-Length: \d+/)
    assert.doesNotMatch(all[0]?.head ?? '', /transfer-encoding/i)
  })

  test('B10 leads nowhere by a redirect, and a web page is no answer', async (t) => {
    const { router, all } = await gateway(t, () =>
      say('302 Found\r\nLocation: http://127.0.0.1:9/', '').replace('Content-Type', 'X'),
    )
    await assert.rejects(externalIpByUpnp(router, soon()))
    assert.equal(all.length, 1)
    const { router: login } = await gateway(t, () => say('200 OK', '<!doctype html><html><body>Login</body></html>'))
    await assert.rejects(mapByUpnp(login, HERE, WISH, soon()), { name: 'NoRouterAnswerError' })
  })

  test('B10 is not read without end', async (t) => {
    const { router } = await gateway(t, () => [say('200 OK', 'x'.repeat(400_000))])
    await assert.rejects(externalIpByUpnp(router, soon()), { name: 'NoRouterAnswerError' })
  })
})

describe('the place of a service', () => {
  const placeOf = (description: string) => controlUrl(description, WAN, AT)?.href

  test('B10 may have its ampersands escaped, as XML has it', () => {
    assert.equal(placeOf(service('/ctl?a=1&amp;b=2')), 'http://192.168.1.1:5000/ctl?a=1&b=2')
    assert.equal(placeOf(service('/ctl?a=1&#38;b=&#x32;&quot;')), 'http://192.168.1.1:5000/ctl?a=1&b=2%22')
    assert.equal(placeOf(service('<![CDATA[/ctl?a=1&b=2]]>')), 'http://192.168.1.1:5000/ctl?a=1&b=2')
    assert.equal(placeOf(service('/ctl?a=1&b=2')), 'http://192.168.1.1:5000/ctl?a=1&b=2')
  })

  test('B10 is relative to the base where there is one', () => {
    const based = (base: string, url: string) => placeOf(`<root><URLBase>${base}</URLBase>${service(url)}</root>`)
    assert.equal(based('http://192.168.1.1:49152', '/ctl'), 'http://192.168.1.1:49152/ctl')
    assert.equal(based('http://192.168.1.1:49152/igd/', 'ctl'), 'http://192.168.1.1:49152/igd/ctl')
    assert.equal(based('/igd/', 'ctl'), 'http://192.168.1.1:5000/igd/ctl')
    assert.equal(based('', 'ctl'), 'http://192.168.1.1:5000/desc/ctl')
    assert.equal(based('http://192.168.1.1:49152/', 'http://192.168.1.1:80/c'), 'http://192.168.1.1/c')
  })

  test('B10 is where the description is, when the base leads elsewhere', () => {
    for (const base of [
      'http://192.168.0.1:80/',
      'http://evil.example/',
      'http://192.168.1.1:0/',
      'file:///',
      'http://[',
    ])
      assert.equal(placeOf(`<URLBase>${base}</URLBase>${service('/ctl')}`), 'http://192.168.1.1:5000/ctl', base)
  })

  test('B10 is never anybody else’s, and holds no line end', () => {
    for (const url of [
      'http://192.168.1.2/ctl',
      '//evil.example/ctl',
      'http://a@192.168.1.1/',
      'https://192.168.1.1/',
      '',
    ])
      assert.equal(placeOf(service(url)), undefined, url)
    for (const url of ['/ctl&#13;&#10;X-Evil: 1', '/ctl\r\nX-Evil: 1'])
      assert.doesNotMatch(placeOf(service(url)) ?? '', /[\r\n]/)
    assert.equal(
      locationOf('HTTP/1.1 200 OK\r\nLOCATION : http://192.168.1.2/\r\n\r\n', { address: '192.168.1.1' }),
      undefined,
    )
  })

  test('B10 is found for every line to the internet, the newer and the IP ones first', () => {
    const ip2 = 'urn:schemas-upnp-org:service:WANIPConnection:2'
    const all = servicesOf(
      `<r>${service('/ppp', PPP)}${service('/ip1')}${service('/ip2', ip2)}${service('/ip1b')}</r>`,
      AT,
    )
    assert.deepEqual(
      all.map(({ control }) => control.pathname),
      ['/ip2', '/ip1', '/ip1b', '/ppp'],
    )
  })

  test('B10 is looked for in bounded time, whatever the description is', () => {
    const began = performance.now()
    for (const part of ['<service>', '<!--', '<![CDATA[', '<a:', '<serviceType ', '&#x26;']) {
      const description = part.repeat(Math.floor(131_072 / part.length))
      assert.deepEqual(servicesOf(description, AT), [])
    }
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>${service('/ctl?&b;&b;')}`
    assert.equal(placeOf(bomb), 'http://192.168.1.1:5000/ctl?&b;&b;')
    assert.ok(performance.now() - began < 5_000)
  })

  test('B10 words are read with any prefix and escape', () => {
    assert.equal(textOf('<m:errorCode xmlns:m="x">&#55;18</m:errorCode>', 'errorCode'), '718')
    assert.equal(textOf('<!-- <errorCode>1</errorCode> --><errorCode>2</errorCode>', 'errorCode'), '2')
    assert.equal(hasElement('<SOAP-ENV:Fault>', 'Fault') && !hasElement('<Faults>', 'Fault'), true)
  })
})

describe('a router that speaks PCP or NAT-PMP', () => {
  async function datagrams(t: TestContext, answer: (question: Buffer) => Buffer): Promise<number> {
    const socket = createSocket('udp4')
    t.after(() => socket.close())
    socket.on('message', (question, { port, address }) => socket.send(answer(question), port, address))
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return socket.address().port
  }
  const pcp = (question: Buffer, { result = 0, lifetime = 3_600, external = 4430 }) => {
    const bytes = Buffer.alloc(60)
    question.copy(bytes, 24, 24)
    bytes.set([2, 0x81, 0, result])
    bytes.writeUInt32BE(lifetime, 4)
    bytes.writeUInt16BE(external, 42)
    return bytes
  }
  const natPmp = ({ result = 0, lifetime = 3_600, external = 4430 }) => {
    const bytes = Buffer.from([0, 0x82, 0, result, 0, 0, 0, 1, 0x11, 0x4e, 0, 0, 0, 0, 0, 0])
    bytes.writeUInt16BE(external, 10)
    bytes.writeUInt32BE(lifetime, 12)
    return bytes
  }
  const ways = (
    t: TestContext,
    said: { readonly result?: number; readonly lifetime?: number; readonly external?: number },
  ) => [
    datagrams(t, (question) => pcp(question, said)).then((port) =>
      mapByPcp(HERE, WISH, new Uint8Array(12), { signal: soon(), port }),
    ),
    datagrams(t, () => natPmp(said)).then((port) => mapByNatPmp(HERE, WISH, { signal: soon(), port })),
  ]

  test('B10 gives another port for a shorter time, and is believed', async (t) => {
    for (const way of ways(t, { lifetime: 120, external: 50_000 })) {
      const { external, lifetimeS } = await way
      assert.deepEqual({ external, lifetimeS }, { external: 50_000, lifetimeS: 120 })
    }
  })

  test('B10 says yes and gives nothing has refused', async (t) => {
    for (const said of [{ lifetime: 0 }, { external: 0 }])
      for (const way of ways(t, said)) await assert.rejects(way, { name: 'RouterRefusedError' })
  })

  test('B10 knows the protocol by name alone is no router of that protocol', async (t) => {
    for (const way of ways(t, { result: 1 })) await assert.rejects(way, { name: 'NoRouterAnswerError' })
    for (const way of ways(t, { result: 2 })) await assert.rejects(way, { name: 'RouterRefusedError' })
  })

  test('B10 is asked again when half of the shortest time is over, ten minutes at most', () => {
    assert.equal(keepAfterMs([], 0), 600_000)
    assert.equal(keepAfterMs([{ expires: undefined }, { expires: 3_600_000 }], 0), 600_000)
    assert.equal(keepAfterMs([{ expires: 3_600_000 }, { expires: 120_000 }], 0), 60_000)
    assert.equal(keepAfterMs([{ expires: -5 }], 0), 15_000)
  })
})

describe('a router with several lines to the internet', () => {
  const status = (text: string) => say('200 OK', `<u:R><NewConnectionStatus>${text}</NewConnectionStatus></u:R>`)

  async function lines(t: TestContext, answers: readonly string[]) {
    const { router, all } = await gateway(t, ({ path }) => answers[Number(path.slice(1))] ?? no(401))
    const services = answers.map((_, line) => ({ control: new URL(`/${line}`, router.control), service: WAN }))
    const chosen = await connectedOf(services, soon())
    return { chosen: chosen?.control.pathname, asked: all.map(({ action, path }) => `${action} ${path}`) }
  }

  test('B10 is asked at the one that is connected, and no further', async (t) => {
    const { chosen, asked } = await lines(t, [
      status('Disconnected'),
      no(501),
      status('Connected'),
      status('Connected'),
    ])
    assert.equal(chosen, '/2')
    assert.deepEqual(
      asked,
      [0, 1, 2].map((line) => `GetStatusInfo /${line}`),
    )
  })

  test('B10 is asked at the first that answers where none is connected, and at none where none answers', async (t) => {
    assert.equal((await lines(t, [no(401), status('Unconfigured'), status('Connecting')])).chosen, '/1')
    assert.equal((await lines(t, [no(401), no(501)])).chosen, undefined)
  })

  test('B10 keeps nobody waiting who has ended', async (t) => {
    const { router } = await gateway(t, () => [STAYS_OPEN])
    const over = new AbortController()
    const line = { control: router.control, service: WAN }
    const asking = connectedOf([line, line], over.signal)
    over.abort(new Error('it is over'))
    await assert.rejects(asking, /it is over/)
  })
})
