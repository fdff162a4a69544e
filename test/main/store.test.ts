// The stored certificate: what is used again, what is moved aside and why, and when a new one is wanted.
import assert from 'node:assert/strict'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, before, describe, test } from 'node:test'
import { serialiseBundle } from '../../core/x509/index.ts'
import { createCertificateStore, isFresh } from '../../main/certificates/store.ts'
import { DAY_MS, makeBundle, manualClock, namesOf, newIdentity, NOW, temporaryDir, testAuthority } from './support.ts'
import type { Authority } from '../../servers/ca/authority.ts'

let authority: Authority

before(async () => {
  authority = await testAuthority()
})

async function scene(t: TestContext, trustAnchorPem?: string) {
  const dir = await temporaryDir(t)
  const { peerId: peer } = await newIdentity()
  const clock = manualClock()
  const store = createCertificateStore({ dir, peer, clock, trustAnchorPem })
  const bundle = await makeBundle({ authority, names: namesOf(peer) })
  return { dir, peer, clock, store, bundle, path: join(dir, 'certificate.json') }
}

async function reasonOf(store: Awaited<ReturnType<typeof scene>>['store']) {
  const stored = await store.load()
  assert.equal(stored.kind, 'unusable')
  return stored.kind === 'unusable' ? stored : assert.fail()
}

describe('the certificate store', () => {
  test('is empty at first', async (t) => {
    const { store } = await scene(t)
    assert.deepEqual(await store.load(), { kind: 'none' })
  })

  test('gives back what was saved, in a file for the owner alone', async (t) => {
    const { store, bundle, path } = await scene(t, authority.rootPem)
    await store.save(bundle)
    assert.deepEqual(await store.load(), { kind: 'good', bundle })
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  })

  test('keeps the bundle before the last one, and no other files', async (t) => {
    const { store, bundle, peer, dir } = await scene(t)
    await store.save(bundle)
    await store.save(await makeBundle({ authority, names: namesOf(peer) }))
    assert.deepEqual((await readdir(dir)).sort(), ['certificate.json', 'certificate.previous.json'])
    assert.equal(await readFile(join(dir, 'certificate.previous.json'), 'utf8'), serialiseBundle(bundle))
  })

  test('moves a torn file aside', async (t) => {
    const { store, bundle, path, dir } = await scene(t)
    const torn = serialiseBundle(bundle).slice(0, 500)
    await writeFile(path, torn)
    const { asidePath } = await reasonOf(store)
    assert.equal(asidePath, join(dir, 'certificate.unusable.json'))
    assert.equal(await readFile(asidePath, 'utf8'), torn)
    assert.deepEqual(await store.load(), { kind: 'none' })
  })

  test('does not use the key of another certificate', async (t) => {
    const { store, bundle, peer, path } = await scene(t)
    const other = await makeBundle({ authority, names: namesOf(peer) })
    await writeFile(path, serialiseBundle({ ...bundle, keyPem: other.keyPem }))
    assert.match((await reasonOf(store)).reason, /key/)
  })

  test('does not use the certificate of another peer', async (t) => {
    const { store, path } = await scene(t)
    const stranger = await newIdentity()
    await writeFile(path, serialiseBundle(await makeBundle({ authority, names: namesOf(stranger.peerId) })))
    assert.match((await reasonOf(store)).reason, /is no name of this peer/)
  })

  test('does not use the IP name of an address that was not proved', async (t) => {
    const { store, path } = await scene(t)
    const names = ['ip4203-0-113-7.ip.nt.example.net']
    await writeFile(path, serialiseBundle(await makeBundle({ authority, names, addresses: ['203.0.113.8'] })))
    assert.match((await reasonOf(store)).reason, /is no name of this peer/)
    await writeFile(path, serialiseBundle(await makeBundle({ authority, names, addresses: ['203.0.113.7'] })))
    assert.equal((await store.load()).kind, 'good')
  })

  test('does not use one that has expired', async (t) => {
    const { store, bundle, clock } = await scene(t)
    await store.save(bundle)
    clock.set(NOW + 91 * DAY_MS)
    const { reason, asidePath } = await reasonOf(store)
    assert.match(reason, /expired/)
    assert.ok(asidePath)
  })

  test('does not use one from the future, but leaves it in place for when the clock is right again', async (t) => {
    const { store, bundle, clock } = await scene(t)
    await store.save(bundle)
    clock.set(NOW - 30 * DAY_MS)
    assert.equal((await reasonOf(store)).asidePath, undefined)
    clock.set(NOW)
    assert.equal((await store.load()).kind, 'good')
  })

  test('does not use one of another root than the configured', async (t) => {
    const { store, bundle } = await scene(t, (await testAuthority()).rootPem)
    await store.save(bundle)
    assert.match((await reasonOf(store)).reason, /trusted root/)
  })

  test('says when its file cannot be read, and leaves it', async (t) => {
    const { path, store } = await scene(t)
    const { mkdir } = await import('node:fs/promises')
    await mkdir(path)
    await assert.rejects(store.load(), { name: 'FileError' })
  })
})

describe('a certificate is fresh', () => {
  const cases: readonly (readonly [title: string, days: number, at: number, fresh: boolean])[] = [
    ['for the first two thirds of 90 days', 90, 59, true],
    ['and not after', 90, 61, false],
    ['for the first half of 6 days', 6, 2.9, true],
    ['and not after that half', 6, 3.1, false],
  ]
  for (const [title, days, at, fresh] of cases) {
    test(title, async () => {
      const { peerId } = await newIdentity()
      const bundle = await makeBundle({ authority, names: namesOf(peerId), days })
      assert.equal(isFresh(bundle, NOW + at * DAY_MS), fresh)
    })
  }

  test('until the window that the CA named', async () => {
    const { peerId } = await newIdentity()
    const bundle = await makeBundle({ authority, names: namesOf(peerId) })
    const withWindow = (day: number) => ({
      ...{ ...bundle, renewalWindow: { start: NOW + day * DAY_MS, end: NOW + (day + 1) * DAY_MS } },
    })
    assert.equal(isFresh(withWindow(10), NOW + 9 * DAY_MS), true)
    assert.equal(isFresh(withWindow(10), NOW + 11 * DAY_MS), false)
    assert.equal(isFresh(withWindow(200), NOW + 84 * DAY_MS), true)
    assert.equal(isFresh(withWindow(200), NOW + 88 * DAY_MS), false)
  })
})
