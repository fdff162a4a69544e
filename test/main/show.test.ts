// What `certificate show` says of a data folder: the certificate, its renewal, the next attempt and what happened.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, before, describe, test } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { serialiseBundle } from '../../core/x509/index.ts'
import { classifyFailure } from '../../core/acme/renewal.ts'
import { createHistory } from '../../main/certificates/history.ts'
import { loadRetryDate } from '../../main/certificates/retry.ts'
import { readCertificateReport, reportText } from '../../main/certificates/show.ts'
import { distance } from '../../main/distance.ts'
import { DAY_MS, makeBundle, manualClock, NOW, temporaryDir, testAuthority } from './support.ts'
import type { Authority } from '../../servers/ca/authority.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'

let authority: Authority

before(async () => {
  authority = await testAuthority()
})

const NAMES = ['node.example.net', '*.node.example.net']

async function scene(t: TestContext, more: Partial<CertificateBundle> = {}) {
  const dir = await temporaryDir(t)
  const bundle = { ...(await makeBundle({ authority, names: NAMES })), ...more }
  await writeFile(join(dir, 'certificate.json'), serialiseBundle(bundle))
  const text = async (now = NOW) => reportText(await readCertificateReport(dir, now), now)
  return { dir, bundle, text }
}

describe('what is shown of a certificate', () => {
  test('is its names, its issuer, its end and its renewal, calmly aligned', async (t) => {
    const { text } = await scene(t)
    assert.deepEqual((await text()).split('\n'), [
      'Names         node.example.net',
      '              *.node.example.net',
      'Issued by     Nodetrust Sandbox Intermediate (not trusted)',
      'Good until    2027-02-18 12:00 UTC, in 90 days',
      'Renewal       2027-01-19 11:40 UTC, in 59 days: when a third of its life is left',
    ])
  })

  test('is the moment that was chosen in the window of the CA', async (t) => {
    const renewalWindow = { start: NOW + 50 * DAY_MS, end: NOW + 52 * DAY_MS }
    const { text } = await scene(t, { renewalWindow, renewAt: NOW + 51 * DAY_MS })
    assert.match(await text(), /Renewal +2027-01-10 12:00 UTC, in 51 days: chosen in the window/)
    assert.match(await text(NOW + 53 * DAY_MS), /Renewal +due: chosen in the window/)
  })

  test('says that it has expired, and when', async (t) => {
    const { text } = await scene(t)
    assert.match(await text(NOW + 93 * DAY_MS), /Expired +2027-02-18 12:00 UTC, 3 days ago/)
  })

  test('says what failed and when it is tried again, or that somebody has to act', async (t) => {
    const { text, dir } = await scene(t)
    const clock = manualClock()
    const retry = await loadRetryDate({ dir, clock, log: silentLog, situation: '', random: () => 0.5 })
    const failed = (code: string) =>
      retry.failed({
        code,
        message: 'no such luck',
        nextStep: '',
        kind: classifyFailure({ code }),
        retryAfterMs: undefined,
      })
    await failed('unreachable')
    assert.match(
      await text(),
      /Next attempt +2026-11-20 12:01 UTC, in 60 seconds\nLast failure +no such luck \(unreachable, 1 in a row\)/,
    )
    await failed('invalid-csr')
    assert.match(await text(), /Next attempt +none before somebody has done something about it/)
  })

  test('is what happened last, newest at the end', async (t) => {
    const { text, dir } = await scene(t)
    const history = createHistory({ dir, clock: manualClock(), log: silentLog })
    for (let index = 0; index < 20; index++) history.note({ what: 'swapped', code: 'new', detail: `number ${index}` })
    await history.ended()
    const lines = (await text()).split('\n')
    assert.deepEqual(lines.slice(-2), ['  2026-11-20 12:00  New certificate in use', `${' '.repeat(20)}number 19`])
    assert.equal(lines.filter((line) => line.includes('number')).length, 12)
  })

  test('says what happened in words, with plain times, in 80 columns', async (t) => {
    const { text, dir } = await scene(t)
    const history = createHistory({ dir, clock: manualClock(), log: silentLog })
    const detail = `a certificate is asked for again at 2026-12-01T10:20:30.456Z ${'since the one before is old '.repeat(6)}`
    history.note({ what: 'order-begun', code: 'first', detail: detail.trim() })
    await history.ended()
    const said = await text()
    assert.match(said, /A certificate was asked for\n {20}a certificate is asked for again at 2026-12-01 10:20\s+UTC/)
    for (const line of said.split('\n')) assert.ok(line.length <= 80, line)
  })

  test('is the one before where the newest is torn, with the trouble', async (t) => {
    const { text, dir, bundle } = await scene(t)
    await writeFile(join(dir, 'certificate.previous.json'), serialiseBundle(bundle))
    await writeFile(join(dir, 'certificate.json'), '{')
    assert.match(await text(), /Names +node\.example\.net[^]*Trouble +the stored certificate bundle cannot be used/)
  })

  test('never holds a key', async (t) => {
    const { dir } = await scene(t)
    assert.ok(!JSON.stringify(await readCertificateReport(dir, NOW)).includes('PRIVATE'))
  })
})

describe('a distance', () => {
  for (const [ms, text] of [
    [0, 'now'],
    [1_000, 'in 1 second'],
    [-119_000, '119 seconds ago'],
    [120_000, 'in 2 minutes'],
    [47 * 3_600_000, 'in 47 hours'],
    [48 * 3_600_000, 'in 2 days'],
  ] as const) {
    test(`of ${ms} ms is ${text}`, () => assert.equal(distance(ms), text))
  }
})
