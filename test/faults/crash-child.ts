// A client that is made to be killed: it obtains one certificate as a node does, key and order kept in files, and stands still for
// ever at the point it is told, so that the kill falls exactly there. Run by crash.ts, which answers its DNS and counts at the CA.
import { readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createAcmeSession, type Dns01, fileAccountStore, issueCertificate } from '../../core/acme/index.ts'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { createBundle, createCsr, parseBundle, serialiseBundle } from '../../core/x509/index.ts'

const [dir = '', directoryUrl = '', standStillAt = ''] = process.argv.slice(2)
const NAMES = ['*.crash.example.net']
const rootPem = readFileSync(join(dir, 'root.pem'), 'utf8')
const [keyPath, orderPath, bundlePath] = [join(dir, 'key.pem'), join(dir, 'order.txt'), join(dir, 'bundle.json')]

/** Says where it is, and stays there where it was told to. Synchronous: nothing else happens in between. */
function reach(point: string): void {
  if (point !== standStillAt) return
  writeSync(1, `${point}\n`)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

/** The zone is the parent's; it answers each change. */
function change(kind: 'set' | 'remove', name: string, value: string): Promise<void> {
  return new Promise((resolve) => {
    process.once('message', () => resolve())
    process.send?.({ kind, name, value })
  })
}

const dns01: Dns01 = {
  set: (name, value) => change('set', name, value),
  remove: (name, value) => change('remove', name, value),
}

const accounts = fileAccountStore(join(dir, 'account.json'))
const text = async (path: string) => (await readFileIfThere(path))?.toString('utf8')

async function obtain(): Promise<void> {
  const session = await createAcmeSession({
    directory: directoryUrl,
    trustAnchorPem: rootPem,
    version: '0.0.0-test',
    termsOfServiceAgreed: true,
    store: {
      load: () => accounts.load(),
      async save(state) {
        const what = state.url === undefined ? 'account key' : 'account address'
        reach(`before: ${what} kept`)
        await accounts.save(state)
        reach(`after: ${what} kept`)
      },
    },
  })
  const kept = await text(keyPath)
  const { csr, privateKeyPem } = await createCsr({
    names: NAMES,
    ...(kept === undefined ? {} : { privateKeyPem: kept }),
  })
  if (kept === undefined) await writeFileAtomic(keyPath, privateKeyPem)
  const orderUrl = await text(orderPath)
  const { chainPem } = await issueCertificate({
    session,
    names: NAMES,
    csr,
    dns01,
    trustAnchorPem: rootPem,
    poll: { firstMs: 15, maxMs: 100, deadlineMs: 10_000 },
    ...(orderUrl ? { resume: { orderUrl } } : {}),
    orderStore: {
      async save(url) {
        reach('before: order kept')
        await writeFileAtomic(orderPath, url)
        reach('after: order kept')
      },
      // The order is forgotten only once the bundle is there.
      clear: async () => undefined,
    },
    onStep: ({ step }) => reach(`after: ${step}`),
  })
  const bundle = createBundle({
    keyPem: privateKeyPem,
    chainPem,
    addresses: [],
    obtainedAt: Date.now(),
    source: directoryUrl,
  })
  reach('before: bundle written')
  await writeFileAtomic(bundlePath, serialiseBundle(bundle))
  reach('after: bundle written')
  session.close()
}

const stored = await text(bundlePath)
if (stored === undefined) await obtain()
else parseBundle(stored)
process.disconnect?.()
