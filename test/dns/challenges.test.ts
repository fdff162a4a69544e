// The rules of the challenge table: where a value may stand, what it may be, how many and how long.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { nameToWire } from '../../core/dns/names.ts'
import {
  createChallengeTable,
  InvalidChallengeLifetimeError,
  InvalidChallengeValueError,
  MAX_LIFETIME_MS,
  MAX_NAMES,
  MAX_VALUES_PER_NAME,
  NameOutsideZoneError,
  TooManyNamesError,
  TooManyValuesError,
  type ChallengeChange,
} from '../../servers/dns/challenges.ts'
import { BASE36, challengeValue, ID0, manualClock, ZONE } from './fixtures.ts'

const NAME = `_acme-challenge.${ID0}.${ZONE}`
const VALUE = challengeValue('a')

function table() {
  const clock = manualClock()
  const changes: ChallengeChange[] = []
  const challenges = createChallengeTable({ zone: ZONE, clock, onChange: (change) => changes.push(change) })
  return { clock, changes, challenges }
}

suite('The challenge table', () => {
  test('takes the challenge names of every scheme and of the zone itself', () => {
    const { challenges } = table()
    for (const below of [
      '',
      'ip.',
      'ip4192-0-2-1.ip.',
      'ip6--1.ip.',
      `${ID0}.`,
      `1-2-3-4.${ID0}.`,
      `${BASE36}.`,
      `0--1.${BASE36}.`,
    ]) {
      const name = `_acme-challenge.${below}${ZONE}`
      challenges.set(name, VALUE, 1000)
      assert.deepEqual(challenges.get(name), [VALUE])
    }
  })

  test('refuses names outside the zone, of no scheme, or without the challenge label', () => {
    const { challenges } = table()
    const wrong = [
      '_acme-challenge.example.org',
      `_acme-challenge.www.${ZONE}`,
      `_acme-challenge.x${ZONE}`,
      `_acme-challenge.ip41-2-3-256.ip.${ZONE}`,
      `${ID0}.${ZONE}`,
      ZONE,
      `x.${NAME}`,
      `_acme-challenge.${NAME}`,
      '',
      '.',
      `_acme-challenge..${ZONE}`,
    ]
    for (const name of wrong) {
      assert.throws(() => challenges.set(name, VALUE, 1000), NameOutsideZoneError, name)
    }
    assert.equal(challenges.size, 0)
  })

  test('does not care about letter case and a final dot of the name', () => {
    const { challenges } = table()
    challenges.set(`${NAME.toUpperCase()}.`, VALUE, 1000)
    assert.deepEqual(challenges.get(NAME), [VALUE])
    assert.equal(challenges.remove(`${NAME.toUpperCase()}.`, VALUE), true)
  })

  test('refuses values that are no base64url of a SHA-256', () => {
    const { challenges } = table()
    for (const value of [
      '',
      'a'.repeat(42),
      'a'.repeat(44),
      `${'a'.repeat(42)}=`,
      `${'a'.repeat(42)}+`,
      `${'a'.repeat(42)}\n`,
    ]) {
      assert.throws(() => challenges.set(NAME, value, 1000), InvalidChallengeValueError, value)
    }
  })

  test('keeps several values of a name, newest first, and removes them one by one', () => {
    const { challenges } = table()
    for (const letter of 'abc') challenges.set(NAME, challengeValue(letter), 1000)
    assert.equal(challenges.remove(NAME, challengeValue('b')), true)
    assert.equal(challenges.remove(NAME, challengeValue('b')), false)
    assert.deepEqual(challenges.get(NAME), [challengeValue('c'), challengeValue('a')])
    challenges.set(NAME, challengeValue('a'), 1000)
    assert.deepEqual(challenges.get(NAME), [challengeValue('a'), challengeValue('c')])
    challenges.remove(NAME, challengeValue('a'))
    challenges.remove(NAME, challengeValue('c'))
    assert.equal(challenges.size, 0)
  })

  test('refuses a ninth value of a name, but takes one of the eight again', () => {
    const { challenges } = table()
    for (let at = 0; at < MAX_VALUES_PER_NAME; at++) challenges.set(NAME, challengeValue(String(at)), 1000)
    assert.throws(() => challenges.set(NAME, challengeValue('x'), 1000), TooManyValuesError)
    challenges.set(NAME, challengeValue('0'), 1000)
    assert.equal(challenges.get(NAME).length, MAX_VALUES_PER_NAME)
  })

  test('refuses more names than it may hold until one has gone', () => {
    const { challenges, clock } = table()
    const name = (at: number) => `_acme-challenge.ip410-0-${at >> 8}-${at & 255}.ip.${ZONE}`
    for (let at = 0; at < MAX_NAMES; at++) challenges.set(name(at), VALUE, 1000)
    assert.throws(() => challenges.set(name(MAX_NAMES), VALUE, 1000), TooManyNamesError)
    void clock.advance(1000)
    challenges.set(name(MAX_NAMES), VALUE, 1000)
    assert.equal(challenges.size, 1)
  })

  test('forgets a value when its time is over, and not before', () => {
    const { challenges, clock } = table()
    challenges.set(NAME, VALUE, 1000)
    void clock.advance(999)
    assert.deepEqual(challenges.get(NAME), [VALUE])
    void clock.advance(1)
    assert.deepEqual(challenges.get(NAME), [])
    assert.deepEqual(challenges.entries(), [])
    assert.equal(challenges.sweep(), 1)
    assert.equal(challenges.size, 0)
  })

  test('a value that is set again lives on', () => {
    const { challenges, clock } = table()
    challenges.set(NAME, VALUE, 1000)
    void clock.advance(900)
    challenges.set(NAME, VALUE, 1000)
    void clock.advance(900)
    assert.deepEqual(challenges.get(NAME), [VALUE])
  })

  test('no value lives longer than an hour, whatever was asked', () => {
    const { challenges, clock } = table()
    const expiresAt = challenges.set(NAME, VALUE, 10 * MAX_LIFETIME_MS)
    assert.equal(expiresAt, clock.now() + MAX_LIFETIME_MS)
    assert.equal(challenges.entries()[0]?.expiresAt, expiresAt)
    assert.equal(challenges.set(NAME, challengeValue('b'), Infinity), expiresAt)
  })

  test('refuses a lifetime that is none', () => {
    const { challenges } = table()
    for (const ttl of [0, -1, Number.NaN]) {
      assert.throws(() => challenges.set(NAME, VALUE, ttl), InvalidChallengeLifetimeError)
    }
  })

  test('tells every change once', () => {
    const { challenges, changes, clock } = table()
    challenges.set(NAME, challengeValue('a'), 1000)
    challenges.set(NAME, challengeValue('b'), 2000)
    challenges.remove(NAME, challengeValue('b'))
    void clock.advance(1000)
    challenges.sweep()
    challenges.sweep()
    assert.deepEqual(
      changes.map(({ kind, value }) => `${kind} ${value.slice(0, 1)}`),
      ['set a', 'set b', 'removed b', 'expired a'],
    )
  })

  test('finds a name by its wire form, and only the whole of it', () => {
    const { challenges } = table()
    challenges.set(NAME, VALUE, 1000)
    const wire = Buffer.concat([nameToWire(NAME), Buffer.from('what stood here before')])
    assert.equal(challenges.find(wire, nameToWire(NAME).length)?.values[0]?.text, VALUE)
    assert.equal(challenges.find(wire, nameToWire(NAME).length - 1), undefined)
  })
})
