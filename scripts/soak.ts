// `npm run soak`: the life of a certificate in fast motion. The node's own keeper renews certificates of twelve seconds at a CA that
// refuses a fifth of all nonces, while a client connects every 50 ms and counts how long an expired certificate, or none, was
// on the wire. `-- --renewals N` for a shorter run than 50, `-- --json` for one line of figures.
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connect, createServer } from 'node:tls'
import { parseArgs } from 'node:util'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { createAcmeSession, fetchRenewalInfo, fileAccountStore, issueCertificate } from '../core/acme/index.ts'
import { systemClock } from '../core/clock.ts'
import { silentLog } from '../core/log.ts'
import { certId, createBundle, createCsr, type CertificateBundle } from '../core/x509/index.ts'
import { createHistory } from '../main/certificates/history.ts'
import { createCertificateKeeper } from '../main/certificates/keeper.ts'
import { createPendingKey } from '../main/certificates/pending.ts'
import { loadRetryDate } from '../main/certificates/retry.ts'
import { createCertificateStore } from '../main/certificates/store.ts'
import type { Issuer } from '../main/issuers/issuer.ts'
import { createTlsCertificate } from '../main/node/tls-certificate.ts'
import { id0Name } from '../proto/names.ts'
import { createCa } from '../servers/ca/ca.ts'
import type { CaAnswer } from '../servers/ca/http.ts'
import { createTxtZone } from '../test/support/txt-zone.ts'

const LIFE_MS = 12_000
const REFUSED_NONCES = 0.2
const CONNECT_EVERY_MS = 50
const ZONE = 'soak.example.net'
const PROFILE = 'seconds'

/** What the run came to. */
export interface SoakResult {
  /** Certificates after the first, counted at the CA. */
  readonly renewals: number
  /** How long a client that connects got an expired certificate or none, since the first was there. */
  readonly expiredMs: number
  /** Attempts of the node that failed, and connections that did not come about. */
  readonly errors: number
}

const BAD_NONCE: CaAnswer = {
  status: 400,
  headers: { 'content-type': 'application/problem+json' },
  body: { type: 'urn:ietf:params:acme:error:badNonce', detail: 'refused by the dice', status: 400 },
}

/** Runs until so many renewals are on the wire. */
async function soak(wanted: number, note: (text: string) => void): Promise<SoakResult> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-soak-'))
  const clock = systemClock
  const zone = createTxtZone()
  const ca = createCa({
    resolver: zone,
    profiles: { [PROFILE]: { description: 'for twelve seconds', validityMs: LIFE_MS } },
    faults: {
      before: ({ method }) => (method === 'POST' && Math.random() < REFUSED_NONCES ? BAD_NONCE : undefined),
    },
  })
  const { directoryUrl, rootPem } = await ca.start()
  const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  const names = [`*.${id0Name(peer, ZONE)}`]
  const session = await createAcmeSession({
    directory: directoryUrl,
    trustAnchorPem: rootPem,
    version: '0.0.0-soak',
    store: fileAccountStore(join(dir, 'account.json')),
    termsOfServiceAgreed: true,
  })
  const pending = createPendingKey({ dir, clock })
  const store = createCertificateStore({ dir, peer, clock, trustAnchorPem: rootPem })
  const tls = createTlsCertificate()
  let errors = 0
  let served: CertificateBundle | undefined

  const askWindow = async (chainPem: string, signal: AbortSignal) => {
    const info = await fetchRenewalInfo(session, chainPem, clock.now(), signal)
    return { window: info?.window, askAgainMs: info?.askAgainMs, explanationUrl: info?.explanationUrl }
  }
  /** Straight to the CA, without an issue server in between. */
  const issuer: Issuer = {
    async obtain(signal) {
      const { csr, privateKeyPem: keyPem } = await createCsr({ names })
      const replaces = served && served.notAfter > clock.now() ? certId(served.chainPem) : undefined
      const poll = { firstMs: 50, maxMs: 500, deadlineMs: LIFE_MS }
      const common = { session, names, csr, dns01: zone, profile: PROFILE, replaces, signal, poll }
      const { chainPem } = await issueCertificate({ ...common, trustAnchorPem: rootPem })
      const { window } = await askWindow(chainPem, signal)
      return createBundle({
        ...{ keyPem, chainPem, addresses: [], obtainedAt: clock.now(), source: directoryUrl },
        ...(window ? { renewalWindow: window } : {}),
      })
    },
    renewal: ({ chainPem }, signal) => askWindow(chainPem, signal),
  }
  const keeper = createCertificateKeeper({
    ...{ store, pending, issuer, clock, log: silentLog, random: Math.random, monotonic: () => performance.now() },
    retry: await loadRetryDate({ dir, clock, random: Math.random, log: silentLog, situation: 'soak' }),
    history: createHistory({ dir, clock, log: silentLog }),
    async serve(bundle) {
      tls.use(bundle)
      served = bundle
    },
    look: async () => undefined,
    emit(event) {
      if (event.event !== 'failed') return
      errors += 1
      note(`failed: ${event.message}`)
    },
  })

  const server = createServer(tls.https, (socket) => socket.end())
  // A handshake that fails is seen, and counted, on the client's side.
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const serials = new Set<string>()
  const servername = names[0]?.replace('*', '127-0-0-1') ?? ''
  let expiredMs = 0
  let connections = 0

  try {
    keeper.start()
    const giveUpAt = performance.now() + (wanted + 5) * LIFE_MS
    let before: number | undefined
    while (serials.size < wanted + 1) {
      if (performance.now() > giveUpAt) {
        errors += 1
        note(`gave up after ${serials.size} certificates`)
        break
      }
      const seen = await lookAt(port, servername, rootPem)
      const now = performance.now()
      connections += 1
      if (seen.good) {
        if (!serials.has(seen.serial)) note(`certificate ${serials.size + 1} of ${wanted + 1} is on the wire`)
        serials.add(seen.serial)
      } else if (before !== undefined) {
        expiredMs += now - before
        errors += 1
        note(`at certificate ${serials.size}: ${seen.why}`)
      }
      if (seen.good || before !== undefined) before = now
      await wait(CONNECT_EVERY_MS)
    }
    const { certificates } = ca.stats()
    note(`${connections} connections, ${serials.size} certificates seen, ${certificates} signed`)
    note(`${[...zone.records.values()].flat().length} TXT values left, at most ${zone.most()} at once`)
    return { renewals: serials.size - 1, expiredMs: Math.round(expiredMs), errors }
  } finally {
    await keeper.stop()
    session.close()
    await new Promise((resolve) => server.close(resolve))
    await ca.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

type Seen = { readonly good: true; readonly serial: string } | { readonly good: false; readonly why: string }

/** One connection: OpenSSL judges chain, name and dates by the system's clock. */
function lookAt(port: number, servername: string, ca: string): Promise<Seen> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername, ca, timeout: 2000 }, () => {
      const certificate = socket.getPeerX509Certificate()
      const inTime = certificate !== undefined && Date.parse(certificate.validTo) > Date.now()
      resolve(inTime ? { good: true, serial: certificate.serialNumber } : { good: false, why: 'it has expired' })
      socket.destroy()
    })
    socket.once('error', (error) => resolve({ good: false, why: error.message }))
    socket.once('timeout', () => socket.destroy(new Error('no handshake within 2 s')))
  })
}

const { values } = parseArgs({ options: { json: { type: 'boolean' }, renewals: { type: 'string', default: '50' } } })
const wanted = Number(values.renewals)
if (!Number.isSafeInteger(wanted) || wanted < 1) {
  process.stderr.write('usage: npm run soak [-- [--json] [--renewals N]], N from 1\n')
  process.exitCode = 2
} else {
  const result = await soak(wanted, (text) => process.stderr.write(`${text}\n`))
  const { renewals, expiredMs, errors } = result
  const sentence = `${renewals} renewals, ${expiredMs} ms with an expired certificate or none, ${errors} errors`
  console.log(values.json ? JSON.stringify(result) : sentence)
  process.exitCode = renewals >= wanted && expiredMs === 0 && errors === 0 ? 0 : 1
}
