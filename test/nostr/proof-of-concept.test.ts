// The proof of concept of 2025 (seven scripts in Python), both ways: events of the very form that its scripts write, signed with a key of
// the tests (fixtures/nostr/proof-of-concept.json), are read by ours; and what ours writes is read by a reader that does what the scripts
// do and no more.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { X509Certificate } from 'node:crypto'
import { systemClock } from '../../core/clock.ts'
import { readEvent, type NostrEvent, signEvent } from '../../core/nostr/event.ts'
import { namingKeyFromNsec, nsecOf } from '../../core/nostr/keys.ts'
import { makeLegacyEvents, readNameEvents } from '../../core/nostr/name-events.ts'
import { createRelays } from '../../core/nostr/relays.ts'
import { makeNamePair } from '../../main/naming/name-pair.ts'
import { startRelay } from '../support/nostr-relay.ts'

interface Recorded {
  /** As in /tmp/nsec.key. */
  readonly nsec: string
  readonly npub: string
  readonly events: readonly { readonly by: string; readonly event: unknown }[]
}
const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'nostr', 'proof-of-concept.json'), 'utf8'),
) as Recorded
const key = namingKeyFromNsec(recorded.nsec)
const by = (script: string): NostrEvent =>
  readEvent(recorded.events.find((one) => one.by === script)?.event ?? assert.fail(script))

/** fetch_ip of nostr_dns_lib.py: one filter with limit 1, and the first that is JSON with an `ip`. */
function theirIp(events: readonly NostrEvent[]): string | undefined {
  const [first] = events.filter(({ kind, pubkey }) => kind === 30_000 && pubkey === key.pubkey)
  if (!first) return undefined
  const said: unknown = JSON.parse(first.content)
  return typeof said === 'object' && said !== null && 'ip' in said ? String(said.ip) : undefined
}

/** fetch_cert: the content of the first. */
const theirCertificate = (events: readonly NostrEvent[]) =>
  events.find(({ kind, pubkey }) => kind === 30_001 && pubkey === key.pubkey)?.content

describe('the proof of concept', () => {
  test('nostr_dns_lib.py: its key file is the key here too', () => {
    assert.deepEqual([nsecOf(key), key.npub], [recorded.nsec, recorded.npub])
  })

  test('update_ip_address.py, https_demo_server.py: what they publish is found, as an address and a hint', async () => {
    const events = [by('update_ip_address.py'), by('https_demo_server.py')]
    assert.deepEqual(
      events.map(({ kind, tags }) => [kind, tags]),
      [
        [30_000, []],
        [30_001, []],
      ],
    )
    const now = (events[0]?.created_at ?? 0) + 60
    const { facts } = await readNameEvents(key.pubkey, events, now)
    assert.deepEqual(facts?.records, [
      {
        type: 'A',
        name: '@',
        ttl: 60,
        address: facts?.records[0]?.type === 'A' ? facts.records[0].address : undefined,
      },
    ])
    assert.equal(facts.records[0]?.type === 'A' && facts.records[0].address.text, '203.0.113.7')
    assert.deepEqual([facts.layout, facts.pins], ['legacy', []], 'nothing ties the two together')
    const certificate = new X509Certificate(facts.certificatePem ?? '')
    assert.ok(certificate.ca, 'its certificate may sign for every site, so it is never trusted as it is')
    assert.ok(certificate.checkHost(`${key.npub}.nostr`) && certificate.checkHost(`${key.npub}.local`))
  })

  test('update_ip_address.py without an argument publishes this computer, which no name leads to', async () => {
    const event = by('update_ip_address.py without an argument')
    const { facts } = await readNameEvents(key.pubkey, [event], event.created_at)
    assert.equal(facts?.records[0]?.type === 'A' && facts.records[0].address.text, '127.0.0.1')
    // that it is answered only where private addresses are allowed: test/naming/resolver.test.ts
  })

  test('the rest write nothing: fetch_ip_address.py, nostr_dns.py, nostr_mdns.py, https_demo_server_alt.py', () => {
    assert.deepEqual(
      new Set(recorded.events.map((one) => one.by.split(' ')[0])),
      new Set(['https_demo_server.py', 'update_ip_address.py']),
    )
  })

  test('fetch_ip_address.py, nostr_dns.py, nostr_mdns.py: they find what we publish, at a relay that has their own too', async (t) => {
    const relay = await startRelay()
    t.after(() => relay.stop())
    const relays = createRelays({ clock: systemClock, monotonic: () => performance.now() })
    const at = { relays: [{ url: relay.url }] }
    const createdAt = Math.floor(Date.now() / 1_000)
    // tagless, as they write it: the same place as ours with an empty `d`
    const theirs = { kind: 30_000, tags: [], content: '{"ip": "203.0.113.7"}', created_at: createdAt - 10 }
    assert.ok((await relays.publish(signEvent(theirs, key), at)).done)
    const { certPem: pem } = await makeNamePair(key.npub, Date.now())
    for (const event of makeLegacyEvents({ ip: '198.51.100.5', pem, createdAt }, key)) {
      assert.ok((await relays.publish(event, at)).done)
    }
    const ask = async (kind: number) =>
      (await relays.query({ authors: [key.pubkey], kinds: [kind], limit: 1 }, at)).events
    assert.equal(theirIp(await ask(30_000)), '198.51.100.5', 'ours has taken the place of theirs')
    const certificate = theirCertificate(await ask(30_001)) ?? ''
    assert.equal(certificate.trim(), pem.trim(), 'they compare the text of what is served')
    assert.equal(new X509Certificate(certificate).ca, false)
  })
})
