// The key-signed experiment, judged by others: who verifies a certificate from the name alone.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { guardPeerCertificates } from '../../core/net/peer-certificates.ts'
import { makeNamingKey, type NamingKey } from '../../core/nostr/keys.ts'
import {
  makeKeyAsTlsKey,
  makeKeySignedChain,
  type OfflineChain,
  verifyOffline,
} from '../../main/naming/offline/chain.ts'
import { folder } from './support.ts'
import type { AddressInfo } from 'node:net'

const run = promisify(execFile)

// without it Node ends where it is asked for such a certificate in its old form
guardPeerCertificates()
const DAY_MS = 86_400_000

const certificates = ({ chainPem }: OfflineChain) =>
  (chainPem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  )
const judge = (chain: OfflineChain, key: NamingKey, { host = `${key.npub}.nostr`, nowMs = Date.now() } = {}) =>
  verifyOffline(certificates(chain), { pubkey: key.pubkey, host, nowMs })

describe('a certificate that the name’s key has signed', () => {
  test('is verified from the name alone, whichever sign the key’s point has', async () => {
    for (let at = 0; at < 6; at++) {
      const key = makeNamingKey()
      const [a, b] = [await makeKeySignedChain(key, Date.now()), makeKeyAsTlsKey(key, Date.now())]
      assert.deepEqual(
        [judge(a, key).ok, judge(a, key).how, judge(b, key).ok, judge(b, key).how],
        [true, 'authority', true, 'itself'],
      )
      assert.equal(judge(a, key, { host: `www.${key.npub}.nostr` }).ok, true)
      assert.equal(judge(a, key, { host: 'bank.example' }).fault, 'names')
      assert.equal(judge(a, key, { nowMs: Date.now() + 31 * DAY_MS }).fault, 'over')
      assert.equal(judge(a, makeNamingKey()).fault, 'other-key')
      const [leaf, authority] = certificates(a)
      assert.ok(leaf && authority)
      assert.equal(
        verifyOffline([authority], { pubkey: key.pubkey, host: `${key.npub}.nostr`, nowMs: Date.now() }).fault,
        'authority',
      )
      const forged = certificates(await makeKeySignedChain(makeNamingKey(), Date.now()))[0]
      assert.ok(forged)
      assert.equal(
        verifyOffline([forged, authority], { pubkey: key.pubkey, host: `${key.npub}.nostr`, nowMs: Date.now() }).fault,
        'signature',
      )
      assert.equal(verifyOffline([], { pubkey: key.pubkey, host: 'x', nowMs: 0 }).fault, 'form')
    }
  })

  test('is verified by OpenSSL, which holds the authority to its own names', async (t) => {
    const dir = await folder(t)
    const key = makeNamingKey()
    const chain = await makeKeySignedChain(key, Date.now())
    const [leaf, authority] = certificates(chain)
    await writeFile(join(dir, 'leaf.pem'), leaf?.toString() ?? '')
    await writeFile(join(dir, 'root.pem'), authority?.toString() ?? '')
    const verify = async (...words: string[]) =>
      run('openssl', [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        '-CAfile',
        join(dir, 'root.pem'),
        ...words,
      ]).then(
        () => 'OK',
        (error: { stderr: string }) => error.stderr,
      )
    assert.equal(await verify('-verify_hostname', `${key.npub}.nostr`, join(dir, 'leaf.pem')), 'OK')
    const { stdout } = await run('openssl', ['x509', '-in', join(dir, 'root.pem'), '-noout', '-text'])
    assert.match(stdout, /Name Constraints: critical/)
    assert.match(stdout, new RegExp(`DNS:${key.npub}\\.nostr`))
    assert.match(stdout, /pathlen:0/)
  })

  /** What a client makes of a server with this chain. */
  async function handshake(chain: OfflineChain, key: NamingKey, client: object, server: object = {}): Promise<string> {
    const listening = createServer({ key: chain.keyPem, cert: chain.chainPem, ...server })
    listening.on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
    const socket = connect({
      ...{ host: '127.0.0.1', port: (listening.address() as AddressInfo).port, servername: `${key.npub}.nostr` },
      ...client,
    })
    try {
      return await new Promise<string>((resolve) => {
        socket.once('secureConnect', () =>
          resolve(`${socket.getProtocol()} ${socket.authorized ? 'authorised' : String(socket.authorizationError)}`),
        )
        socket.on('error', (error) => resolve(String((error as NodeJS.ErrnoException).code)))
      })
    } finally {
      socket.destroy()
      listening.close()
    }
  }

  test('serves Node by TLS 1.3 and 1.2, with the authority that follows from the name', async () => {
    const key = makeNamingKey()
    const chain = await makeKeySignedChain(key, Date.now())
    const ca = certificates(chain)[1]?.toString() ?? ''
    assert.equal(await handshake(chain, key, { ca }), 'TLSv1.3 authorised')
    assert.equal(await handshake(chain, key, { ca, maxVersion: 'TLSv1.2' }), 'TLSv1.2 authorised')
    assert.equal(await handshake(chain, key, {}), 'SELF_SIGNED_CERT_IN_CHAIN')
  })

  test('as the TLS key itself serves Node by TLS 1.2 alone, where the client names the curve', async () => {
    const key = makeNamingKey()
    const chain = makeKeyAsTlsKey(key, Date.now())
    const ca = chain.chainPem
    // names are compared in the old form of the certificate, which is not made here
    const names = { checkServerIdentity: () => undefined }
    const named = { ca, ...names, ecdhCurve: 'X25519:P-256:secp256k1', maxVersion: 'TLSv1.2' }
    const groups = { ecdhCurve: 'X25519:P-256:secp256k1' }
    assert.equal(await handshake(chain, key, named, groups), 'TLSv1.2 authorised')
    assert.match(await handshake(chain, key, { ca, ...names, maxVersion: 'TLSv1.2' }, groups), /HANDSHAKE_FAILURE/)
    assert.match(
      await handshake(chain, key, { ...named, maxVersion: 'TLSv1.3', minVersion: 'TLSv1.3' }, groups),
      /HANDSHAKE_FAILURE/,
    )
  })
})
