// A name from its key to a visitor who has verified it: published, looked up, resolved, connected to, and compared with the signed pin.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { connect } from 'node:tls'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { startNameResolver } from '../../main/naming/resolver/resolver.ts'
import { verifyName } from '../../main/naming/verify.ts'
import { readKeyName } from '../../proto/npub.ts'
import { machine, relaysOf, seeker, serve } from './support.ts'

const run = promisify(execFile)
const nameOf = (host: string) => readKeyName(host) ?? assert.fail(host)

describe('a name by key', () => {
  test('is published, found, resolved and verified by its pin', async (t) => {
    const relays = await relaysOf(t)
    const urls = relays.map(({ url }) => url)
    const home = await machine(t, { urls })
    const port = await serve(t, home.certificate)
    home.setWay({ ips: ['127.0.0.1', '203.0.113.9'], port })
    const state = await home.publisher.publishNow()
    assert.equal(state.trouble, undefined)
    assert.deepEqual(
      state.relays.map((relay) => relay.state),
      ['kept', 'kept'],
    )
    const { lookup } = await seeker(t, { urls })
    const found = await lookup.look(home.key.pubkey)
    assert.equal(found.state, 'fresh')
    assert.equal(found.facts?.peer?.toString(), home.identity.peerId.toString())
    assert.deepEqual(
      found.facts?.records.map((record) => record.type),
      ['A', 'SRV'],
      '203.0.113.9 is an address for documents and is not published',
    )
    const verified = await verifyName(
      nameOf(`${home.key.npub}.nostr`),
      { lookup, allowPrivate: true, nowMs: Date.now },
      AbortSignal.timeout(10_000),
    )
    assert.deepEqual(
      verified.findings.map(({ step, outcome }) => `${step} ${outcome}`),
      ['found good', 'address good', 'connected good', 'pin good', 'names good', 'dates good', 'peer good'],
    )
    assert.ok(verified.ok)
    const refused = await verifyName(
      nameOf(`${home.key.npub}.nostr`),
      { lookup, allowPrivate: false, nowMs: Date.now },
      AbortSignal.timeout(10_000),
    )
    assert.deepEqual([refused.ok, refused.findings.at(-1)?.code], [false, 'private-address'])

    const resolver = await startNameResolver({
      port: 0,
      lookup,
      allowPrivate: true,
      clock: systemClock,
      log: silentLog,
    })
    t.after(() => resolver.stop())
    const dnsPort = resolver.addresses[0]?.split(':')[1] ?? ''
    const dig = async (...words: string[]) =>
      (await run('dig', ['@127.0.0.1', '-p', dnsPort, '+short', '+time=5', '+tries=1', ...words])).stdout.trim()
    assert.equal(await dig(`${home.key.npub}.nostr`), '127.0.0.1')
    assert.equal(await dig(`${home.key.npub.toUpperCase()}.NoStr`, '+tcp'), '127.0.0.1')
    assert.equal(await dig('SRV', `_https._tcp.${home.key.npub}.nostr.alt`), `0 0 ${port} ${home.key.npub}.nostr.`)
    const pin = (await dig('TLSA', `_${port}._tcp.${home.key.npub}.nostr`)).replaceAll(' ', '').toLowerCase()
    assert.equal(pin, `311${home.certificate.pins()[0]}`)

    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: `www.${home.key.npub}.nostr`,
      rejectUnauthorized: false,
    })
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    assert.ok(socket.getPeerX509Certificate()?.checkHost(`www.${home.key.npub}.nostr`))
    socket.destroy()
  })

  test('that is withdrawn is there no more', async (t) => {
    const relays = await relaysOf(t)
    const urls = relays.map(({ url }) => url)
    const home = await machine(t, { urls })
    await home.publisher.publishNow()
    const { lookup } = await seeker(t, { urls })
    assert.equal((await lookup.look(home.key.pubkey)).state, 'fresh')
    await home.publisher.withdraw()
    assert.equal((await lookup.look(home.key.pubkey, { fresh: true })).state, 'none')
  })
})
