// The sandbox as anybody runs it, with the embedded CA and with Debian's Pebble, the test CA of Let's Encrypt.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { createServer } from 'node:tls'
import { describe, it } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { makeNamePair } from '../../main/naming/name-pair.ts'
import { startNameResolver } from '../../main/naming/resolver/resolver.ts'
import { readNpub } from '../../proto/npub.ts'
import { verifyByDns } from '../../servers/sandbox/name-step.ts'
import { lookupOf, makeNamingKey, nameEvent, record } from '../naming/known.ts'
import type { AddressInfo } from 'node:net'
import { runSandbox } from '../../servers/sandbox.ts'
import { invitedHosts, parseInvitation } from '../../proto/invitation.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { pebbleIsMissing } from '../support/pebble.ts'
import { pebbleForSandbox } from '../support/sandbox-pebble.ts'
import type { FarNode } from '../../servers/sandbox/more-nodes.ts'

interface Result {
  readonly ok: boolean
  readonly zone: string
  readonly wss: string
  readonly certificate: { readonly names: readonly string[]; readonly issuer: string; readonly notAfter: string }
  readonly dial: { readonly name: string; readonly verified: boolean; readonly pingMs: number }
  readonly discovered: { readonly via: string; readonly certified: boolean }
  readonly autotls: { readonly names: readonly string[] }
  readonly nostrRelay: string
  readonly npub: string
  readonly nostrDns: string
  readonly name: { readonly address: string; readonly port: number; readonly verified: boolean }
  readonly steps: readonly { readonly name: string; readonly ms: number }[]
}

function checkResult(result: Result): void {
  assert.equal(result.ok, true, JSON.stringify(result))
  assert.equal(result.certificate.names.length, 3)
  assert.ok(result.certificate.names.includes(`ip4127-0-0-1.ip.${result.zone}`))
  assert.ok(Date.parse(result.certificate.notAfter) > Date.now())
  // whichever comes first: on the topic, or as the issue server's answer to who comes anew
  assert.ok(['broadcast', 'exchange'].includes(result.discovered.via), result.discovered.via)
  assert.equal(result.discovered.certified, true)
  assert.equal(result.dial.verified, true)
  assert.match(result.dial.name, /^127-0-0-1\.p/)
  assert.ok(result.dial.pingMs >= 0)
  assert.equal(result.autotls.names.length, 1)
  assert.match(result.autotls.names[0] ?? '', /^\*\.k51[a-z0-9]+\.sandbox\.nodetrust\.test$/)
  assert.match(result.nostrRelay, /^ws:\/\/127\.0\.0\.1:\d+$/)
  assert.match(result.nostrDns, /^127\.0\.0\.1:\d+$/)
  assert.ok(readNpub(result.npub))
  assert.equal(result.name.address, '127.0.0.1')
  assert.equal(result.name.verified, true)
  assert.match(result.wss, /^\/dns4\/127-0-0-1\.p.*\/tls\/ws\/p2p\/12D3KooW/)
  for (const name of ['dns', 'proof', 'issue', 'certificate', 'discovered', 'dialled']) {
    assert.ok(
      result.steps.some((step) => step.name === name && step.ms >= 0),
      name,
    )
  }
}

describe('nodetrust sandbox', () => {
  it('--once --json prints one JSON object and leaves nothing behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nodetrust-once-'))
    const { code, stdout, stderr } = await runCommand(['sandbox', '--once', '--json', '--nodes=5'], { TMPDIR: folder })
    assert.equal(code, 0, `${stderr}${stdout}`)
    assert.equal(stdout.trim().split('\n').length, 1)
    const result = JSON.parse(stdout)
    checkResult(result)
    const far: readonly FarNode[] = result.far
    assert.deepEqual(
      far.map(({ name, through, certified, verified }) => [name, through, certified, verified]),
      [
        ['node D', 'node B', true, true],
        ['node E', 'node D', true, true],
      ],
    )
    // nobody who is told of one node alone has met the first one
    assert.ok(
      far.every(({ via }) => ['broadcast', 'exchange', 'dht'].includes(via)),
      JSON.stringify(far),
    )
    assert.deepEqual(await readdir(folder), [])
    await rm(folder, { recursive: true })
  })

  it('does not take another key for node A, nor the right one under another name', async (t) => {
    const key = makeNamingKey()
    const own = await makeNamePair(key.npub, systemClock.now())
    const other = await makeNamePair(key.npub, systemClock.now())
    const elsewhere = await makeNamePair(makeNamingKey().npub, systemClock.now())
    const { answering, lookup } = await lookupOf(systemClock)
    const resolver = await startNameResolver({
      ...{ port: 0, lookup, allowPrivate: true, clock: systemClock, log: silentLog },
    })
    t.after(() => resolver.stop())
    const nostrDns = resolver.addresses[0] ?? ''
    let at = Math.floor(Date.now() / 1_000) - 10
    for (const [pair, pin, expected] of [
      [own, own.sha256, undefined],
      [other, own.sha256, /is not the one that/],
      [elsewhere, elsewhere.sha256, /is not for npub1/],
    ] as const) {
      const server = createServer({ key: pair.keyPem, cert: pair.certPem }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      answering.events = [
        nameEvent(
          key,
          [
            record('A', '@', '127.0.0.1'),
            record('SRV', '_https._tcp', '0', '0', `${port}`, `${key.npub}.nostr`),
            ['tlsa', `_${port}._tcp`, '3', '1', '1', pin],
          ],
          at++,
        ),
      ]
      await lookup.look(key.pubkey, { fresh: true })
      const asked = verifyByDns(key.npub, nostrDns)
      if (expected) await assert.rejects(asked, expected)
      else assert.equal((await asked).name.verified, true)
      server.close()
    }
    answering.events = []
    await assert.rejects(verifyByDns(makeNamingKey().npub, nostrDns), /does not know/)
  })

  it('stays up, prints where everything is, and goes away at SIGTERM', async () => {
    const command = startCommand(['sandbox'])
    const facts = JSON.parse(await command.line((line) => line.startsWith('{')))
    for (const key of [
      'zone',
      'dns',
      'acme',
      'root',
      'issue',
      'proof',
      'forge',
      'broker',
      'nostrRelay',
      'npub',
      'nostrDns',
      'wss',
    ])
      assert.ok(key in facts, key)
    assert.deepEqual(invitedHosts(parseInvitation(facts.invitation)), ['127.0.0.1'])
    const { rootPem, ...forge } = parseInvitation(facts.forgeInvitation)
    assert.deepEqual(forge, {
      ...{ zone: facts.forge, name: 'Sandbox forge', issue: [], broker: facts.broker },
      ...{ directory: facts.acme, resolver: facts.dns },
    })
    assert.match(rootPem ?? '', /^-----BEGIN CERTIFICATE-----/)
    command.child.kill('SIGTERM')
    const { code, stderr } = await command.ended
    assert.equal(code, 0, stderr)
  })

  it('says what failed and exits with 1', async () => {
    const { code, stderr } = await runCommand(['sandbox', '--onec'])
    assert.equal(code, 2)
    assert.match(stderr, /--onec/)
    const many = await runCommand(['sandbox', '--nodes=100'])
    assert.equal(many.code, 2)
    assert.match(many.stderr, /--nodes is a number from 3 to 9, got "100"/)
  })
})

describe('the sandbox with Pebble as its CA', () => {
  for (const [what, options] of [
    ['that answers at once', {}],
    ['that sleeps and rejects nonces at random', { quick: false, nonceReject: 20 }],
  ] as const) {
    it(`gets a certificate from one ${what}`, { skip: pebbleIsMissing }, async () => {
      const printed: string[] = []
      await runSandbox({
        once: true,
        json: true,
        stopped: new Promise(() => undefined),
        print: (line) => void printed.push(line),
        say: () => undefined,
        startCa: pebbleForSandbox(options),
      })
      const result: Result = JSON.parse(printed[0] ?? '')
      checkResult(result)
      assert.match(result.certificate.issuer, /Pebble/)
    })
  }
})
