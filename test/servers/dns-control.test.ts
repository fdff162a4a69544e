// The DNS role's dns-01 protocol: admins only, only challenge names of the zone, only values of the right form, not many.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import * as v from 'valibot'
import { createResolver } from '../../core/dns/index.ts'
import { FileError } from '../../core/files.ts'
import { silentLog } from '../../core/log.ts'
import { autotlsName, challengeName, id0Name } from '../../proto/names.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { splitHostPort } from '../../core/net/host-port.ts'
import { ServersConfig } from '../../servers/config.ts'
import { dnsRole } from '../../servers/dns/role.ts'
import { openSqliteChallenges } from '../../servers/store/sqlite-challenges.ts'
import { queryOnce } from '../broker/queries.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { createClient, isProblem, tellDns } from '../support/network.ts'
import type { Role } from '../../servers/role.ts'

const { Action } = nodetrust.Dns01Request
const ZONE = 'nt.example.net'
const VALUE = 'a'.repeat(43)
const HOUR_MS = 3_600_000

type Client = Awaited<ReturnType<typeof createClient>>

describe('the dns-01 protocol', () => {
  let dir: string
  let admin: Client
  let role: Role
  let clock: ManualClock
  let control: string
  let query: { readonly host: string; readonly port: number }
  let resolve: (name: string) => Promise<string[]>
  let name: string

  before(async () => {
    admin = await createClient()
    name = challengeName(id0Name(admin.host.peerId, ZONE))
  })

  after(() => admin.stop())

  const start = async (changes: Readonly<Record<string, unknown>> = {}, zone = ZONE) => {
    const { dns: section } = v.parse(ServersConfig, {
      zone,
      dir,
      dns: {
        listen: '127.0.0.1:0',
        control: ['/ip4/127.0.0.1/tcp/0'],
        admins: [admin.host.peerId.toString()],
        nameServers: [{ name: `ns1.${zone}`, addresses: ['127.0.0.1'] }],
        ...changes,
      },
    })
    assert.ok(section)
    role = dnsRole({ zone, dir, section, clock, log: silentLog })
    const facts = await role.start()
    control = v.parse(v.array(v.string()), facts['addresses'])[0] ?? ''
    query = splitHostPort(v.parse(v.string(), facts['dns']))
    const resolver = createResolver({ servers: [query] })
    resolve = async (asked) => (await resolver.resolveTxt(asked)).filter((text) => text !== 'not set yet')
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-dns-'))
    clock = manualClock(Date.now())
    await start()
  })

  afterEach(async () => {
    await role.stop()
    await rm(dir, { recursive: true, force: true })
  })

  const set = (value = VALUE, at = name) => tellDns(admin.host, control, { action: Action.SET, name: at, value })
  const remove = (value = VALUE, at = name) => tellDns(admin.host, control, { action: Action.REMOVE, name: at, value })

  it('sets and removes values one by one', async () => {
    const other = 'b'.repeat(43)
    await set()
    await set(other)
    assert.deepEqual(await resolve(name), [other, VALUE])
    await remove()
    assert.deepEqual(await resolve(name), [other])
    await remove(other)
    assert.deepEqual(await resolve(name), [])
  })

  it('refuses a peer that is no admin', async () => {
    const stranger = await createClient()
    try {
      const request = { action: Action.SET, name, value: VALUE }
      await assert.rejects(
        tellDns(stranger.host, control, request),
        isProblem('NOT_AUTHORIZED', /no admin.*dns\.admins/),
      )
      assert.deepEqual(await resolve(name), [])
    } finally {
      await stranger.stop()
    }
  })

  it('refuses names outside the zone and names that are no challenge', async () => {
    for (const bad of [
      '_acme-challenge.example.org',
      name.replace('_acme-challenge.', ''),
      `_acme-challenge.www.${ZONE}`,
      '',
      '.',
    ]) {
      await assert.rejects(set(VALUE, bad), isProblem('NAME_REFUSED', /./), bad)
    }
  })

  it('refuses values that are no SHA-256 in base64url', async () => {
    for (const bad of [
      '',
      'a'.repeat(42),
      'a'.repeat(44),
      `${'a'.repeat(42)}=`,
      `${'a'.repeat(42)} `,
      `${'a'.repeat(42)}\n`,
    ]) {
      await assert.rejects(set(bad), isProblem('INVALID_REQUEST', /./), JSON.stringify(bad))
    }
  })

  it('refuses a ninth value at one name, and takes it when one is gone', async () => {
    const values = Array.from({ length: 9 }, (_, index) => String(index).repeat(43))
    for (const value of values.slice(0, 8)) await set(value)
    await assert.rejects(set(values[8]), isProblem('TOO_MANY_VALUES', /./))
    await remove(values[0])
    await set(values[8])
    assert.equal((await resolve(name)).length, 8)
  })

  it('refuses an action it does not know', () =>
    assert.rejects(
      tellDns(admin.host, control, { action: Action.UNKNOWN, name, value: VALUE }),
      isProblem('INVALID_REQUEST', /neither/),
    ))

  it('says when a value ends, and ends it then', async () => {
    const { expiresMs } = await set()
    assert.equal(expiresMs, clock.now() + HOUR_MS)
    await clock.advance(HOUR_MS - 1)
    assert.deepEqual(await resolve(name), [VALUE])
    await clock.advance(1)
    assert.deepEqual(await resolve(name), [])
  })

  it('still has its values after a restart, until their time', async () => {
    await set()
    await role.stop()
    await clock.advance(HOUR_MS / 2)
    await start()
    assert.deepEqual(await resolve(name), [VALUE])
    await clock.advance(HOUR_MS / 2)
    assert.deepEqual(await resolve(name), [])
  })

  it('means the same name by any spelling, on disk as well', async () => {
    await set(VALUE, `${name.toUpperCase()}.`)
    assert.deepEqual(await resolve(name), [VALUE])
    await remove(VALUE, name)
    await role.stop()
    await start()
    assert.deepEqual(await resolve(name), [])
  })

  it('forgets over a restart what was removed or has ended', async () => {
    await set()
    await set('b'.repeat(43))
    await remove()
    await role.stop()
    await clock.advance(HOUR_MS)
    await start()
    assert.deepEqual(await resolve(name), [])
  })

  it('A7 keeps nothing on disk of what has ended, while it runs', async () => {
    await set()
    const store = openSqliteChallenges(join(dir, 'dns.sqlite'))
    try {
      assert.equal((await store.all()).length, 1)
      await clock.advance(2 * HOUR_MS)
      assert.deepEqual(await store.all(), [])
    } finally {
      await store.close()
    }
  })

  it('takes fifty values for as many names at once', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `_acme-challenge.ip4203-0-113-${index}.ip.${ZONE}`)
    await Promise.all(names.map((each) => set(VALUE, each)))
    for (const each of names) assert.deepEqual(await resolve(each), [VALUE])
  })

  describe('a pinned account', () => {
    const account = 'letsencrypt.org; accounturi=https://acme-v02.api.letsencrypt.org/acme/acct/1'
    const pin = (value: string, at: string = autotlsName(admin.host.peerId, ZONE)) =>
      tellDns(admin.host, control, { action: Action.PIN, name: at, value })
    const caa = () => queryOnce(query, autotlsName(admin.host.peerId, ZONE).toUpperCase(), 'CAA')

    it('is the CAA record of its peer alone, until another takes its place or it is taken away', async () => {
      assert.deepEqual(await caa(), [])
      await pin(account)
      assert.deepEqual(await caa(), [`0 issue "${account}; validationmethods=dns-01"`])
      assert.deepEqual(await queryOnce(query, `1-2-3-4.${autotlsName(admin.host.peerId, ZONE)}`, 'CAA'), [])
      await pin('ca.example; accounturi=https://ca.example/2')
      assert.deepEqual(await caa(), ['0 issue "ca.example; accounturi=https://ca.example/2; validationmethods=dns-01"'])
      await pin('')
      assert.deepEqual(await caa(), [])
    })

    it('is there after a restart, and is forgotten after a year without being set again', async () => {
      await pin(account)
      await role.stop()
      await start()
      assert.deepEqual(await caa(), [`0 issue "${account}; validationmethods=dns-01"`])
      await role.stop()
      clock.set(clock.now() + 401 * 24 * HOUR_MS)
      await start()
      assert.deepEqual(await caa(), [])
    })

    it('is refused for names of another kind, and with a value of another form', async () => {
      for (const bad of [ZONE, name, id0Name(admin.host.peerId, ZONE), 'example.org', ''])
        await assert.rejects(pin(account, bad), isProblem('NAME_REFUSED', /./), bad)
      for (const bad of ['A CA', ';', 'ca.example; x="y z"', `ca.example; a=${'b'.repeat(300)}`, 'ca.example\n'])
        await assert.rejects(pin(bad), isProblem('INVALID_REQUEST', /./), bad)
    })

    it('is set by admins only', async () => {
      const stranger = await createClient()
      try {
        const request = { action: Action.PIN, name: autotlsName(admin.host.peerId, ZONE), value: account }
        await assert.rejects(tellDns(stranger.host, control, request), isProblem('NOT_AUTHORIZED', /./))
      } finally {
        await stranger.stop()
      }
      assert.deepEqual(await caa(), [])
    })
  })

  it('starts although it kept values and accounts of another zone, which it forgets', async () => {
    await set()
    await tellDns(admin.host, control, {
      ...{
        action: Action.PIN,
        name: autotlsName(admin.host.peerId, ZONE),
        value: 'ca.example; accounturi=https://ca.example/1',
      },
    })
    await role.stop()
    const store = openSqliteChallenges(join(dir, 'dns.sqlite'))
    const kept = async () => [(await store.all()).length, (await store.pins()).length]
    try {
      assert.deepEqual(await kept(), [1, 1])
      await start({}, 'other.example.net')
      assert.deepEqual(await kept(), [0, 0])
    } finally {
      await store.close()
    }
  })

  it('has no addresses for names with one on a denylist, and does not start without the list', async () => {
    const label = autotlsName(admin.host.peerId, ZONE)
    const addresses = (ip: string) => queryOnce(query, `${ip}.${label}`, 'A')
    await role.stop()
    const list = join(dir, 'bad.txt')
    await writeFile(list, '192.0.2.0/24\n')
    await start({ denylists: [list] })
    assert.deepEqual(await addresses('192-0-2-7'), [])
    assert.deepEqual(await addresses('203-0-113-7'), ['"203.0.113.7"'])
    await role.stop()
    await rm(list)
    await assert.rejects(start({ denylists: [list] }), FileError)
  })
})
