// The key of a name and its certificate through the months: where the key comes from and lies, and that nobody who believes what they were
// told is ever shown a key that they do not expect.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { generateKeyPair, privateKeyFromRaw } from '@libp2p/crypto/keys'
import { silentLog } from '../../core/log.ts'
import { makeNamingKey, nsecOf, NamingKeyError } from '../../core/nostr/keys.ts'
import { openNewestMemory } from '../../core/nostr/newest.ts'
import { openBrowserAuthority } from '../../main/naming/browser-trust/authority.ts'
import { openNameCertificate, RENEW_BEFORE_MS, TOLD_FOR_MS } from '../../main/naming/certificate.ts'
import { openKeptName } from '../../main/naming/kept.ts'
import { dropImportedKey, importNamingKey, IMPORTED_KEY_FILE, openNamingKey } from '../../main/naming/key.ts'
import { manualClock } from '../support/manual-clock.ts'
import { folder, machine, relaysOf } from './support.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const NSEC = 'nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5'

describe('the key of a name', () => {
  test('follows from the peer’s key, so that every backup of that one holds it, the oldest too', async (t) => {
    const raw = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')
    const pair = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex')
    const key = privateKeyFromRaw(Buffer.concat([raw, pair]))
    const { key: made, imported } = await openNamingKey({ dir: await folder(t), key })
    assert.equal(
      made.npub,
      'npub1z8vyhxscfvxt8ds4f9wyku6n5t94u2sptt4lx48evj4xx5u6ulzsjtnyqz',
      'a name that changes with a version of the program is lost',
    )
    assert.equal(imported, false)
    const other = await openNamingKey({ dir: await folder(t), key: await generateKeyPair('Ed25519') })
    assert.notEqual(other.key.npub, made.npub)
  })

  test('of a person lies sealed, for its owner alone, and opens again', async (t) => {
    const dir = await folder(t)
    const key = await generateKeyPair('Ed25519')
    const imported = await importNamingKey({ dir, key }, ` ${NSEC}\n`)
    const path = join(dir, IMPORTED_KEY_FILE)
    const file = await readFile(path)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    for (const form of [NSEC, Buffer.from(imported.key.secret).toString('hex')]) assert.ok(!file.includes(form))
    assert.ok(!file.includes(Buffer.from(imported.key.secret).toString('base64').slice(0, 40)))
    assert.equal((await openNamingKey({ dir, key })).key.npub, imported.key.npub)
    await dropImportedKey(dir)
    assert.equal((await openNamingKey({ dir, key })).imported, false)
  })

  test('of a person that cannot be opened is an error, never another name', async (t) => {
    const dir = await folder(t)
    await importNamingKey({ dir, key: await generateKeyPair('Ed25519') }, NSEC)
    const key = await generateKeyPair('Ed25519')
    await assert.rejects(openNamingKey({ dir, key }), NamingKeyError)
    for (const content of ['', 'null', '{}', '{"version":1,"nonce":"","sealed":""}', 'x'.repeat(5_000)]) {
      await writeFile(join(dir, IMPORTED_KEY_FILE), content)
      await assert.rejects(openNamingKey({ dir, key }), NamingKeyError, content.slice(0, 40))
    }
  })

  test('is refused in every other form, and no refusal repeats it', async (t) => {
    const dir = await folder(t)
    const key = await generateKeyPair('Ed25519')
    const one = makeNamingKey()
    const nsec = nsecOf(one)
    const last = nsec.endsWith('q') ? 'p' : 'q'
    const hex = Buffer.from(one.secret).toString('hex')
    for (const text of ['', nsec.slice(0, -1), `${nsec.slice(0, -1)}${last}`, hex, one.npub, `${nsec}${nsec}`]) {
      await assert.rejects(importNamingKey({ dir, key }, text), (error: unknown) => {
        assert.ok(error instanceof NamingKeyError)
        assert.ok(text === '' || !error.message.includes(text.slice(5, 30)), error.message)
        return true
      })
    }
    assert.equal((await openNamingKey({ dir, key })).imported, false)
  })
})

describe('the certificate of a name', () => {
  const { npub } = makeNamingKey()
  const open = async (dir: string, clock = manualClock()) => ({
    clock,
    certificate: await openNameCertificate({ dir, npub, clock, log: silentLog }),
  })

  test('is renewed for months, and whoever has looked within a day knows the key that is served', async (t) => {
    const { clock, certificate } = await open(await folder(t))
    let told = { at: clock.now(), pins: certificate.pins() }
    const served = new Set<string>()
    const known = new Map<string, number>(told.pins.map((pin) => [pin, 0]))
    for (let hour = 0; hour < 200 * 24; hour += 3) {
      clock.set(clock.now() + 3 * HOUR_MS)
      if (await certificate.tend(told.at)) told = { at: clock.now(), pins: certificate.pins() }
      for (const pin of told.pins) if (!known.has(pin)) known.set(pin, clock.now())
      const { sha256, notAfter, notBefore } = certificate.current()
      served.add(sha256)
      assert.ok(clock.now() - (known.get(sha256) ?? Infinity) >= TOLD_FOR_MS || known.get(sha256) === 0)
      assert.ok(notBefore <= clock.now() && notAfter - clock.now() > 7 * DAY_MS)
      assert.equal(told.pins[0], sha256)
    }
    assert.ok(served.size >= 9 && served.size <= 12, `${served.size} keys in 200 days`)
  })

  test('waits for relays until its last day, and changes then all the same', async (t) => {
    const { clock, certificate } = await open(await folder(t))
    const { sha256, notAfter } = certificate.current()
    clock.set(notAfter - RENEW_BEFORE_MS)
    assert.ok(await certificate.tend(undefined))
    assert.equal(certificate.pins().length, 2)
    clock.set(notAfter - DAY_MS - HOUR_MS)
    assert.equal(await certificate.tend(undefined), false)
    assert.equal(certificate.current().sha256, sha256)
    clock.set(notAfter - DAY_MS)
    assert.ok(await certificate.tend(undefined))
    assert.notEqual(certificate.current().sha256, sha256)
    assert.equal(certificate.pins().length, 1)
  })

  test('of a clock that was ahead by a year gives way to one that counts now', async (t) => {
    const dir = await folder(t)
    const { clock } = await open(dir, manualClock(Date.parse('2027-11-20T12:00:00Z')))
    clock.set(clock.now() - 365 * DAY_MS)
    const { certificate } = await open(dir, clock)
    assert.ok(await certificate.tend(undefined))
    const told = clock.now()
    clock.set(told + TOLD_FOR_MS)
    assert.ok(await certificate.tend(told))
    assert.ok(new X509Certificate(certificate.current().certPem).validFromDate.getTime() <= clock.now())
  })

  test('of an owner who was away for long is a new one; one of another name is never served', async (t) => {
    const dir = await folder(t)
    const { clock, certificate } = await open(dir)
    const { sha256 } = certificate.current()
    const other = await openNameCertificate({ dir, npub: makeNamingKey().npub, clock, log: silentLog })
    assert.notEqual(other.current().sha256, sha256)
    assert.equal(other.contextFor(`${npub}.nostr`), undefined)
    clock.set(clock.now() + 90 * DAY_MS)
    const later = await open(dir, clock)
    assert.ok(later.certificate.current().notAfter > clock.now())
    for (const name of [`${npub}.nostr`, `www.${npub}.nostr.`, `${npub}.NOSTR.alt`, `${npub}.local`])
      assert.ok(later.certificate.contextFor(name), name)
    for (const name of [`a.b.${npub}.nostr`, `www.${npub}.local`, 'example.com'])
      assert.equal(later.certificate.contextFor(name), undefined, name)
  })

  test('survives kill -9 at any moment of a change: the key that is served was told before', async (t) => {
    const dir = await folder(t)
    let now = Date.parse('2026-11-20T12:00:00Z')
    for (const lines of [2, 3, 6]) {
      const child = spawn(process.execPath, [
        ...process.execArgv.filter((word) => !word.startsWith('--test')),
        ...[join(import.meta.dirname, 'renewing-child.ts'), dir, npub, String(now)],
      ])
      t.after(() => child.kill('SIGKILL'))
      let pins: readonly string[] = []
      let count = 0
      for await (const line of createInterface(child.stdout)) {
        ;({ now, pins } = JSON.parse(line) as { now: number; pins: readonly string[] })
        if (++count >= lines) child.kill('SIGKILL')
      }
      assert.ok(count >= lines, 'the process was killed while it worked')
      const { certificate } = await open(dir, manualClock(now))
      assert.ok(pins.includes(certificate.current().sha256))
      assert.ok(certificate.pins().length <= 2)
    }
  })
})

describe('what is kept of names', () => {
  test('may be rubbish or a folder, and the name goes on', async (t) => {
    for (const content of ['', 'null', '{}', '{"version":1,"last":7}', '['.repeat(50_000), undefined]) {
      const dir = await folder(t)
      for (const name of [
        'name.json',
        'names-seen.json',
        'names-known.json',
        'name-certificate.json',
        'name-authority.json',
      ])
        if (content !== undefined) await writeFile(join(dir, name), content)
      for (const name of ['name.json', 'names-seen.json']) if (content === undefined) await mkdir(join(dir, name))
      assert.equal((await openKeptName(dir, silentLog)).get().publish, false)
      assert.equal((await openNewestMemory({ dir, log: silentLog })).seen('11111:'), undefined)
      const clock = manualClock()
      const certificate = await openNameCertificate({ dir, npub: makeNamingKey().npub, clock, log: silentLog })
      assert.equal(certificate.pins().length, 1)
      assert.match((await openBrowserAuthority({ dir, clock, log: silentLog })).certPem, /BEGIN CERTIFICATE/)
    }
  })
})

describe('a name that is published', () => {
  test('by two machines with one key is told, not fought, until a person says which', async (t) => {
    const urls = (await relaysOf(t)).map(({ url }) => url)
    const one = await machine(t, { urls })
    const two = await machine(t, { urls, key: one.identity.key, way: { ips: ['127.0.0.2'], port: 444 } })
    await one.publisher.publishNow()
    const told = new Promise<number>((resolve) => {
      const three = machine(t, {
        ...{ urls, key: one.identity.key },
        publisher: { onChange: () => void three.then(({ publisher }) => seen(publisher.state().otherMachineAt)) },
      })
      const seen = (at: number | undefined) => void (at !== undefined && resolve(at))
      void three.then(({ publisher }) => publisher.start())
    })
    assert.ok((await told) > 0)
    const { otherMachineAt, published } = await two.publisher.publishNow()
    assert.deepEqual([otherMachineAt, published?.pins], [undefined, [...two.certificate.pins()]])
  })

  test('says no home address unless that was asked for, and says why nothing is out', async (t) => {
    const urls = (await relaysOf(t, 1)).map(({ url }) => url)
    const home = await machine(t, { urls, publisher: { allowPrivate: false } })
    for (const ip of [
      '192.168.1.2',
      '10.0.0.1',
      '100.64.0.1',
      'fd00::1',
      'fe80::1',
      '::ffff:192.168.1.2',
      '127.0.0.1',
    ]) {
      home.setWay({ ips: [ip], port: 443 })
      assert.equal((await home.publisher.publishNow()).trouble, 'no-address', ip)
    }
    home.setWay({ ips: ['8.8.8.8'], port: undefined })
    assert.equal((await home.publisher.publishNow()).trouble, 'no-address')
  })

  test('is not told where no relay is there, and its pins do not count as told', async (t) => {
    const home = await machine(t, { urls: ['ws://127.0.0.1:1'] })
    const { trouble, published } = await home.publisher.publishNow()
    assert.deepEqual([trouble, published], ['no-relay', undefined])
    assert.equal(home.kept.get().last?.toldAt, undefined)
  })
})
