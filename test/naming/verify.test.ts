// Verifying: every way in which what is served can differ from what its owner has signed. OpenSSL judges the same pins.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { createServer, type Server } from 'node:tls'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { manualClock } from '../support/manual-clock.ts'
import { makeNamePair, type NamePair, pinOf } from '../../main/naming/name-pair.ts'
import { type Verification, verifyName } from '../../main/naming/verify.ts'
import { readKeyName } from '../../proto/npub.ts'
import { lookupOf, makeNamingKey, nameEvent, record } from './known.ts'
import { folder } from './support.ts'
import type { AddressInfo } from 'node:net'

const run = promisify(execFile)
const key = makeNamingKey()
const host = `${key.npub}.nostr`
const DAY_MS = 24 * 3_600_000

/** A server that shows one certificate to whoever comes. */
async function showing(pair: Pick<NamePair, 'keyPem' | 'certPem'>): Promise<Server> {
  const server = createServer({ key: pair.keyPem, cert: pair.certPem }, (socket) => socket.end())
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

describe('verifying a name', () => {
  const servers: Server[] = []
  let good: NamePair

  before(async () => {
    good = await makeNamePair(key.npub, Date.now())
  })
  after(() => Promise.all(servers.map((server) => new Promise((done) => server.close(done)))))

  /** Serves a certificate, signs a pin, and verifies. */
  async function verified({
    pair = good,
    pins = [pinOf(new X509Certificate(pair.certPem))],
    atMs = Date.now(),
    allowPrivate = true,
    ips = ['127.0.0.1'],
    port,
  }: {
    readonly pair?: Pick<NamePair, 'keyPem' | 'certPem'>
    readonly pins?: readonly string[]
    readonly atMs?: number
    readonly allowPrivate?: boolean
    readonly ips?: readonly string[]
    readonly port?: number
  }): Promise<Verification & { readonly port: number }> {
    const server = await showing(pair)
    servers.push(server)
    const at = port ?? (server.address() as AddressInfo).port
    const clock = manualClock(atMs)
    const { answering, lookup } = await lookupOf(clock)
    const tags = [
      ...ips.map((ip) => record(ip.includes(':') ? 'AAAA' : 'A', '@', ip)),
      record('SRV', '_https._tcp', '0', '0', String(at), host),
      ...pins.map((pin) => ['tlsa', `_${at}._tcp`, '3', '1', '1', pin]),
    ]
    answering.events = [nameEvent(key, tags, Math.floor(atMs / 1_000))]
    const name = readKeyName(host) ?? assert.fail()
    const result = await verifyName(
      name,
      { lookup, allowPrivate, nowMs: () => clock.now() },
      AbortSignal.timeout(10_000),
    )
    return { ...result, port: at }
  }

  const bad = ({ ok, findings }: Verification) => [
    ok,
    ...findings.filter(({ outcome }) => outcome === 'bad').map(({ step, code }) => `${step} ${code}`),
  ]

  /** A certificate by openssl. */
  async function byOpenssl(t: Parameters<typeof folder>[0], ...words: readonly string[]) {
    const dir = await folder(t)
    const keyFile = join(dir, 'key.pem')
    const certFile = join(dir, 'cert.pem')
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/O=x'],
        ...['-keyout', keyFile, '-out', certFile, ...words],
      ],
      { stdio: 'ignore' },
    )
    return { keyPem: readFileSync(keyFile, 'utf8'), certPem: readFileSync(certFile, 'utf8') }
  }

  test('says yes to the key that its owner has signed, also where that is one of two', async () => {
    assert.deepEqual(bad(await verified({})), [true])
    const two = await verified({ pins: ['00'.repeat(32), good.sha256] })
    assert.deepEqual(bad(two), [true])
  })

  test('says no to another key under the right name', async () => {
    const other = await makeNamePair(key.npub, Date.now())
    assert.deepEqual(bad(await verified({ pair: other, pins: [good.sha256] })), [false, 'pin other-key'])
  })

  test('says no to the right key under another name', async (t) => {
    const pair = await byOpenssl(t, '-addext', 'subjectAltName=DNS:other.nostr', '-addext', 'basicConstraints=CA:FALSE')
    assert.deepEqual(bad(await verified({ pair })), [false, 'names not-named'])
  })

  test('says no to an authority, which could sign for every other site', async (t) => {
    const pair = await byOpenssl(t, '-addext', `subjectAltName=DNS:${host}`)
    assert.equal(new X509Certificate(pair.certPem).ca, true)
    assert.deepEqual(bad(await verified({ pair })), [false, 'authority is-authority'])
  })

  test('says no to a certificate that is over, or not yet in time', async () => {
    assert.deepEqual(bad(await verified({ atMs: Date.now() + 31 * DAY_MS })), [false, 'dates over'])
    assert.deepEqual(bad(await verified({ atMs: Date.now() - DAY_MS })), [false, 'dates future'])
  })

  test('says no where nothing is pinned, nobody is there, or the way leads home', async () => {
    assert.deepEqual(bad(await verified({ pins: [] })), [false, 'signed-pin no-pin'])
    assert.deepEqual(bad(await verified({ port: 1 })), [false, 'connected nobody-there'])
    assert.deepEqual(bad(await verified({ allowPrivate: false })), [false, 'address private-address'])
    assert.deepEqual(bad(await verified({ ips: [] })), [false, 'address no-address'])
  })

  test('comes to the same as OpenSSL does with the pin as a TLSA record', async () => {
    const other = (await makeNamePair(key.npub, Date.now())).sha256
    const { port } = await verified({})
    const judge = async (pin: string) => {
      const words = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', host, '-verify_return_error']
      const dane = ['-dane_tlsa_domain', host, '-dane_tlsa_rrdata', `3 1 1 ${pin}`]
      const child = run('openssl', [...words, ...dane])
      child.child.stdin?.end()
      return await child.then(
        ({ stdout }) => /Verify return code: 0/.test(stdout) || /Verification: OK/.test(stdout),
        () => false,
      )
    }
    assert.deepEqual([await judge(good.sha256), await judge(other)], [true, false])
  })
})
