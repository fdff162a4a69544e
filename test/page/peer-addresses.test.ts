// What is known of a peer's address, in words: a sentence for each reason and each experience, in the order in which they matter.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ADDRESS_KINDS, PROVENANCES } from '../../proto/peers.ts'
import { de } from '../../proto/text/de.ts'
import { en } from '../../proto/text/en.ts'
import { createWords } from '../../proto/text/index.ts'
import { addressFacts, dialHeadline, mayTryMore, wholeAddress } from '../../renderer/say/peer-addresses.ts'
import { peerAddress } from '../support/peer-address.ts'
import type { DialReportData } from '../../proto/api/index.ts'

const NOW = Date.UTC(2026, 10, 20, 12)
const MINUTE = 60_000
const english = createWords('en', en, 'en-GB')
const german = createWords('de', de)
const ADDRESS = '/ip4/198.51.100.7/tcp/4431'

const say = (more: Parameters<typeof peerAddress>[2], words = english) =>
  addressFacts(peerAddress(ADDRESS, 'unverified', more), words, NOW).map(({ text }) => text)

describe('an address of a peer', () => {
  it('has a sentence for each reason, the best first, in both languages', () => {
    const sources = PROVENANCES.toReversed().map((provenance) => ({ provenance, since: NOW - 2 * MINUTE, until: null }))
    const facts = addressFacts(peerAddress(ADDRESS, 'added', { sources }), english, NOW)
    assert.deepEqual(
      facts.map(({ key }) => key),
      [...PROVENANCES, 'untried'],
    )
    assert.deepEqual(say({ sources }).slice(0, 3), [
      'You added it 2 minutes ago.',
      'Signed by the peer itself, heard 2 minutes ago.',
      'The peer told us 2 minutes ago.',
    ])
    assert.equal(new Set(say({ sources }, german)).size, PROVENANCES.length + 1)
    assert.equal(say({ sources }, german)[0], 'Du hast sie vor 2 Minuten eingegeben.')
  })

  it('that only a connection shows says so', () => {
    assert.deepEqual(say({}), ['It came to us from there.', 'Not tried yet.'])
  })

  it('says where it leads, unless that is everywhere', () => {
    const said = ADDRESS_KINDS.map((kind) => say({ kind })[1])
    assert.deepEqual(said, [
      'Not tried yet.',
      'Works in its own home only.',
      'Works within its internet provider only.',
      'Works on this computer only.',
      'Leads there through a relay.',
    ])
  })

  it('says when it last worked and how often it did not since', () => {
    assert.deepEqual(say({ lastSuccessAt: NOW - 5 * MINUTE, latencyMs: 23.6 }).slice(1), [
      'Worked 5 minutes ago, in 24 ms.',
    ])
    assert.deepEqual(say({ lastSuccessAt: NOW - 5 * MINUTE }).slice(1), ['Worked 5 minutes ago.'])
    const failing = { failures: 1, lastFailureAt: NOW - MINUTE }
    assert.deepEqual(say({ ...failing, lastSuccessAt: NOW - 60 * MINUTE }).slice(1), [
      'Worked 60 minutes ago.',
      'Did not answer the last time, 1 minute ago.',
    ])
    assert.deepEqual(say({ ...failing, failures: 4, sunken: true }).slice(1), [
      'Did not answer the last 4 times, most recently 1 minute ago.',
      'All others are tried before it.',
    ])
  })

  it('of the future, by a clock that was set back, was now', () => {
    assert.deepEqual(say({ lastSuccessAt: NOW + 60 * MINUTE }).slice(1), say({ lastSuccessAt: NOW }).slice(1))
  })

  it('is handed on with whom it leads to', () => {
    assert.equal(wholeAddress(ADDRESS, 'x'), `${ADDRESS}/p2p/x`)
    assert.equal(wholeAddress(`${ADDRESS}/p2p/x`, 'x'), `${ADDRESS}/p2p/x`)
    assert.equal(wholeAddress(`${ADDRESS}/p2p/relay/p2p-circuit`, 'x'), `${ADDRESS}/p2p/relay/p2p-circuit/p2p/x`)
  })
})

describe('a dial', () => {
  const attempt: DialReportData['attempts'][number] = {
    ...{
      address: ADDRESS,
      stage: 1,
      why: '',
      startedMs: 0,
      endedMs: 9,
      result: 'no-answer',
      detail: '',
      latencyMs: null,
    },
  }
  const none: DialReportData = {
    ...{ peerId: 'x', policy: 'certified-only', address: null, reused: false, detail: '', attempts: [], leftOut: [] },
  }
  const leftOut = [{ address: ADDRESS, why: 'x' }]

  it('is told in a sentence, whatever came of it', () => {
    const told = (report: Partial<DialReportData>) => dialHeadline({ ...none, ...report }, english)
    const reached = { ...attempt, result: 'reached', latencyMs: 8.7 } as const
    assert.equal(told({ reused: true, address: ADDRESS }), 'It is connected.')
    assert.equal(told({ address: ADDRESS, attempts: [attempt, reached] }), 'It answered, in 9 ms.')
    assert.equal(told({ attempts: [attempt], leftOut }), 'It did not answer.')
    assert.equal(told({ leftOut }), 'None of its addresses is one that you want tried.')
    assert.equal(told({}), 'No address of it is known.')
  })

  it('that left something out can be made wider, once', () => {
    assert.equal(mayTryMore({ ...none, leftOut }), true)
    assert.equal(mayTryMore({ ...none, leftOut, policy: 'any' }), false)
    assert.equal(mayTryMore({ ...none, leftOut, reused: true }), false)
    assert.equal(mayTryMore(none), false)
  })
})
