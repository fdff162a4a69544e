// The way of a browser to names by key: what the proxy opens and what it refuses, asked by hand and by a real Chromium with a home, a
// profile and a store of trusted authorities of its own.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { get, request as plainRequest, type IncomingMessage } from 'node:http'
import { connect as connectTcp, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { createServer, type Server } from 'node:https'
import { after, before, describe, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { WebSocketServer } from 'ws'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { generateKeyPem, importKeyPair, webCryptoAlgorithm } from '../../core/x509/keys.ts'
import {
  PeculiarCertificate,
  SubjectAlternativeNameExtension,
  webCrypto,
  X509CertificateGenerator,
} from '../../core/x509/peculiar.ts'
import { AUTHORITY_FILE, openBrowserAuthority, signConstrained } from '../../main/naming/browser-trust/authority.ts'
import { NssError, trustInBrowsers } from '../../main/naming/browser-trust/nss.ts'
import { makeNamePair, type NamePair, pinOf } from '../../main/naming/name-pair.ts'
import { type NameProxy, ProxyListenError, startNameProxy } from '../../main/naming/proxy/proxy.ts'
import { REFUSALS, type RefusalReason } from '../../main/naming/proxy/refusal-page.ts'
import { startChromium, whyNoChromium } from '../support/chromium.ts'
import { lookupOf, makeNamingKey, nameEvent, record } from './known.ts'
import { folder } from './support.ts'
import type { NamingKey } from '../../core/nostr/keys.ts'
import type { NostrEvent } from '../../core/nostr/event.ts'

const run = promisify(execFile)
const nowS = () => Math.floor(Date.now() / 1_000)

/** A site that serves a name: a page, and a WebSocket that says everything back. */
async function site(
  pair: Pick<NamePair, 'keyPem' | 'certPem'>,
): Promise<{ readonly server: Server; readonly port: number; readonly seen: string[] }> {
  const seen: string[] = []
  const server = createServer({ key: pair.keyPem, cert: pair.certPem }, (request, response) => {
    seen.push(`${request.headers.host} ${request.url}`)
    response.setHeader('content-type', 'text/html')
    response.end('<title>the right one</title><p>hello from the name')
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => socket.on('message', (data: Buffer) => socket.send(`echo ${data.toString()}`)))
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port, seen }
}

const tagsOf = (key: NamingKey, port: number, pins: readonly string[], ip = '127.0.0.1') => [
  record('A', '@', ip),
  record('SRV', '_https._tcp', '0', '0', String(port), `${key.npub}.nostr`),
  ...pins.map((pin) => ['tlsa', `_${port}._tcp`, '3', '1', '1', pin]),
]

/** A certificate for another site, signed with the authority's own key. */
async function forged(dir: string): Promise<Pick<NamePair, 'keyPem' | 'certPem'>> {
  const file = JSON.parse(await readFile(join(dir, AUTHORITY_FILE), 'utf8')) as { keyPem: string; certPem: string }
  const keys = await importKeyPair(createPrivateKey(file.keyPem))
  const keyPem = await generateKeyPem('ecdsa-p256')
  const { publicKey } = await importKeyPair(createPrivateKey(keyPem))
  const leaf = await X509CertificateGenerator.create(
    {
      ...{ serialNumber: '01', subject: '', issuer: new PeculiarCertificate(file.certPem).subject, publicKey },
      ...{ notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) },
      ...{ signingAlgorithm: webCryptoAlgorithm(keys.algorithm), signingKey: keys.privateKey },
      extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }], true)],
    },
    webCrypto,
  )
  return { keyPem, certPem: `${leaf.toString('pem')}\n` }
}

describe('the proxy for browsers', () => {
  const right = makeNamingKey()
  const wrong = makeNamingKey()
  const host = `${right.npub}.nostr`
  const ends: (() => unknown)[] = []
  const t = { after: (end: () => unknown) => void ends.push(end) } as Pick<TestContext, 'after'>
  let dir: string
  let good: NamePair
  let home: Awaited<ReturnType<typeof site>>
  let published: readonly NostrEvent[]
  let proxy: NameProxy

  const start = async (over: { readonly allowPrivate?: boolean } = {}, events = published): Promise<NameProxy> => {
    const known = await lookupOf(systemClock)
    known.answering.events = events
    const started = await startNameProxy({
      ...{ port: 0, dir, lookup: known.lookup, allowPrivate: true, clock: systemClock, log: silentLog },
      ...over,
    })
    ends.push(() => started.stop())
    return started
  }

  /** What the proxy says to CONNECT, and the connection. */
  async function tunnel(target: string, at = proxy): Promise<{ readonly status: number; readonly socket: Socket }> {
    const asked = plainRequest({ host: '127.0.0.1', port: at.port, method: 'CONNECT', path: target, agent: false })
    asked.end()
    const [response, socket] = (await once(asked, 'connect')) as [IncomingMessage, Socket]
    socket.on('error', () => undefined)
    return { status: response.statusCode ?? 0, socket }
  }

  async function secure(target: string, at = proxy, name = target.replace(/:\d+$/, '')): Promise<TLSSocket> {
    const { status, socket } = await tunnel(target, at)
    assert.equal(status, 200)
    const browser = connect({ socket, servername: name, ca: at.authorityPem, ALPNProtocols: ['h2', 'http/1.1'] })
    await once(browser, 'secureConnect')
    return browser
  }

  /** What a browser gets for the first page of a name. */
  async function page(target: string, { at = proxy, language = 'en' } = {}): Promise<string> {
    const browser = await secure(target, at)
    browser.write(`GET / HTTP/1.1\r\nHost: ${target}\r\nAccept-Language: ${language}\r\nConnection: close\r\n\r\n`)
    let text = ''
    for await (const chunk of browser) text += String(chunk)
    return text
  }

  const isRefused = (text: string, reason: RefusalReason, language: 'en' | 'de' = 'en') => {
    assert.match(text, /^HTTP\/1\.1 502 /)
    assert.ok(text.includes(REFUSALS[language][reason].title), text)
  }

  before(async () => {
    dir = await folder(t)
    good = await makeNamePair(right.npub, Date.now())
    home = await site(good)
    ends.push(
      () => home.server.close(),
      () => home.server.closeAllConnections(),
    )
    const other = (await makeNamePair(wrong.npub, Date.now())).sha256
    published = [
      nameEvent(right, tagsOf(right, home.port, [good.sha256]), nowS()),
      nameEvent(wrong, tagsOf(wrong, home.port, [other]), nowS()),
    ]
    proxy = await start()
  })
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  test('opens a name whose key is the signed one, with a leaf of its own authority', async () => {
    assert.match(await page(`${host}:443`), /^HTTP\/1\.1 200 [\s\S]*hello from the name/)
    const browser = await secure(`${host.toUpperCase()}:443`, proxy, host)
    assert.equal(browser.alpnProtocol, 'http/1.1')
    assert.equal(browser.authorized, true)
    browser.destroy()
    assert.match(await page(`www.${host}:${home.port}`), /200 [\s\S]*hello from the name/)
  })

  test('shows its page instead of one whose key is another, and sends nothing there', async () => {
    const had = home.seen.length
    const text = await page(`${wrong.npub}.nostr:443`)
    isRefused(text, 'other-key')
    assert.match(text, /content-security-policy: default-src 'none'; style-src 'sha256-/i)
    assert.ok(!text.includes('<script'))
    isRefused(await page(`${wrong.npub}.nostr:443`, { language: 'de-CH, en;q=0.5' }), 'other-key', 'de')
    assert.equal(home.seen.length, had)
  })

  test('shows its page for the right key in a certificate that is none of the name', async () => {
    const stray = await makeNamePair(wrong.npub, Date.now())
    const keys = await importKeyPair(createPrivateKey(good.keyPem))
    const dates = { notBefore: Date.now() - 1_000, notAfter: Date.now() + 86_400_000 }
    const authority = { keyPem: good.keyPem, certPem: await signConstrained(keys, 'CN=x', dates) }
    for (const [pair, reason] of [
      [stray, 'other-name'],
      [authority, 'authority'],
    ] as const) {
      const { server, port } = await site(pair)
      ends.push(() => server.close())
      const pin = pinOf(new X509Certificate(pair.certPem))
      const one = await start({}, [nameEvent(right, tagsOf(right, port, [pin]), nowS())])
      isRefused(await page(`${host}:443`, { at: one }), reason)
    }
  })

  test('opens names by key alone, at ports that their owner has signed a key for', async () => {
    for (const target of [
      'example.net:443',
      '127.0.0.1:443',
      'localhost:22',
      `${right.npub}.local:443`,
      'nostr:443',
      `${host}.example:443`,
      'x.nostr:443',
    ]) {
      const { status, socket } = await tunnel(target)
      assert.equal(status, 403, target)
      socket.destroy()
    }
    isRefused(await page(`${host}:22`), 'no-pin')
    const unknown = `${makeNamingKey().npub}.nostr:443`
    isRefused(await page(unknown), 'no-name')
  })

  test('leads no page into a network at home', async () => {
    const strict = await start({ allowPrivate: false })
    const had = home.seen.length
    isRefused(await page(`${host}:443`, { at: strict }), 'private')
    assert.equal(home.seen.length, had)
  })

  test('is no proxy for anything else, and tells its rules to this computer alone', async () => {
    const ask = async (path: string, headers: Record<string, string> = {}, at = proxy) => {
      const asked = get({ host: '127.0.0.1', port: at.port, path, headers, agent: false })
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      let text = ''
      for await (const chunk of response) text += String(chunk)
      return { status: response.statusCode, headers: response.headers, text }
    }
    const pac = await ask('/names.pac')
    assert.equal(pac.status, 200)
    assert.equal(pac.headers['cross-origin-resource-policy'], 'same-origin')
    const find = runInNewContext(`${pac.text}; FindProxyForURL`) as (url: string, host: string) => string
    assert.equal(find('', host.toUpperCase()), `PROXY 127.0.0.1:${proxy.port}`)
    assert.deepEqual(
      ['example.net', 'nostr.example', 'localhost'].map((name) => find('', name)),
      ['DIRECT', 'DIRECT', 'DIRECT'],
    )
    assert.equal((await ask('/names.pac', { host: `rebound.example:${proxy.port}` })).status, 404)
    assert.equal((await ask('http://192.168.1.1/admin', { host: '192.168.1.1' })).status, 404)
    const moved = await ask(`http://${host}/a?b`, { host })
    assert.deepEqual([moved.status, moved.headers.location], [307, `https://${host}/a?b`])
    const address = await new Promise<string>((resolve) => {
      const taken = startNameProxy({
        port: proxy.port,
        dir,
        lookup: { look: () => Promise.reject(new Error()) },
        allowPrivate: false,
        clock: systemClock,
        log: silentLog,
      })
      taken.then(
        () => resolve('listens'),
        (error: unknown) => resolve(error instanceof ProxyListenError ? error.message : String(error)),
      )
    })
    assert.match(address, /naming\.proxy\.port/)
  })

  test('lets the far side go where the browser goes while it is asked', async () => {
    const silent = createTcpServer()
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    ends.push(() => silent.close())
    const { port } = silent.address() as AddressInfo
    const one = await start({}, [nameEvent(right, tagsOf(right, port, [good.sha256]), nowS())])
    const asked = connectTcp(one.port, '127.0.0.1')
    asked.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`)
    const [reached] = (await once(silent, 'connection')) as [Socket]
    reached.resume()
    asked.destroy()
    // sooner than a handshake is given up by itself
    await once(reached, 'close', { signal: AbortSignal.timeout(3_000) })
  })

  test('a real Chromium opens the right name with its WebSocket, shows our page for the wrong one, and takes no leaf for another site', async (context) => {
    const why = await whyNoChromium()
    if (why !== undefined) return context.skip(why)
    // what the authority would sign if somebody had its key and it were not held to nostr
    const { server, port } = await site(await forged(dir))
    ends.push(() => server.close())
    const browser = await startChromium({
      pacUrl: proxy.pacUrl,
      prepare: (own) => trustInBrowsers({ certPem: proxy.authorityPem, on: true, home: own }),
    })
    try {
      const tab = await browser.open(`https://${host}/`)
      assert.equal(await tab.evaluate('document.title'), 'the right one')
      const said = await tab.evaluate(
        `new Promise((done) => { const s = new WebSocket('wss://${host}/'); s.onopen = () => s.send('x'); s.onmessage = (e) => done(e.data); s.onerror = () => done('failed') })`,
      )
      assert.equal(said, 'echo x')
      const refused = await browser.open(`https://${wrong.npub}.nostr/`)
      assert.match(String(await refused.evaluate('document.title')), new RegExp(REFUSALS.en['other-key'].title))
      await assert.rejects(browser.open(`https://localhost:${port}/`), /ERR_CERT_INVALID/)
    } finally {
      await browser.stop()
    }
  })

  test('goes into a person’s store at a click and out at another, and leaves what else is there', async (context) => {
    const why = await whyNoChromium()
    if (why !== undefined) return context.skip(why)
    const own = await folder(context)
    const list = async () => (await run('certutil', ['-L', '-d', `sql:${join(own, '.pki', 'nssdb')}`])).stdout
    assert.deepEqual(await trustInBrowsers({ certPem: proxy.authorityPem, on: false, home: own }), [])
    assert.deepEqual(await trustInBrowsers({ certPem: proxy.authorityPem, on: true, home: own }), [
      join(own, '.pki', 'nssdb'),
    ])
    assert.match(await list(), /Nodetrust names on this computer\s+C,,/)
    const second = (await openBrowserAuthority({ dir: await folder(context), clock: systemClock, log: silentLog }))
      .certPem
    await trustInBrowsers({ certPem: second, on: true, home: own })
    assert.equal((await list()).match(/Nodetrust/g)?.length, 1)
    await trustInBrowsers({ certPem: second, on: false, home: own })
    assert.doesNotMatch(await list(), /Nodetrust/)
    await assert.rejects(trustInBrowsers({ certPem: second, on: true, home: own, platform: 'darwin' }), NssError)
  })
})
