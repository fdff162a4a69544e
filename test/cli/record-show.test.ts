// `nodetrust record show`: every kind of envelope, in every form it may be given, with what is wrong with it; without any node.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { nodeFlags } from '../../core/node-flags.ts'
import { makeNamingKey } from '../../core/nostr/keys.ts'
import { sealEnvelope } from '../../core/records/envelope.ts'
import { NAME_BINDING, sealNameBinding } from '../../core/records/name-binding.ts'
import { LEGACY_PEER_RECORD, PEER_RECORD } from '../../core/records/peer-record.ts'
import { sealProof } from '../../core/records/proof.ts'
import { bytesField, numberField } from '../../core/records/protobuf-reader.ts'
import { RELAY_VOUCHER } from '../../core/records/voucher.ts'
import { runCommand } from '../../main/cli/commands.ts'
import { JSON_OUTPUTS } from '../../main/cli/json.ts'
import { parseIp } from '../../proto/ip.ts'
import { manualClock, NOW, temporaryDir } from '../main/support.ts'
import { goRecords, sealRecord, somebody, someone, vectorOf, vectors } from '../records/support.ts'
import { cleanEnv, ROOT } from '../support/command.ts'

const self = somebody.toString()
const id = somebody.toMultihash().bytes
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** What a command printed and gave back. */
async function show(word: string, options: { stdin?: Uint8Array; json?: boolean; now?: number } = {}) {
  const printed: string[] = []
  const { stdin = new Uint8Array(), now = NOW } = options
  const code = await runCommand(['record', 'show', word, ...(options.json === true ? ['--json'] : [])], {
    ...{ env: { NODETRUST_CONFIG: '/nowhere/at/all' }, clock: manualClock(now), ask: undefined },
    ...{ signal: new AbortController().signal, readBytes: async () => stdin, say: (text) => void printed.push(text) },
    ...{ print: (text) => void printed.push(text), write: (text) => void printed.push(text) },
  })
  return { code, text: printed.join('\n') }
}

async function showJson(bytes: Uint8Array, now = NOW) {
  const { code, text } = await show(hex(bytes), { json: true, now })
  return { code, ...v.parse(JSON_OUTPUTS['record show'], JSON.parse(text)) }
}

const proof = (atMs: number) =>
  sealProof(
    { timestampMs: atMs, peer: somebody, addresses: [parseIp('203.0.113.7')].flatMap((ip) => ip ?? []) },
    someone,
  )
const voucher = (untilMs: number, relay = id) =>
  sealEnvelope(
    someone,
    RELAY_VOUCHER,
    Buffer.concat([bytesField(1, relay), bytesField(2, id), numberField(3, BigInt(untilMs / 1_000))]),
  )

describe('nodetrust record show', () => {
  /** What is wrong with each vector; nothing where one may believe it. */
  const WRONG: Readonly<Record<string, RegExp>> = {
    'go-envelope-hello-world': /nobody can tell here what it was signed for/,
    'go-peer-record-2-addresses': /no signed envelope/,
    'forged-signer': /about another peer than the one that signed it/,
    'wrong-domain': /signed for something else \(libp2p-routing-state\)/,
    'legacy-rust-format': /the old way of rust-libp2p/,
    'wrong-payload-type': /is signed for something else|of no kind that is known here/,
    'payload-bit-flipped': /the signature does not fit/,
  }
  for (const { name, decoded } of vectors) {
    const wrong = WRONG[name]
    test(`${wrong ? 'doubts' : 'believes'} ${name}`, async () => {
      const { bytes } = vectorOf(name)
      const { code, text } = await show(hex(bytes))
      assert.equal(code, wrong ? 1 : 0, text)
      if (wrong) assert.match(text, wrong)
      assert.match(text, wrong ? /one must not believe it/ : /one may believe it/)
      if (!wrong) for (const address of decoded.record?.addresses ?? []) assert.ok(text.includes(address), text)
      const json = await showJson(bytes)
      assert.deepEqual([json.code, json.believable], wrong ? [1, false] : [0, true])
    })
  }

  test('knows what go-libp2p signs, with keys of every kind', async () => {
    for (const { key, peer_id: peer, seq = '0', envelope, relay } of goRecords) {
      const shown = await showJson(Buffer.from(envelope, 'hex'))
      assert.deepEqual([shown.signer, shown.key, shown.signature], [peer, key, 'good'])
      assert.equal(shown.believable, BigInt(seq) < 2n ** 63n)
      assert.equal(shown.kind, relay === undefined ? 'peer-record' : 'relay-voucher')
    }
  })

  test('reads a file of bytes, of digits or of base 64, the same as words, and standard input', async (t) => {
    const dir = await temporaryDir(t)
    const { bytes } = vectorOf('valid')
    const digits = hex(bytes).replaceAll(/.{64}/g, (line) => `${line}\n`)
    const base64 = Buffer.from(bytes).toString('base64')
    const files = { bytes, digits, base64: Buffer.from(`${base64}\n`) }
    const expected = (await show(hex(bytes))).text
    for (const [name, content] of Object.entries(files)) {
      const path = join(dir, name)
      await writeFile(path, content)
      assert.equal((await show(path)).text, expected, name)
      assert.equal((await show('-', { stdin: Buffer.from(content) })).text, expected, name)
    }
    for (const word of [base64, Buffer.from(bytes).toString('base64url'), `0x${hex(bytes).toUpperCase()}`])
      assert.equal((await show(word)).text, expected, word)
  })

  test('says of what is nothing of these that it is not', async () => {
    await assert.rejects(show('no such file.bin'), { name: 'UsageError', message: /is no file, and neither/ })
    await assert.rejects(show(ROOT), { name: 'FileError', message: /a folder stands where a file is needed/ })
    await assert.rejects(runCommand(['record', 'show'], {} as never), { name: 'UsageError', message: /RECORD/ })
    await assert.rejects(runCommand(['record', 'show', 'a', '--dir=/x'], {} as never), { name: 'UsageError' })
  })

  test(
    'reads no more of a file than an envelope may have',
    { skip: process.platform !== 'linux' && 'needs /dev/zero' },
    async () => {
      const { code, text } = await show('/dev/zero')
      assert.equal(code, 1)
      assert.match(text, /an envelope of 32768 bytes, 8192 are allowed/)
    },
  )

  test('knows the bond of a peer to a name by key, and doubts one of another length', async () => {
    const { npub, pubkey } = makeNamingKey()
    const bytes = await sealNameBinding(someone, pubkey)
    const { code, text } = await show(hex(bytes))
    assert.equal(code, 0, text)
    for (const words of [/bond of a peer to a name by key/, /it counts where an event/]) assert.match(text, words)
    assert.ok(text.includes(`${npub}.nostr`), text)
    const json = await showJson(bytes)
    assert.deepEqual([json.kind, json.believable, json.name], ['name-binding', true, { peer: json.signer, npub }])
    const short = await showJson(await sealEnvelope(someone, NAME_BINDING, new Uint8Array(31)))
    assert.deepEqual([short.code, short.believable, short.name], [1, false, null])
  })

  test('says of what time a number is', async () => {
    const unitOf = async (seq: bigint) => (await showJson(await sealRecord({ seq }))).record?.unit
    const now = BigInt(NOW)
    assert.deepEqual(
      [await unitOf(7n), await unitOf(now / 1_000n), await unitOf(now), await unitOf(now * 1_000n)],
      [null, 's', 'ms', 'µs'],
    )
    const { record } = await showJson(await sealRecord({ seq: now * 1_000_000n }))
    assert.deepEqual([record?.unit, record?.time], ['ns', new Date(NOW).toISOString()])
    const last = await showJson(await sealRecord({ seq: 2n ** 64n - 1n }))
    assert.deepEqual(last.wrong, ['its number lies more than a day in the future'])
    assert.equal(last.record?.seq, '18446744073709551615')
  })

  test('says why an address is left out, and believes the rest', async () => {
    const addresses = [
      ...[`/ip4/192.0.2.1/tcp/1/p2p/${self}`, `/ip4/192.0.2.1/tcp/1/p2p/${vectorOf('valid').decoded.record?.peer_id}`],
      '/dns4/\u001b]0;PWN\u0007\u001b[2J/tcp/4430',
    ].map((text) => multiaddr(text).bytes)
    const bytes = await sealRecord({ addresses: [...addresses, Uint8Array.of(0xff, 1)] })
    const { code, record } = await showJson(bytes)
    assert.equal(code, 0)
    assert.deepEqual(
      record?.addresses.map(({ unused }) => unused),
      [null, 'it is the address of another peer', 'it is made of what addresses are not', 'it cannot be read'],
    )
    const { text } = await show(hex(bytes))
    assert.ok(!text.includes('\u001b') && !text.includes('\u0007'), text)
    assert.match(text, /0xff01 \(left out: it cannot be read\)/)
  })

  test('shows nim-libp2p’s services, whatever they are called', async () => {
    const service = Buffer.concat([bytesField(1, Buffer.from('mix\u001b[2J')), bytesField(2, Buffer.alloc(33))])
    const bytes = await sealRecord({ more: [bytesField(4, service), bytesField(4, Uint8Array.of(9))] })
    assert.deepEqual((await showJson(bytes)).record?.services, [{ id: 'mix\u001b[2J', bytes: 33 }])
    const { code, text } = await show(hex(bytes))
    assert.equal(code, 0)
    assert.match(text, /^Services +mix \[2J \(33 bytes\)$/m)
  })

  test('shows a person so many services and so much of a name, and a program all of them', async () => {
    const service = (name: string) => bytesField(4, Buffer.from(bytesField(1, Buffer.from(name))))
    const more = [
      ...Array.from({ length: 40 }, (_, index) => service(`${index}`)),
      service('x'.repeat(500)),
    ].toReversed()
    const bytes = await sealRecord({ more })
    const { text } = await show(hex(bytes))
    assert.ok(text.includes(`x${'x'.repeat(99)}… (0 bytes)`), text)
    assert.ok(!text.includes('x'.repeat(101)) && text.split('\n').length < 40, text)
    assert.match(text, /^ +and 21 more$/m)
    assert.equal((await showJson(bytes)).record?.services.length, 41)
  })

  test('tells all that is wrong with one record', async () => {
    const addresses = Array.from({ length: 200 }, () => multiaddr(`/ip4/192.0.2.1/tcp/1/p2p/${self}`).bytes)
    const strange = vectorOf('valid').decoded.record?.peer_id ?? ''
    const peer = multiaddr(`/p2p/${strange}`).bytes.subarray(3)
    const shown = await showJson(await sealRecord({ peer, seq: 2n ** 63n, addresses: addresses.slice(0, 100) }))
    assert.deepEqual(
      shown.wrong.map((text) => text.replaceAll(/\d+/g, '#')),
      [
        'it is about another peer than the one that signed it',
        'its number lies more than a day in the future',
        'it has # addresses, # are allowed',
        'it has # bytes, # are allowed',
      ],
    )
    const legacy = await showJson(await sealRecord({}, LEGACY_PEER_RECORD))
    assert.deepEqual([legacy.code, legacy.kind, legacy.signature], [1, 'legacy-peer-record', 'good'])
  })

  test('believes a proof for five minutes', async () => {
    const fresh = await showJson(await proof(NOW))
    assert.deepEqual([fresh.code, fresh.proof?.addresses], [0, ['203.0.113.7']])
    assert.deepEqual((await showJson(await proof(NOW - 301_000))).wrong, ['it is older than five minutes'])
    assert.deepEqual((await showJson(await proof(NOW + 301_000))).wrong, ['it is from the future'])
    assert.match((await show(hex(await proof(NOW)))).text, /counts where the network lists the one that signed it/)
  })

  test('believes a voucher until it ends, where its relay has signed it', async () => {
    assert.equal((await showJson(await voucher(NOW + 60_000))).code, 0)
    assert.deepEqual((await showJson(await voucher(NOW))).wrong, ['it has expired'])
    const foreign = multiaddr(`/p2p/${vectorOf('valid').decoded.record?.peer_id}`).bytes.subarray(3)
    assert.deepEqual((await showJson(await voucher(NOW + 60_000, foreign))).wrong, [
      'another peer than the relay signed it',
    ])
  })

  test('names what a signature is for where that is something else', async () => {
    const moved = await sealEnvelope(someone, { ...RELAY_VOUCHER, domain: PEER_RECORD.domain }, Uint8Array.of(1))
    const shown = await showJson(moved)
    assert.equal(shown.code, 1)
    assert.equal(shown.domain, PEER_RECORD.domain)
    assert.match(shown.wrong.join(), /signed for something else \(libp2p-peer-record\).*cannot be read/)
  })

  test('is a program that needs no node: bytes on standard input, an exit code, nothing on standard error', async () => {
    const file = join(ROOT, 'main', 'headless.ts')
    const child = spawn(process.execPath, [...nodeFlags(), file, 'record', 'show', '-', '--json'], {
      ...{ cwd: ROOT, env: cleanEnv(), stdio: ['pipe', 'pipe', 'pipe'] },
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
    child.stdin.end(Buffer.from(vectorOf('payload-bit-flipped').bytes))
    const [code] = (await once(child, 'close')) as [number]
    assert.deepEqual([code, stderr], [1, ''])
    assert.equal(v.parse(JSON_OUTPUTS['record show'], JSON.parse(stdout)).signature, 'bad')
  })
})
