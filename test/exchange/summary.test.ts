// The summary of what somebody has: never forgets a record, rarely takes another for it, and cannot be made to be large.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { sha256 } from 'multiformats/hashes/sha2'
import { isSummarised, readSummary, summaryOf } from '../../core/exchange/summary.ts'

/** Peers are as good as their ids here; keys would take a while. */
async function madeUp(count: number, first = 0) {
  const numbers = Array.from({ length: count }, (_, index) => first + index)
  return Promise.all(
    numbers.map(async (number) => ({
      peer: peerIdFromMultihash(await sha256.digest(new TextEncoder().encode(`peer ${number}`))),
      seq: BigInt(1_700_000_000_000 + number),
    })),
  )
}

describe('a summary of records', () => {
  test('has every record that it was made of, and takes one in fifty others for one of them at most', async () => {
    const records = await madeUp(2_000)
    const summary = summaryOf(records)
    assert.ok(records.every((record) => isSummarised(summary, record)))
    const others = await madeUp(2_000, 10_000)
    const mistaken = others.filter((record) => isSummarised(summary, record)).length
    assert.ok(mistaken < 40, `${mistaken} of 2,000`)
  })

  test('tells a newer record of the same peer from the one that it has', async () => {
    const records = await madeUp(200)
    const summary = summaryOf(records)
    const newer = records.filter(({ peer, seq }) => isSummarised(summary, { peer, seq: seq + 1n }))
    assert.ok(newer.length < 10, `${newer.length} of 200`)
  })

  test('mistakes other records with another salt', async () => {
    const [records, others] = [await madeUp(500), await madeUp(3_000, 10_000)]
    const mistaken = (salt: number) => {
      const summary = summaryOf(records, new Uint8Array(8).fill(salt))
      return others.filter((record) => isSummarised(summary, record)).map(({ peer }) => peer.toString())
    }
    const [one, two] = [mistaken(1), new Set(mistaken(2))]
    assert.ok(one.filter((peer) => two.has(peer)).length < one.length / 2)
  })

  test('is the same bytes for everybody', async () => {
    const peer = peerIdFromMultihash(await sha256.digest(new TextEncoder().encode('vector')))
    const { filter } = summaryOf([{ peer, seq: 1n }], new Uint8Array(8))
    // worked out by hand from the words in nodetrust.proto
    assert.equal(Buffer.from(filter).toString('hex'), '20e9')
  })

  test('of a hundred thousand peers is 2,560 bytes, and a larger one is none', async () => {
    const records = await madeUp(2_048)
    const all = Array.from({ length: 50 }, () => records).flat()
    assert.equal(summaryOf(all).filter.length, 2_560)
    const salt = new Uint8Array(8)
    assert.ok(readSummary({ salt, filter: new Uint8Array(2_560) }))
    assert.equal(readSummary({ salt, filter: new Uint8Array(2_561) }), undefined)
    assert.equal(readSummary({ salt, filter: new Uint8Array() }), undefined)
    assert.equal(readSummary({ salt: new Uint8Array(9), filter: new Uint8Array(10) }), undefined)
  })
})
