// Who accepts which certificate of a name: measured here with the clients that are installed, and compared with the table that
// docs/nostr.md shows to people.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { guardPeerCertificates } from '../../core/net/peer-certificates.ts'
import { makeNamingKey } from '../../core/nostr/keys.ts'
import { openBrowserAuthority } from '../../main/naming/browser-trust/authority.ts'
import { makeKeyAsTlsKey, makeKeySignedChain } from '../../main/naming/offline/chain.ts'
import { cachedTestElectron } from '../../scripts/test-electron.ts'
import { startChromium, whyNoChromium } from '../support/chromium.ts'
import { folder } from './support.ts'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { TlsOptions } from 'node:tls'

const run = promisify(execFile)
const GROUPS = 'X25519:P-256:secp256k1'
const WAYS = ['authority', 'signed', 'itself'] as const
type Way = (typeof WAYS)[number]

/** A server that shows one of them, and what a client has to trust for it. */
interface Shown {
  readonly way: Way
  readonly port: number
  readonly caPem: string
  readonly caFile: string
}

guardPeerCertificates()

describe('who accepts which certificate of a name', () => {
  const key = makeNamingKey()
  const host = `${key.npub}.nostr`
  const ends: (() => unknown)[] = []
  const t = { after: (end: () => unknown) => void ends.push(end) } as Pick<TestContext, 'after'>
  let shown: readonly Shown[] = []

  before(async () => {
    const dir = await folder(t)
    const authority = await openBrowserAuthority({ dir, clock: systemClock, log: silentLog })
    const context = await authority.contextFor(host)
    const signed = await makeKeySignedChain(key, Date.now())
    const itself = makeKeyAsTlsKey(key, Date.now())
    const rootOf = (chain: string) => chain.slice(chain.lastIndexOf('-----BEGIN'))
    const all: readonly (readonly [Way, TlsOptions, string])[] = [
      ['authority', { SNICallback: (_name, answer) => answer(null, context) }, authority.certPem],
      ['signed', { key: signed.keyPem, cert: signed.chainPem }, rootOf(signed.chainPem)],
      [
        'itself',
        { key: itself.keyPem, cert: itself.chainPem, ecdhCurve: GROUPS, maxVersion: 'TLSv1.2' },
        itself.chainPem,
      ],
    ]
    shown = await Promise.all(
      all.map(async ([way, tls, caPem]) => {
        const server = createServer(tls, (_request, response) => response.end('hello'))
        server.on('tlsClientError', () => undefined)
        server.listen(0, '127.0.0.1')
        await once(server, 'listening')
        ends.push(() => {
          server.closeAllConnections()
          server.close()
        })
        const caFile = join(dir, `${way}.pem`)
        await writeFile(caFile, caPem)
        return { way, port: (server.address() as AddressInfo).port, caPem, caFile }
      }),
    )
  })
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  const works = (work: Promise<unknown>) =>
    work.then(
      () => true,
      () => false,
    )
  const program = (name: string, ...words: string[]) => {
    const child = run(name, words, { timeout: 10_000 })
    child.child.stdin?.end()
    return works(child)
  }

  /** What each client says; undefined where it is not here. */
  const CLIENTS: Readonly<Record<string, (one: Shown) => Promise<boolean>>> = {
    'Node 24': ({ way, port, caPem }) => {
      const own = way === 'itself' ? { ecdhCurve: GROUPS, checkServerIdentity: () => undefined } : {}
      const socket = connect({ host: '127.0.0.1', port, servername: host, ca: caPem, ...own })
      return works(once(socket, 'secureConnect')).finally(() => socket.destroy())
    },
    'OpenSSL 3': ({ way, port, caFile }) =>
      program(
        ...(['openssl', 's_client', '-connect', `127.0.0.1:${port}`, '-servername', host] as const),
        ...['-verify_hostname', host, '-CAfile', caFile, '-verify_return_error'],
        ...(way === 'itself' ? ['-groups', GROUPS] : []),
      ),
    curl: ({ way, port, caFile }) =>
      program(
        ...(['curl', '-sSf', '--noproxy', '*', '--cacert', caFile, '--resolve', `${host}:${port}:127.0.0.1`] as const),
        ...(way === 'itself' ? ['--curves', GROUPS] : []),
        `https://${host}:${port}/`,
      ),
    GnuTLS: ({ port, caFile }) =>
      program(
        ...(['gnutls-cli', `--x509cafile=${caFile}`, `--sni-hostname=${host}`, `--verify-hostname=${host}`] as const),
        ...['-p', String(port), '127.0.0.1'],
      ),
    // its part that is Node, in a process of its own
    async Electron({ port, caFile }) {
      const { dist } = (await electron) ?? assert.fail('no Electron')
      const code = `const ca = require('node:fs').readFileSync(process.argv[2])
        const where = { host: '127.0.0.1', port: Number(process.argv[1]), servername: '${host}', ca }
        const socket = require('node:tls').connect(where)
        socket.on('secureConnect', () => process.exit(0)); socket.on('error', () => process.exit(1))`
      const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
      return await works(run(join(dist, 'electron'), ['-e', code, String(port), caFile], { timeout: 10_000, env }))
    },
  }

  const electron = cachedTestElectron()

  /** How a client is asked whether it is there. */
  const PROGRAMS: Readonly<Record<string, readonly [string, string]>> = {
    'OpenSSL 3': ['openssl', 'version'],
    curl: ['curl', '--version'],
    GnuTLS: ['gnutls-cli', '--version'],
  }
  async function whyMissing(client: string): Promise<string | undefined> {
    if (client === 'Electron' && !(await electron)) return 'there is no Electron for the tests (npm run test-electron)'
    const asked = PROGRAMS[client]
    return !asked || (await program(...asked)) ? undefined : `${asked[0]} is not installed`
  }

  const table = readTable()

  for (const [name, accepts] of Object.entries(CLIENTS)) {
    test(`${name} accepts what docs/nostr.md says`, async (context) => {
      const missing = await whyMissing(name)
      if (missing !== undefined) return context.skip(missing)
      const found: boolean[] = []
      for (const one of shown) found.push(await accepts(one))
      assert.deepEqual(found, table[name])
    })
  }

  test('Chromium accepts what docs/nostr.md says', async (context) => {
    const why = await whyNoChromium()
    if (why !== undefined) return context.skip(why)
    const browser = await startChromium({
      roots: shown.map(({ caPem }) => caPem),
      hosts: `MAP ${host} 127.0.0.1`,
    })
    try {
      const found: boolean[] = []
      for (const { port } of shown) found.push(await works(browser.open(`https://${host}:${port}/`)))
      assert.deepEqual(found, table['Chromium'])
    } finally {
      await browser.stop()
    }
  })
})

/** The table of the page: a client, and yes or no for each way. */
function readTable(): Readonly<Record<string, readonly boolean[]>> {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'nostr.md'), 'utf8')
  const rows = [...text.matchAll(/^\| ([^|]+) \| (yes|no)[^|]* \| (yes|no)[^|]* \| (yes|no)[^|]* \|$/gm)]
  return Object.fromEntries(rows.map(([, name = '', ...cells]) => [name, cells.map((cell) => cell === 'yes')]))
}
