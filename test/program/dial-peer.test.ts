// Dialling because somebody asked: what the call takes, what it gives, and how a person reads it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { dialText } from '../../main/cli/dial-text.ts'
import { DialError } from '../../main/peers/dial/dial-error.ts'
import { plainReason } from '../../main/peers/dial/plain-reason.ts'
import { UnknownPolicyError } from '../../main/peers/dial/policy.ts'
import { dialPeer } from '../../main/program/dial-peer.ts'
import { DIAL_RESULTS } from '../../proto/dial-policy.ts'
import { DialReportSchema } from '../../proto/api/index.ts'
import { fakeConnection, PEER } from '../peers/dial-scene.ts'
import type { DialOptions, Reached } from '../../main/peers/dial/dialler.ts'
import type { Attempt, DialReport } from '../../main/peers/dial/report.ts'

const ID = PEER.toString()
const A = '/ip4/1.1.1.1/tcp/4431'
const WHY = 'signed by the peer; public; not tried before'

const attempt = (kind: Attempt['result']['kind'], startedMs: number, endedMs: number, reason?: string): Attempt => ({
  ...{ address: multiaddr(A), stage: 0, why: WHY, startedMs, endedMs },
  result: {
    kind,
    ...(reason === undefined ? {} : { reason }),
    ...(kind === 'reached' ? { latencyMs: endedMs - startedMs } : {}),
  },
})

const report = (change: Partial<DialReport> = {}): DialReport => ({
  ...{ peer: PEER, policy: 'default', reused: false, attempts: [], leftOut: [], ...change },
})

const appThat = (dial: (options?: DialOptions) => Promise<Reached>) => ({
  dial: (_: unknown, options?: DialOptions) => dial(options),
})

const code = async (work: Promise<unknown>) =>
  await work.then(
    () => 'ok',
    (error: { problem?: { code: string } }) => error.problem?.code,
  )

describe('a call to dial a peer', () => {
  test('gives the report as data, with the policy that was asked for', async () => {
    const asked: (DialOptions['policy'] | undefined)[] = []
    const app = appThat((options) => {
      asked.push(options?.policy)
      const attempts = [attempt('slower', 0, 280, 'another address was faster'), attempt('reached', 250, 280)]
      return Promise.resolve({ ...report({ attempts }), connection: fakeConnection(`${A}/p2p/${ID}`) })
    })
    const data = v.parse(DialReportSchema, await dialPeer(app, ` ${ID}\n`, 'any'))
    assert.deepEqual(asked, ['any'])
    assert.equal(data.address, `${A}/p2p/${ID}`)
    assert.deepEqual(
      data.attempts.map(({ stage, result, latencyMs }) => [stage, result, latencyMs]),
      [
        [1, 'slower', null],
        [1, 'reached', 30],
      ],
    )
  })

  test('that reached nobody is no failure of the call', async () => {
    const failed = report({ attempts: [attempt('failed', 0, 3, 'ECONNREFUSED')] })
    const app = appThat(() => Promise.reject(new DialError(`${ID} was not reached: ECONNREFUSED`, failed, [])))
    const data = v.parse(DialReportSchema, await dialPeer(app, ID, undefined))
    assert.deepEqual([data.address, data.detail], [null, `${ID} was not reached: ECONNREFUSED`])
  })

  test('says what is wrong with it', async () => {
    const unknown = appThat(() => Promise.reject(new UnknownPolicyError('there is no dial policy "all"')))
    assert.equal(await code(dialPeer(undefined, ID, undefined)), 'not-running')
    assert.equal(await code(dialPeer(unknown, 'anna', undefined)), 'bad-address')
    assert.equal(await code(dialPeer(unknown, ID, 'all')), 'bad-request')
  })
})

describe('a person reads', () => {
  const base = { peerId: ID, policy: 'default', address: null, reused: false, detail: '', attempts: [], leftOut: [] }
  const tried = { address: A, stage: 1, why: WHY, startedMs: 0, endedMs: 4, detail: 'ECONNREFUSED', latencyMs: null }

  test('where the peer was reached, and what was tried before', () => {
    const attempts = [
      { ...tried, result: 'failed' as const },
      { ...tried, startedMs: 4, endedMs: 35, result: 'reached' as const, detail: '', latencyMs: 31 },
    ]
    assert.equal(
      dialText({ ...base, address: `${A}/p2p/${ID}`, attempts }),
      [
        `Reached at ${A} in 31 ms, by the policy default.`,
        '',
        'Tried, in this order:',
        `  1  ${A}`,
        '     after 0 ms, for 4 ms: failed (ECONNREFUSED)',
        `     stage 1: ${WHY}`,
        `  2  ${A}`,
        '     after 4 ms, for 31 ms: reached',
        `     stage 1: ${WHY}`,
      ].join('\n'),
    )
  })

  test('that there was a connection already', () => {
    assert.equal(
      dialText({ ...base, address: A, reused: true }),
      `Connected already, at ${A}, which the policy default takes.`,
    )
  })

  test('what would be another try where nothing fits, and how to add an address where there is none', () => {
    const leftOut = [{ address: A, why: 'the policy certified-only does not take it: heard on the topic' }]
    const text = dialText({
      ...base,
      policy: 'certified-only',
      detail: 'the policy certified-only takes no known address',
      leftOut,
    })
    assert.match(text, /^The policy certified-only takes no known address\.\n/)
    assert.match(text, /Another policy takes more: nodetrust peers dial \S+ --policy any$/)
    assert.match(dialText({ ...base, detail: `no address of ${ID} is known` }), /nodetrust peers add MULTIADDR$/)
  })

  test('what to do next, by what came of each address', () => {
    const advice = (result: (typeof DIAL_RESULTS)[number]) =>
      dialText({ ...base, attempts: [{ ...tried, result }] })
        .split('\n\n')
        .at(-1) ?? ''
    assert.match(advice('failed'), /^It may be switched off.*nodetrust peers add ADDRESS$/)
    assert.match(advice('no-answer'), /^It may be switched off/)
    assert.match(advice('other-peer'), /^Somebody else is at \/ip4.*nodetrust peers remove/)
    assert.match(advice('held-back'), /ten minutes/)
    assert.match(advice('refused'), /nodetrust peers add ADDRESS$/)
  })

  test('why an address led to nobody: in plain words, the words of the library behind them', () => {
    const shown = (message: string, more: object = {}) => plainReason(Object.assign(new Error(message), more))
    assert.equal(shown('Missing newline'), 'whoever is there speaks no libp2p: Missing newline')
    assert.equal(shown('connect', { code: 'ECONNREFUSED' }), 'nobody takes connections there: connect')
    assert.equal(shown('Unexpected server response: 404').split(':')[0], 'a web server is there, and no peer')
    assert.equal(
      plainReason(new AggregateError([new Error('read ECONNRESET')], 'all failed')).split(':')[0],
      'the connection was broken off',
    )
    assert.equal(shown('something new'), 'something new')
  })

  test('every result in words, and nothing that steers a terminal', () => {
    for (const result of DIAL_RESULTS) {
      const text = dialText({
        ...base,
        attempts: [{ ...tried, result, detail: 'x\u001b[31m\u202e', address: `${A}\u0007` }],
      })
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u202e]/)
      assert.doesNotMatch(text, /undefined/)
    }
  })
})
