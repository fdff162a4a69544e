// What is a zone and what is not: each refusal names its reason.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mendedZone, whyNotZone } from '../../proto/zone.ts'

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['', /is empty/],
  ['.', /is empty/],
  ['203.0.113.5', /IP address/],
  ['2001:db8::1', /IP address/],
  ['[2001:db8::1]', /IP address/],
  ['::1', /IP address/],
  ['203.0.113.0/24', /IP address/],
  ['https://nt.example.net', /URL/],
  ['nt.example.net/', /slash/],
  ['nt.example.net:53', /port/],
  ['203.0.113.5:53', /port/],
  ['me@example.net', /e-mail/],
  ['*.example.net', /wildcard/],
  ['com', /one label/],
  ['localhost', /never/],
  ['nt.localhost', /never/],
  ['printer.local', /never/],
  ['abc.onion', /never/],
  ['a.nostr', /never/],
  ['nt.internal', /never/],
  ['nt.home.arpa', /never/],
  ['_nt.example.net', /label "_nt"/],
  ['-nt.example.net', /label "-nt"/],
  ['nt-.example.net', /label "nt-"/],
  ['nt..example.net', /empty label/],
  ['.example.net', /empty label/],
  ['nt.example.net..', /empty label/],
  ['nt example.net', /outside ASCII|label/],
  ['nt.exämple.net', /outside ASCII/],
  ['example.123', /ends in a number/],
  ['1.2.3', /ends in a number/],
  ['203.0.113.0x5', /ends in a number/],
  [`${'a'.repeat(64)}.net`, /at most 63/],
  [`${'a.'.repeat(100)}net`, /characters/],
]

describe('B13 a zone', () => {
  for (const [text, why] of REFUSED)
    it(`is not ${JSON.stringify(text.slice(0, 40))}`, () => assert.match(whyNotZone(mendedZone(text)) ?? '', why))

  for (const text of [
    'nt.example.net',
    'NT.Example.NET.',
    ' example.org ',
    'xn--exmple-cua.org',
    'sandbox.test',
    '4.example.net',
  ])
    it(`is ${JSON.stringify(text)}`, () => assert.equal(whyNotZone(mendedZone(text)), undefined))
})
