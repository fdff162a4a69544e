// The operator's page as a function of what there is to say about the broker's certificate.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { adminPage } from '../../servers/admin/page.ts'
import { brokerReport } from '../../servers/broker/report.ts'
import { DAY_MS, NOW } from '../main/support.ts'
import { shownOf } from '../support/operator-scenes.ts'
import type { BucketState } from '../../servers/broker/buckets.ts'
import type { CertificateFault, CertificateState } from '../../servers/broker/certificate.ts'

const HOUR_MS = 3_600_000
const current = { names: ['nt.example.net'], issuer: 'E7', notBefore: NOW - 40 * DAY_MS, notAfter: NOW + 50 * DAY_MS }

/** The page as it reads, without its style and tags. */
function read(certificate: CertificateState | undefined, returning: Partial<BucketState> = {}): string {
  const report = brokerReport({
    ...{ zone: 'nt.example.net', url: 'https://nt.example.net/', peer: '12D3KooW', startedAt: NOW, now: NOW },
    quota: {
      ...{ days: 7, waitMs: 0, week: { days: 7, limit: 50, used: 2, newShare: 0.8 } },
      newPeers: { used: 1, limit: 25, waitMs: 0 },
      returning: { used: 3, limit: 25, waitMs: 0, ...returning },
    },
    ...{ certificate, dialBacks: 0, inflight: 0, denylists: [], invited: undefined, newest: [], counted: [] },
    ...{ dnsBehind: 0, invitation: undefined, day: [] },
  })
  const html = adminPage(shownOf([report], { now: NOW }))
  const text = html.replaceAll(/<(style|script)>.*?<\/\1>/gs, '').replaceAll(/<[^>]*>/g, ' ')
  return text.replaceAll(/\s+/g, ' ')
}

const state = (more: Partial<CertificateState> = {}): CertificateState => ({
  ...{ from: 'acme', current, renewAt: NOW + 20 * DAY_MS, busy: false, fault: undefined },
  ...more,
})
const fault = (more: Partial<CertificateFault> = {}): CertificateFault => ({
  ...{ message: 'the CA said no', nextStep: 'look at it', at: NOW - 5 * HOUR_MS, retryAt: NOW + 19 * HOUR_MS },
  ...more,
})

describe('the page says of the certificate', () => {
  test('until when it is good, how much that is, and when it is renewed', () => {
    const page = read(state())
    assert.match(page, /Well: new peers are welcome/)
    assert.match(page, /Valid until 2027-01-09 12:00 UTC \(in about 50 days\) Life left 56 %/)
    assert.match(page, /Renewal 2026-12-10 12:00 UTC \(in about 20 days\)/)
  })

  test('what failed last, what to do, when it is tried again, and how not to wait so long', () => {
    const page = read(state({ fault: fault() }))
    assert.match(page, /something is wrong with the next certificate/)
    assert.match(page, /Renewal tried again in about 19 hours/)
    assert.match(page, /Last failure 5 hours ago the CA said no What to do: look at it/)
    assert.match(page, /To try at once, remove broker-certificate\.retry\.json/)
  })

  test('nothing of hurrying where the next try is near', () => {
    assert.doesNotMatch(read(state({ fault: fault({ retryAt: NOW + 60_000 }) })), /To try at once/)
  })

  test('that there is none yet, and that it is being ordered', () => {
    const page = read(state({ current: undefined, renewAt: undefined, busy: true }))
    assert.match(page, /There is no certificate yet: nobody can connect/)
    assert.match(page, /Next a certificate is being ordered now/)
  })

  test('that it has expired', () => {
    const page = read(state({ current: { ...current, notAfter: NOW - HOUR_MS } }))
    assert.match(page, /The certificate has expired: clients refuse to connect/)
    assert.match(page, /Expired at 2026-11-20 11:00 UTC .* Life left 0 %/)
  })

  test('that somebody else renews it where it comes from files', () => {
    assert.match(read(state({ from: 'files', renewAt: undefined })), /Renewal by whoever writes its files/)
  })

  test('nothing where a reverse proxy has it', () => {
    assert.doesNotMatch(read(undefined), /Certificate |Valid until/)
  })

  test('what a CA wrote as text, whatever it wrote', () => {
    const html = read(state({ fault: fault({ message: '<script>alert(1)</script>' }) }))
    assert.match(html, /&#60;script&#62;alert/)
  })
})

describe('the page says of the week', () => {
  test('how many new peers came, how many known ones came back, and what the zone used', () => {
    const page = read(undefined)
    assert.match(
      page,
      /New peers in 7 days 1 of 25 Known peers back in 7 days 3 of 25 New certificates in 7 days 2 of 50/,
    )
  })

  test('that known peers have to wait, since they expect to renew', () => {
    assert.match(read(undefined, { used: 25, waitMs: HOUR_MS * 6 }), /Known peers have to wait about 6 hours: too many/)
  })
})
