// The stored certificate: what is used again, what is moved aside and why, and when a new one is wanted.
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, before, describe, test } from 'node:test'
import { serialiseBundle } from '../../core/x509/index.ts'
import { createCertificateStore } from '../../main/certificates/store.ts'
import { DAY_MS, makeBundle, manualClock, namesOf, newIdentity, NOW, temporaryDir, testAuthority } from './support.ts'
import type { Authority } from '../../servers/ca/authority.ts'

let authority: Authority

before(async () => {
  authority = await testAuthority()
})

async function scene(t: TestContext, trustAnchorPem: string | undefined = authority.rootPem) {
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

  for (const [title, spoil] of [
    ['is torn', (text: string) => text.slice(0, 500)],
    ['is empty', () => ''],
    ['has another version', (text: string) => text.replace('"version": 1', '"version": 7')],
    ['has other dates than its certificate', (text: string) => text.replace(/"notAfter": "20/, '"notAfter": "21')],
  ] as const) {
    test(`uses the one before where the newest ${title}, and says why`, async (t) => {
      const { store, bundle, peer, path } = await scene(t)
      await store.save(bundle)
      await store.save(await makeBundle({ authority, names: namesOf(peer) }))
      await writeFile(path, spoil(await readFile(path, 'utf8')))
      const stored = await store.load()
      assert.equal(stored.kind === 'good' && stored.bundle.chainPem, bundle.chainPem)
      assert.ok(stored.kind === 'good' && stored.fellBack?.reason && stored.fellBack.asidePath)
    })
  }

  test('uses the one before where a crash left no newest', async (t) => {
    const { store, bundle, peer, path } = await scene(t)
    await store.save(bundle)
    await store.save(await makeBundle({ authority, names: namesOf(peer) }))
    await rm(path)
    const stored = await store.load()
    assert.equal(stored.kind === 'good' && stored.bundle.chainPem, bundle.chainPem)
  })

  test('keeps the one before when the same certificate is saved with another renewal date', async (t) => {
    const { store, bundle, peer, dir } = await scene(t)
    await store.save(bundle)
    const next = await makeBundle({ authority, names: namesOf(peer) })
    await store.save(next)
    await store.save({ ...next, renewAt: NOW + DAY_MS, askRenewalAt: NOW + 1 })
    assert.equal(await readFile(join(dir, 'certificate.previous.json'), 'utf8'), serialiseBundle(bundle))
    const stored = await store.load()
    assert.deepEqual(stored.kind === 'good' && [stored.bundle.renewAt, stored.bundle.askRenewalAt], [
      NOW + DAY_MS,
      NOW + 1,
    ])
  })

  test('never puts a torn file in the place of the one before', async (t) => {
    const { store, bundle, peer, dir, path } = await scene(t)
    await store.save(bundle)
    await store.save(await makeBundle({ authority, names: namesOf(peer) }))
    await writeFile(path, 'torn')
    await store.save(await makeBundle({ authority, names: namesOf(peer) }))
    assert.equal(await readFile(join(dir, 'certificate.previous.json'), 'utf8'), serialiseBundle(bundle))
  })

  test('does not use a test CA without a trust anchor that says so', async (t) => {
    const { dir, peer, clock, bundle } = await scene(t)
    const store = createCertificateStore({ dir, peer, clock })
    await store.save(bundle)
    assert.match((await reasonOf(store)).reason, /issued by a test CA/)
  })

  test('keeps the old one where the new one cannot be written', async (t) => {
    const { store, bundle, peer, dir } = await scene(t)
    await store.save(bundle)
    await mkdir(join(dir, 'certificate.previous.json')) // in the way of the first of two writes
    const next = await makeBundle({ authority, names: namesOf(peer) })
    await assert.rejects(store.save(next), { name: 'FileError' })
    assert.deepEqual(await store.load(), { kind: 'good', bundle })
  })

  test('says when its file cannot be read, and leaves it', async (t) => {
    const { path, store } = await scene(t)
    await mkdir(path)
    await assert.rejects(store.load(), { name: 'FileError' })
  })
})
