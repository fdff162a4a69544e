// The two checks of a node that look at it as a visitor does: names, asked of DNS servers on loopback, and the certificate, seen by a
// TLS handshake with a server here.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { createServer as createTcpServer } from 'node:net'
import { describe, test, type TestContext } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import * as dnsPacket from 'dns-packet'
import { checkCertificate } from '../../main/doctor/certificate.ts'
import { checkNames } from '../../main/doctor/names.ts'
import { makeBundle, testAuthority } from '../main/support.ts'
import { FAKE_NODE } from '../support/fake-program.ts'
import { answer, NOW, situation } from './situation.ts'
import type { AddressInfo } from 'node:net'
import type { NodeFacts } from '../../main/node-facts.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'

const ZONE = 'nt.example.net'
const BASE = `pw4t9mvzh6onnp01f80botcm2pek713h2prwjb3qx6j9bnak4a4o8.${ZONE}`
const HOST = `203-0-113-7.${BASE}`
const NAMES = [BASE, `*.${BASE}`]
const DAY_MS = 24 * 3_600_000

/** Of a name: where it leads, that there is none, or a refusal, which is as good as silence and quicker. */
type Says = '203.0.113.7' | '198.51.100.9' | 'missing' | 'refused'

/** One server that is this computer's resolver where it is asked to go on asking, and the zone's own where it is not. */
async function serveNames(t: TestContext, resolver: Says, zone: Says) {
  const socket = createSocket('udp4')
  socket.on('message', (message, { port, address }) => {
    const { id, flags = 0, questions = [] } = dnsPacket.decode(message)
    const [question] = questions
    const says = (flags & dnsPacket.RECURSION_DESIRED) === 0 ? zone : resolver
    const known: dnsPacket.Answer[] =
      question?.type === 'NS' && question.name === ZONE
        ? [{ type: 'NS', name: ZONE, data: `ns1.${ZONE}` }]
        : question?.name === `ns1.${ZONE}`
          ? [{ type: 'A', name: question.name, data: '127.0.0.1' }]
          : []
    const isA = question?.name === HOST && question.type === 'A' && /^\d/.test(says)
    const answers = isA ? [{ type: 'A', name: HOST, data: says } as const] : known
    const rcode = answers.length > 0 ? 0 : says === 'refused' ? 5 : 3
    const reply = { type: 'response', id, questions, answers, flags: dnsPacket.AUTHORITATIVE_ANSWER | rcode } as const
    socket.send(dnsPacket.encode(reply), port, address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  t.after(() => socket.close())
  return { host: '127.0.0.1', port: socket.address().port }
}

const stored = { names: NAMES, chainPem: '', notBefore: NOW - DAY_MS, notAfter: NOW + 1 }

describe('names', () => {
  test('are none before the first certificate', async () => {
    assert.equal((await checkNames(situation())).code, 'names-none')
  })

  const right = '203.0.113.7'
  const wrong = '198.51.100.9'
  for (const [what, resolver, zone, code] of [
    ['are good where everybody leads here', right, right, 'names-good'],
    ['lead elsewhere for this computer alone', wrong, right, 'names-elsewhere'],
    ['lead elsewhere for the world', 'missing', wrong, 'names-elsewhere'],
    ['lead elsewhere for everybody', wrong, wrong, 'names-elsewhere'],
    ['are missing where the zone does not know them', 'missing', 'missing', 'names-missing'],
    ['are there, and the resolver of this computer says not', 'missing', right, 'names-resolver'],
    ['are not told where the zone’s servers are silent', 'refused', 'refused', 'names-silent'],
    ['are known here for a while after the zone’s servers fell silent', right, 'refused', 'names-silent'],
  ] as const) {
    test(what, async (t) => {
      const config = { ...situation().config, resolver: await serveNames(t, resolver, zone) }
      const node = () => ({ ...FAKE_NODE, addresses: [`/dns4/${HOST}/tcp/4430/tls/ws/p2p/${FAKE_NODE.peerId}`] })
      const finding = await checkNames(situation({ config, node, certificate: stored }))
      assert.equal(finding.code, code, JSON.stringify(finding))
      if (code === 'names-elsewhere') assert.deepEqual(finding.params, { name: HOST, zone: ZONE, address: wrong })
    })
  }
})

describe('a stored certificate', () => {
  test('is none before the first one', async () => {
    assert.equal((await checkCertificate(situation())).code, 'certificate-none')
  })

  for (const [what, change, times, code] of [
    ['waits for a node', {}, [], 'certificate-stored'],
    ['has expired', { notAfter: NOW }, [], 'certificate-expired'],
    ['has not begun', { notBefore: NOW + DAY_MS }, [], 'certificate-early'],
    [
      'has begun a moment ago by a clock that is some seconds behind',
      { notBefore: NOW + 5_000 },
      [],
      'certificate-stored',
    ],
    ['is good where our clock is ahead', { notAfter: NOW }, [-1_000], 'certificate-stored'],
    [
      'has begun where our clock is behind',
      { notBefore: NOW + DAY_MS, notAfter: NOW + 2 * DAY_MS },
      [DAY_MS],
      'certificate-stored',
    ],
    ['is good whatever one server of three says first', {}, [60 * DAY_MS, 0, 0], 'certificate-stored'],
    ['is good whatever one server of three says last', {}, [0, 0, -60 * DAY_MS], 'certificate-stored'],
  ] as const) {
    test(what, async () => {
      const servers = Promise.resolve(times.map((off) => answer('a', true, { here: NOW, there: NOW + off })))
      assert.equal((await checkCertificate(situation({ certificate: { ...stored, ...change }, servers }))).code, code)
    })
  }
})

describe('a certificate that is served', () => {
  const bundle = async (names: readonly string[] = NAMES) => makeBundle({ authority: await testAuthority(), names })

  async function look(
    t: TestContext,
    init: {
      readonly ours: CertificateBundle
      readonly served?: CertificateBundle
      readonly node?: Partial<NodeFacts>
      readonly host?: string
    },
  ) {
    const { ours, served = ours, host = '127.0.0.1' } = init
    const server = createTlsServer({ key: served.keyPem, cert: served.chainPem }, (socket) => socket.resume())
    server.on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const config = { ...situation().config, hosts: { tcp: [], wss: ['127.0.0.1', '127.0.0.2'] } }
    const node = () => ({ ...FAKE_NODE, ports: { tcp: undefined, wss: port }, ...init.node })
    return await checkCertificate(situation({ certificate: ours, config, node }))
  }

  test('is good for those who were told of its root', async (t) => {
    const finding = await look(t, { ours: await bundle(), node: { trusted: false } })
    assert.equal(finding.code, 'certificate-test')
  })

  test('is looked at where the node listens, be it one address alone', async (t) => {
    const finding = await look(t, { ours: await bundle(), host: '127.0.0.2', node: { trusted: false } })
    assert.equal(finding.code, 'certificate-test')
  })

  test('is not trusted where its root is nobody’s', async (t) => {
    const finding = await look(t, { ours: await bundle(), node: { trusted: true } })
    assert.equal(finding.code, 'certificate-chain')
    assert.match(String(finding.params.reason), /SELF_SIGNED|UNABLE_TO/)
  })

  test('is another’s where another program answers with one of the same names', async (t) => {
    const finding = await look(t, { ours: await bundle(), served: await bundle(), node: { trusted: false } })
    assert.deepEqual(finding, { code: 'certificate-other', params: { host: BASE } })
  })

  test('is not for the name by which browsers come', async (t) => {
    const addresses = [`/dns4/localhost/tcp/1/tls/ws/p2p/${FAKE_NODE.peerId}`]
    const finding = await look(t, { ours: await bundle(), node: { trusted: false, addresses } })
    assert.deepEqual(finding, { code: 'certificate-name', params: { host: 'localhost' } })
  })

  test('is not seen where nobody shows one', async (t) => {
    const plain = createTcpServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    t.after(() => plain.close())
    const { port } = plain.address() as AddressInfo
    const finding = await look(t, { ours: await bundle(), node: { ports: { tcp: undefined, wss: port } } })
    assert.deepEqual(finding, { code: 'certificate-silent', params: { host: String(port) } })
  })
})
