// Keys as text and as names in DNS.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nip19 } from 'nostr-tools'
import { makeNamingKey, namingKeyFromNsec, NamingKeyError, namingKeyOf, nsecOf } from '../../core/nostr/keys.ts'
import { readKeyName, readNpub, writeNpub } from '../../proto/npub.ts'

/** From NIP-19. */
const NPUB = 'npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg'
const HEX = '7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e'
const NSEC = 'nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5'
const SECRET = '67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa'

describe('a public key', () => {
  test('is read and written as NIP-19 says, and as another library does', () => {
    assert.equal(readNpub(NPUB), HEX)
    assert.equal(writeNpub(HEX), NPUB)
    for (let i = 0; i < 20; i++) {
      const { pubkey, npub } = makeNamingKey()
      assert.equal(npub, nip19.npubEncode(pubkey))
      assert.equal(npub.length, 63)
    }
  })

  test('is read in large letters, and in no mixed ones', () => {
    assert.equal(readNpub(NPUB.toUpperCase()), HEX)
    assert.equal(readNpub(`Npub1${NPUB.slice(5)}`), undefined)
  })

  const wrong: readonly (readonly [what: string, text: string])[] = [
    ['a wrong check sum', `${NPUB.slice(0, -1)}q`],
    ['one letter less', NPUB.slice(0, -1)],
    ['one letter more', `${NPUB}q`],
    ['nothing', ''],
    ['hexadecimal digits', HEX],
    ['a secret key', NSEC],
    ['a letter of no alphabet', NPUB.replace('0', 'b')],
    ['a space', `${NPUB.slice(0, -1)} `],
    ['bech32m', 'npub1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs0h8rr3'],
  ]
  for (const [what, text] of wrong) test(`${what} is none`, () => assert.equal(readNpub(text), undefined))

  test('of wrong digits is not written', () => {
    for (const bad of ['', HEX.slice(2), HEX.toUpperCase(), `${HEX.slice(0, -1)}g`]) {
      assert.throws(() => writeNpub(bad), RangeError)
    }
  })
})

describe('a secret key', () => {
  test('is read as NIP-19 says', () => {
    assert.equal(Buffer.from(namingKeyFromNsec(NSEC).secret).toString('hex'), SECRET)
    assert.equal(nsecOf(namingKeyFromNsec(` ${NSEC}\n`)), NSEC)
    assert.equal(namingKeyFromNsec(NSEC.toUpperCase()).npub, NPUB)
  })

  test('that is none is refused without being repeated, and a public one is named', () => {
    const says = (text: string, words: RegExp) =>
      assert.throws(
        () => namingKeyFromNsec(text),
        (error) =>
          error instanceof NamingKeyError && words.test(error.message) && !error.message.includes(text || '\0'),
      )
    says(NPUB, /public half/)
    says(`${NSEC.slice(0, -1)}q`, /nsec1/)
    says('', /nsec1/)
    assert.throws(() => namingKeyOf(new Uint8Array(32)), NamingKeyError)
    assert.throws(() => namingKeyOf(new Uint8Array(32).fill(0xff)), NamingKeyError)
    assert.throws(() => namingKeyOf(new Uint8Array(31).fill(1)), NamingKeyError)
  })
})

describe('a name by key', () => {
  test('is read in any case, with what stands before it, and with or without the final dot', () => {
    const name = { pubkey: HEX, npub: NPUB }
    assert.deepEqual(readKeyName(`${NPUB}.nostr`), { ...name, sub: '', suffix: 'nostr' })
    assert.deepEqual(readKeyName(`${NPUB}.nostr.alt.`), { ...name, sub: '', suffix: 'nostr.alt' })
    assert.deepEqual(readKeyName(`${NPUB}.local`), { ...name, sub: '', suffix: 'local' })
    assert.deepEqual(readKeyName(`WWW.${NPUB.toUpperCase()}.NoStr.`), { ...name, sub: 'www', suffix: 'nostr' })
    assert.deepEqual(readKeyName(`_443._tcp.a.${NPUB}.nostr`), { ...name, sub: '_443._tcp.a', suffix: 'nostr' })
  })

  test('that is another is none', () => {
    const others = [
      'nostr',
      '.nostr',
      NPUB,
      `${NPUB}.nostr.example`,
      `x${NPUB}.nostr`,
      `${HEX}.nostr`,
      `a..${NPUB}.nostr`,
    ]
    for (const host of [...others, `-a.${NPUB}.nostr`, `${NPUB}.nostr..`, `${'a.'.repeat(100)}${NPUB}.nostr`]) {
      assert.equal(readKeyName(host), undefined, host)
    }
    assert.equal(readKeyName(`${HEX.slice(0, 32)}.${HEX.slice(32)}.nostr`), undefined, 'hex labels')
  })
})
