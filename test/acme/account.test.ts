// What is kept of an account, and in which order: the key before it is used, the address as soon as it is known.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  AcmeAccountError,
  AcmeLibraryError,
  AcmeProblem,
  type AccountState,
  DirectoryError,
  DIRECTORIES,
  directoryUrl,
  fileAccountStore,
  isProduction,
  memoryAccountStore,
} from '../../core/acme/index.ts'
import { loadSigner } from '../../core/acme/signing.ts'
import { CsrError } from '../../core/x509/index.ts'
import { type Judge, obtain, openSession, startOwnCa } from '../support/issuance.ts'
import acme from 'acme-client'

describe('an account', () => {
  let judge: Judge
  let folder: string

  before(async () => {
    judge = await startOwnCa()
    folder = await mkdtemp(join(tmpdir(), 'nodetrust-account-'))
  })
  after(async () => {
    await judge.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('is stored with its key first and its address next', async () => {
    const saved: AccountState[] = []
    const store = {
      load: () => Promise.resolve(undefined),
      save: async (state: AccountState) => void saved.push(state),
    }
    const session = await openSession(judge, { store })
    const { url, keyPem } = await session.account()
    session.close()
    assert.deepEqual(saved, [
      { directoryUrl: judge.directoryUrl, keyPem },
      { directoryUrl: judge.directoryUrl, keyPem, url },
    ])
  })

  test('is registered once for all who ask at once, and one who gives up does not disturb the others', async () => {
    const session = await openSession(judge)
    const stop = new AbortController()
    const impatient = session.account(stop.signal)
    const others = [session.account(), session.account()]
    stop.abort(new Error('user quit'))
    await assert.rejects(impatient, { message: 'user quit' })
    const [one, two] = await Promise.all(others)
    session.close()
    assert.equal(one, two)
  })

  test('is kept in a file that only its owner reads', async () => {
    const path = join(folder, 'account.json')
    const session = await openSession(judge, { store: fileAccountStore(path) })
    const { url } = await session.account()
    session.close()
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.equal((await fileAccountStore(path).load())?.url, url)
  })

  test('in a file that cannot be read is not thrown away', async () => {
    const path = join(folder, 'torn.json')
    await writeFile(path, '{"keyPem":')
    const session = await openSession(judge, { store: fileAccountStore(path) })
    await assert.rejects(session.account(), AcmeAccountError)
    session.close()
    assert.equal(await readFile(path, 'utf8'), '{"keyPem":')
  })

  test('of another CA is not used', async () => {
    const first = await openSession(judge)
    const { keyPem, url } = await first.account()
    first.close()
    const store = memoryAccountStore({ directoryUrl: DIRECTORIES.letsencrypt, keyPem, url })
    const session = await openSession(judge, { store })
    await assert.rejects(session.account(), AcmeAccountError)
    session.close()
  })

  test('is not made without agreement to the terms', async () => {
    const session = await openSession(judge, { termsOfServiceAgreed: false })
    await assert.rejects(
      session.account(),
      (error) => error instanceof AcmeProblem && error.type === 'userActionRequired',
    )
    session.close()
  })

  test('lends its key to no certificate', async () => {
    const session = await openSession(judge)
    const { keyPem } = await session.account()
    await assert.rejects(obtain(judge, session, ['a.example.net'], { privateKeyPem: keyPem }), (error) => {
      return error instanceof CsrError && error.code === 'key-reused'
    })
    session.close()
  })

  test('of a closed session ends every request', async () => {
    const session = await openSession(judge)
    const asked = session.account()
    session.close()
    await assert.rejects(asked, { name: 'AcmeTransportError', code: 'CLOSED' })
  })
})

describe('the name of a CA', () => {
  test("is Let's Encrypt where left out", () => {
    assert.equal(directoryUrl(), 'https://acme-v02.api.letsencrypt.org/directory')
    assert.equal(isProduction(directoryUrl()), true)
  })

  test("may be that of Let's Encrypt's test CA, or an address", () => {
    assert.equal(directoryUrl('staging'), acme.directory.letsencrypt.staging)
    assert.equal(isProduction(directoryUrl('staging')), false)
    assert.equal(directoryUrl('https://ca.example/dir'), 'https://ca.example/dir')
  })

  for (const name of ['', 'zerossl', 'http://ca.example/dir', 'ftp://ca.example']) {
    test(`is not "${name}"`, () => {
      assert.throws(() => directoryUrl(name), DirectoryError)
    })
  }
})

describe('the ACME library', () => {
  test('sends what it signs through our hook', async () => {
    await loadSigner()
  })

  test('is refused when it does not use the hook any more', async (t) => {
    const client = new acme.Client({
      directoryUrl: 'https://a.invalid/',
      accountKey: await acme.crypto.createPrivateEcdsaKey(),
    })
    const { http } = client as unknown as { http: { constructor: { prototype: { signedRequest: () => unknown } } } }
    t.mock.method(http.constructor.prototype, 'signedRequest', () => ({ status: 200, headers: {}, data: 'other way' }))
    await assert.rejects(loadSigner(), AcmeLibraryError)
  })
})
