// The stored certificate: what is used again, what is moved aside and why, and when a new one is wanted.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, before, describe, test } from 'node:test'
import { serialiseBundle } from '../../core/x509/index.ts'
import { createCertificateStore } from '../../main/certificates/store.ts'
import {
  DAY_MS,
  makeBundle,
  manualClock,
  namesOf,
  newIdentity,
  NOW,
  temporaryDir,
  testAuthority,
  ZONE,
} from './support.ts'
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
  const made = await makeBundle({ authority, names: namesOf(peer) })
  const network = { zone: ZONE, ...(trustAnchorPem === undefined ? {} : { trustAnchorPem }) }
  const bundle = { ...made, network }
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

describe('certificates of several networks', () => {
  const OTHER_ZONE = 'practice.test'
  /** A peer with a certificate in one network, and the stores that look at it from each. */
  async function twoNetworks(t: TestContext) {
    const dir = await temporaryDir(t)
    const { peerId: peer } = await newIdentity()
    const clock = manualClock()
    const other = await testAuthority()
    const here = createCertificateStore({ dir, peer, clock, trustAnchorPem: authority.rootPem, zones: [ZONE] })
    const there = createCertificateStore({ dir, peer, clock, trustAnchorPem: other.rootPem, zones: [OTHER_ZONE] })
    const left = createCertificateStore({ dir, peer, clock, zones: [] })
    return {
      ...{ dir, peer, clock, here, there, left },
      bundle: await makeBundle({ authority, names: namesOf(peer) }),
      practice: await makeBundle({ authority: other, names: namesOf(peer, OTHER_ZONE) }),
    }
  }
  const loaded = async (store: ReturnType<typeof createCertificateStore>) => {
    const stored = await store.load()
    return 'bundle' in stored ? [stored.kind, stored.bundle.chainPem] : [stored.kind]
  }

  test('one of another network is used until there is one of this, by the root of its own', async (t) => {
    const { here, there, practice, dir } = await twoNetworks(t)
    await there.save(practice)
    const stored = await here.load()
    assert.ok(stored.kind === 'other-network')
    assert.equal(stored.zone, OTHER_ZONE)
    assert.equal(stored.bundle.chainPem, practice.chainPem)
    assert.deepEqual(await readdir(dir), ['certificate.json'])
  })

  test('each network finds its own again, and nothing is ever called damaged', async (t) => {
    const { here, there, bundle, practice, dir } = await twoNetworks(t)
    await there.save(practice)
    await here.save(bundle)
    assert.deepEqual(await loaded(here), ['good', bundle.chainPem])
    assert.deepEqual(await loaded(there), ['good', practice.chainPem])
    assert.deepEqual(await loaded(here), ['good', bundle.chainPem])
    assert.deepEqual((await readdir(dir)).sort(), ['certificate.json', 'certificates'])
    const [kept = ''] = await readdir(join(dir, 'certificates'))
    assert.equal((await stat(join(dir, 'certificates', kept))).mode & 0o777, 0o600)
    assert.equal((await stat(join(dir, 'certificates'))).mode & 0o777, 0o700)
  })

  test('one that is public and good is not taken for one of this network', async (t) => {
    const { dir, peer, clock, bundle } = await twoNetworks(t)
    const trustAnchorPem = authority.rootPem
    const at = (zones: string[]) => createCertificateStore({ dir, peer, clock, trustAnchorPem, zones })
    await at([ZONE]).save(bundle)
    assert.equal((await at(['club.example']).load()).kind, 'other-network')
    assert.equal((await at(['club.example', ZONE]).load()).kind, 'good')
  })

  test('a second practice network has the zone of the first and another root', async (t) => {
    const { dir, peer, clock, practice, there } = await twoNetworks(t)
    const third = await testAuthority()
    const zones = [OTHER_ZONE]
    const again = createCertificateStore({ dir, peer, clock, trustAnchorPem: third.rootPem, zones })
    await there.save(practice)
    assert.deepEqual(await loaded(again), ['other-network', practice.chainPem])
  })

  test('of a network whose zone is not known yet is told by its root', async (t) => {
    const { dir, peer, clock, there, practice } = await twoNetworks(t)
    await there.save(practice)
    const unknown = createCertificateStore({ dir, peer, clock })
    assert.deepEqual(await loaded(unknown), ['other-network', practice.chainPem])
  })

  test('stays in use after its network was left', async (t) => {
    const { left, there, practice } = await twoNetworks(t)
    await there.save(practice)
    assert.deepEqual(await loaded(left), ['good', practice.chainPem])
  })

  test('one of another network that has expired, or was torn, is not used', async (t) => {
    const { here, there, practice, clock, dir } = await twoNetworks(t)
    await there.save(practice)
    clock.set(practice.notAfter + 1)
    assert.deepEqual(await loaded(here), ['none'])
    clock.set(NOW)
    await writeFile(join(dir, 'certificate.json'), '{"version":1,')
    assert.deepEqual(await loaded(here), ['unusable'])
  })

  test('one that was put aside and torn there keeps nobody from going on', async (t) => {
    const { here, there, bundle, practice, dir } = await twoNetworks(t)
    await there.save(practice)
    await here.save(bundle)
    const [kept = ''] = await readdir(join(dir, 'certificates'))
    await writeFile(join(dir, 'certificates', kept), 'garbage')
    assert.deepEqual(await loaded(there), ['other-network', bundle.chainPem])
  })

  test('the one before, left over from another network of the same root, is not taken for one of this', async (t) => {
    const { here, bundle, dir, peer, clock } = await twoNetworks(t)
    const { rootPem: trustAnchorPem } = authority
    const neighbour = createCertificateStore({ dir, peer, clock, trustAnchorPem, zones: [OTHER_ZONE] })
    await here.save(await makeBundle({ authority, names: namesOf(peer) }))
    await here.save(bundle)
    await neighbour.save(await makeBundle({ authority, names: namesOf(peer, OTHER_ZONE) }))
    await writeFile(join(dir, 'certificate.json'), 'torn')
    assert.deepEqual(await loaded(neighbour), ['unusable'])
  })

  test('those of sixteen networks are kept', async (t) => {
    const { dir, peer, clock } = await twoNetworks(t)
    for (let network = 0; network < 19; network++) {
      const one = await testAuthority()
      const zone = `n${network}.example`
      const names = namesOf(peer, zone)
      const store = createCertificateStore({ dir, peer, clock, trustAnchorPem: one.rootPem, zones: [zone] })
      await store.save(await makeBundle({ authority: one, names }))
    }
    assert.equal((await readdir(join(dir, 'certificates'))).length, 16)
  })

  test('A13 whatever else lies where they are kept keeps nobody from going on', async (t) => {
    const { here, there, bundle, practice, dir } = await twoNetworks(t)
    const kept = join(dir, 'certificates')
    const clutter = async () => {
      await mkdir(join(kept, '0-folder.json'), { recursive: true })
      await symlink('/nowhere/at-all', join(kept, '0-dangling.json'))
      await symlink('/dev/zero', join(kept, '0-endless.json'))
      execFileSync('mkfifo', [join(kept, '0-pipe.json')])
      await writeFile(join(kept, '0-large.json'), Buffer.alloc(300_000))
    }
    await clutter()
    await there.save(practice)
    await here.save(bundle)
    assert.deepEqual(await loaded(here), ['good', bundle.chainPem])
    assert.deepEqual(await loaded(there), ['good', practice.chainPem])
    assert.deepEqual(await loaded(here), ['good', bundle.chainPem])
    assert.equal((await readdir(kept)).filter((name) => name.startsWith('0-')).length, 5, 'it is left alone')
  })

  test('where the folder cannot be used the new one is stored all the same, and the other one stays as the one before', async (t) => {
    const { here, there, bundle, practice, dir } = await twoNetworks(t)
    await there.save(practice)
    await writeFile(join(dir, 'certificates'), 'a file stands where the folder should be')
    assert.deepEqual(await loaded(here), ['other-network', practice.chainPem])
    await here.save(bundle)
    assert.deepEqual(await loaded(here), ['good', bundle.chainPem])
    assert.match(await readFile(join(dir, 'certificate.previous.json'), 'utf8'), /practice\.test/)
  })

  test('one whose way back was cut off between two steps is found again', async (t) => {
    const { here, there, left, bundle, practice, dir } = await twoNetworks(t)
    await there.save(practice)
    await here.save(bundle)
    await rm(join(dir, 'certificate.json'))
    assert.deepEqual(await loaded(left), ['none'], 'without a network none is wanted')
    assert.deepEqual(await loaded(there), ['good', practice.chainPem])
    assert.deepEqual(await loaded(there), ['good', practice.chainPem])
  })
})
