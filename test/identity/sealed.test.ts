// What is sealed with a passphrase opens with it and with nothing else, and what is no such text is refused by its reason.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import {
  checkPassphrase,
  MAX_SEALED_BYTES,
  readSealedHead,
  seal,
  SealedTextError,
  unseal,
  WeakPassphraseError,
  WrongPassphraseError,
} from '../../main/identity/sealed.ts'
import { CHEAP, PASSPHRASE } from './fakes.ts'

const SECRET = Buffer.from('this is the secret, and it is long enough to be found')
const HEAD = { kind: 'peer-key', peerId: '12D3KooWexample' } as const
const text = await seal(SECRET, PASSPHRASE, HEAD, CHEAP)

const fields = (): Record<string, unknown> => JSON.parse(Buffer.from(text).toString('utf8')) as Record<string, unknown>
const refusedFor = (reason: SealedTextError['reason']) => (error: Error) =>
  error instanceof SealedTextError && error.reason === reason

/** The text with changed fields and a checksum that fits again, as somebody would make it who means harm. */
function forged(change: Record<string, unknown>): Uint8Array {
  const all = { ...fields(), ...change }
  const { format, version, kind, peerId, sealed } = all
  const { name, cost, blockSize, parallel, salt } = all['kdf'] as Record<string, unknown>
  const cipher = all['cipher'] as Record<string, unknown>
  const head = [format, version, kind, peerId, name, cost, blockSize, parallel, salt, cipher['name'], cipher['nonce']]
  const checksum = createHash('sha256').update(JSON.stringify(head)).update(String(sealed)).digest('hex').slice(0, 16)
  return Buffer.from(JSON.stringify({ ...all, checksum }))
}

describe('a sealed secret', () => {
  it('opens with its passphrase, also where its letters are composed in another way', async () => {
    const composed = await seal(SECRET, 'Käsebrötchen, bitte', HEAD, CHEAP)
    assert.deepEqual(await unseal(text, PASSPHRASE, 'peer-key'), SECRET)
    assert.deepEqual(await unseal(composed, 'Käsebrötchen, bitte'.normalize('NFD'), 'peer-key'), SECRET)
  })

  it('opens with the cost that is the default', async () => {
    assert.deepEqual(await unseal(await seal(SECRET, PASSPHRASE, HEAD), PASSPHRASE, 'peer-key'), SECRET)
  })

  it('says whose it is, and nothing of the secret', () => {
    assert.deepEqual(readSealedHead(text, 'peer-key'), HEAD)
    assert.ok(!Buffer.from(text).includes(SECRET))
    assert.ok(!Buffer.from(text).toString('utf8').includes(SECRET.toString('base64').slice(4, 24)))
  })

  it('is never the same twice', async () => {
    assert.notDeepEqual(await seal(SECRET, PASSPHRASE, HEAD, CHEAP), text)
  })

  it('does not open with another passphrase', async () => {
    await assert.rejects(unseal(text, `${PASSPHRASE} `, 'peer-key'), WrongPassphraseError)
  })

  it('does not open as another kind, and cannot be made one', async () => {
    await assert.rejects(unseal(text, PASSPHRASE, 'identity-backup'), refusedFor('other-kind'))
    await assert.rejects(
      unseal(forged({ kind: 'identity-backup' }), PASSPHRASE, 'identity-backup'),
      WrongPassphraseError,
    )
  })

  it('does not open for another peer', async () => {
    await assert.rejects(unseal(forged({ peerId: '12D3KooWother' }), PASSPHRASE, 'peer-key'), WrongPassphraseError)
  })

  it('opens as it was forged back, so that the forging of these tests is right', async () => {
    assert.deepEqual(await unseal(forged({}), PASSPHRASE, 'peer-key'), SECRET)
  })

  it('is damaged by each changed character', async () => {
    const end = Buffer.from(text).lastIndexOf('}')
    const change = fc.tuple(fc.integer({ min: 0, max: end }), fc.integer({ min: 33, max: 126 }))
    await fc.assert(
      fc.asyncProperty(change, async ([at, byte]) => {
        const changed = Buffer.from(text)
        fc.pre(changed[at] !== byte && !/\s/.test(String.fromCharCode(changed[at] ?? 0)))
        changed[at] = byte
        await assert.rejects(unseal(changed, PASSPHRASE, 'peer-key'), SealedTextError)
      }),
      { numRuns: 300 },
    )
  })

  it('is truncated wherever it ends early', async () => {
    const end = Buffer.from(text).lastIndexOf('}')
    for (const length of [1, 20, 200, end - 40, end]) {
      const part = Buffer.from(text).subarray(0, length)
      const reason = part.toString('utf8').trimEnd().endsWith('}') ? 'damaged' : 'truncated'
      await assert.rejects(unseal(part, PASSPHRASE, 'peer-key'), refusedFor(reason))
    }
  })

  it('is not read where it is too large, no JSON, of a later version, or asks for too much memory', async () => {
    const kdf = fields()['kdf'] as Record<string, unknown>
    const cases: readonly (readonly [Uint8Array, SealedTextError['reason']])[] = [
      [Buffer.alloc(MAX_SEALED_BYTES + 1, ' '), 'too-large'],
      [Buffer.from(''), 'damaged'],
      [Buffer.from('hello'), 'damaged'],
      [Buffer.from('null'), 'damaged'],
      [Buffer.from('{"format":"nodetrust-sealed","version":2}'), 'too-new'],
      [forged({ kdf: { ...kdf, cost: 2 ** 30 } }), 'damaged'],
      [forged({ kdf: { ...kdf, cost: 16 } }), 'damaged'],
      [forged({ kdf: { ...kdf, blockSize: 1_000 } }), 'damaged'],
      [forged({ kdf: { ...kdf, parallel: 64 } }), 'damaged'],
      [forged({ kdf: { ...kdf, salt: '' } }), 'damaged'],
      [forged({ sealed: '' }), 'damaged'],
      [forged({ more: 1 }), 'damaged'],
    ]
    for (const [bytes, reason] of cases) {
      await assert.rejects(unseal(bytes, PASSPHRASE, 'peer-key'), refusedFor(reason))
    }
  })

  it('is not made with a passphrase that is too short or endless', async () => {
    for (const passphrase of ['', 'short', '123456789', '🔑'.repeat(9), 'x'.repeat(1_025)]) {
      assert.throws(() => checkPassphrase(passphrase), WeakPassphraseError)
      await assert.rejects(seal(SECRET, passphrase, HEAD, CHEAP), WeakPassphraseError)
    }
    checkPassphrase('🔑'.repeat(10))
  })
})
