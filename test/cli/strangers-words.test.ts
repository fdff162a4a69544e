// What strangers wrote, on its way to a terminal or a program: in every sentence, table and line of JSON it is one line that steers nothing.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { writeJson } from '../../main/cli/json.ts'
import { peersText, peerText } from '../../main/cli/peers-text.ts'
import { problemText, reachabilityText, statusText, stepText, table } from '../../main/cli/text.ts'
import { createNodeEvents } from '../../main/events.ts'
import { explainFailure } from '../../main/certificates/failures.ts'
import { tellsNews } from '../../main/tell.ts'
import { doctorJson, doctorText } from '../../proto/doctor.ts'
import { plainJson, plainLines } from '../../proto/plain-text.ts'
import { zoneFault } from '../../proto/zone.ts'
import { stateWith } from '../shell/states.ts'
import { manualClock } from '../support/manual-clock.ts'
import { peerAddress } from '../support/peer-address.ts'
import type { NodeEvent } from '../../proto/node-events.ts'

const EVIL = '\u001b]0;PWN\u0007\u001b[2Jx\u009b31m\u202egnp\u2028\r\nState         FORGED'
const STEERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
const STEERS_BUT_LINE_ENDS = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
const NOW = Date.UTC(2026, 10, 30)

/** Every event, with that text wherever a text is. */
const EVENTS: readonly NodeEvent[] = [
  { event: 'started', peerId: EVIL, addresses: [EVIL] },
  { event: 'step', step: 'info', status: 'done', ms: 1, detail: EVIL },
  { event: 'next-forge', from: EVIL, to: EVIL, code: EVIL, message: EVIL },
  { event: 'certificate', names: [EVIL], issuer: EVIL, notAfter: EVIL, reused: false },
  { event: 'wss', addresses: [EVIL], listening: [EVIL] },
  { event: 'broadcast', seq: EVIL, addresses: [EVIL] },
  { event: 'discovered', peer: EVIL, via: 'identify', certified: true, addresses: [EVIL, EVIL] },
  { event: 'connected', peer: EVIL, address: EVIL, name: EVIL, verified: true, pingMs: 1 },
  { event: 'dial-failed', peer: EVIL, addresses: [EVIL], message: EVIL, retryAt: EVIL },
  { event: 'failed', code: EVIL, message: EVIL, nextStep: EVIL, retryAt: EVIL },
  { event: 'handed-over', folder: EVIL, hook: EVIL },
  { event: 'note', message: EVIL },
]

describe('A13 what strangers wrote', () => {
  for (const event of EVENTS)
    it(`steers nothing in the event ${event.event}, nor in its sentence`, () => {
      const clock = manualClock()
      const events = createNodeEvents(clock, silentLog)
      const lines: string[] = []
      events.on((line) => lines.push(...Object.values(line).flat().map(String)))
      events.emit(event)
      assert.doesNotMatch(lines.join(''), STEERS)
      const told = tellsNews()({ at: '2026-11-30T00:00:00Z', ...event }) ?? ''
      assert.doesNotMatch(told, STEERS)
      assert.match(told, /FORGED/)
    })

  it('is one line of every table', () => {
    assert.equal(table([['Label', EVIL]]).split('\n').length, 1)
    const base = stateWith()
    const state = {
      ...base,
      peers: {
        ...base.peers,
        list: [
          {
            ...{ peerId: '12D3KooW', connected: true, pingMs: null, lastSeenAt: null },
            addresses: [peerAddress(EVIL, 'certified')],
          },
        ],
      },
      reachability: { ...base.reachability, dialBacks: [{ by: EVIL, address: EVIL, ok: true, detail: EVIL }] },
    }
    const problem = { code: 'failed', params: {}, retryable: false, detail: EVIL } as const
    const step = {
      ...({ name: 'prove', status: 'failed', startedAt: NOW, ms: 1, note: 'none', params: {}, detail: EVIL } as const),
    }
    for (const text of [
      peersText(state, NOW),
      ...state.peers.list.map((peer) => peerText(peer, NOW)),
      reachabilityText(state, NOW),
      statusText(stateWith({ life: { state: 'failed', problem } }), 1, NOW),
      problemText(problem) ?? '',
      stepText(step, { kind: 'network' }),
    ]) {
      assert.doesNotMatch(text, STEERS_BUT_LINE_ENDS)
      assert.match(text, /FORGED/)
      assert.doesNotMatch(text, /^State +FORGED/m)
    }
  })

  it('is one bounded line of the doctor', () => {
    const line = { check: 'caa', status: 'bad', title: 'CAA', say: EVIL, todo: EVIL.repeat(1_000) } as const
    const text = doctorText([line])
    assert.doesNotMatch(text, STEERS_BUT_LINE_ENDS)
    assert.equal(text.split('\n').length, 2)
    assert.ok(text.length < 5_000)
    assert.doesNotMatch(doctorJson([line]), STEERS)
  })

  it('is escaped in JSON, and the same when it is read', () => {
    const tag = String.fromCodePoint(0xe0041) // a format character of two units
    const lines: string[] = []
    writeJson({ write: (text) => void lines.push(text) }, 'open', { url: EVIL + tag, role: 'owner', until: EVIL })
    assert.doesNotMatch(lines.join(''), STEERS)
    assert.deepEqual(JSON.parse(lines[0] ?? ''), { url: EVIL + tag, role: 'owner', until: EVIL })
    assert.equal(plainJson({ name: 'für 你好' }), '{"name":"für 你好"}')
  })

  it('keeps the lines of a text that is ours', () => {
    assert.equal(plainLines(`one\n  two ${EVIL.replace('\n', '')}`).split('\n').length, 2)
    assert.doesNotMatch(plainLines(EVIL), STEERS_BUT_LINE_ENDS)
  })

  it('is one line in what a failure says, and in the window’s words for it', () => {
    assert.doesNotMatch(explainFailure(new Error(EVIL)).message, STEERS)
  })

  it('is written as numbers where it was typed as a zone', () => {
    const fault = zoneFault(`a.\u001b[2J\u202eb.example`)
    assert.doesNotMatch(fault, STEERS)
    assert.match(fault, /U\+001B\[2JU\+202E/)
  })
})
