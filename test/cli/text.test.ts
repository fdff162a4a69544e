// What the terminal says of a way to a certificate: a forge's steps are its own, and a no is told as the one's who said it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { invitationText, nextForgeText, statusText, stepText } from '../../main/cli/text.ts'
import { certificate, stateWith } from '../shell/states.ts'
import type { Problem, Step, Way } from '../../proto/api/index.ts'

const NOW = Date.UTC(2026, 10, 20, 12)
const NETWORK: Way = { kind: 'network' }
const FORGE: Way = { kind: 'forge', forge: 'one.example.net', before: null }

const step = (name: Step['name'], rest: Partial<Step> = {}): Step => ({
  ...{ name, status: 'done', startedAt: NOW, ms: 1_234, note: 'none', params: {}, detail: '' },
  ...rest,
})

describe('a step in the terminal', () => {
  test('says what a forge does where there is one', () => {
    assert.equal(stepText(step('prove'), NETWORK), '  done   prove that the address is ours, 1.2 s')
    assert.equal(stepText(step('prove'), FORGE), '  done   let one.example.net knock at our door, 1.2 s')
    assert.equal(stepText(step('order'), FORGE), '  done   order the certificate ourselves, 1.2 s')
    const failed = step('publish', { status: 'failed', detail: 'nobody sees it' })
    assert.match(stepText(failed, FORGE), /failed see the code that one\.example\.net put into the DNS.*nobody sees it/)
    assert.equal(stepText(step('serve'), FORGE), stepText(step('serve'), NETWORK))
  })

  test('is announced by the forge that is asked now, and why the one before was left', () => {
    const before = { forge: 'one.example.net', why: 'server-unreachable' } as const
    const next = { kind: 'forge', forge: 'two.example.net', before } as const
    assert.match(
      nextForgeText(next) ?? '',
      /one\.example\.net did not do it \(server-unreachable\); now two\.example\.net/,
    )
    assert.match(nextForgeText({ ...next, before: { ...before, forge: null } }) ?? '', /the issue server did not do it/)
    assert.equal(nextForgeText(FORGE), undefined)
    assert.equal(nextForgeText(NETWORK), undefined)
  })
})

describe('the state in the terminal', () => {
  const failed = (state: 'refused' | 'rate-limited', code: string, forge?: string): string => {
    const params = { code, ...(forge === undefined ? {} : { forge, others: 0 }) }
    const problem: Problem = { code: 'refused', params, retryable: false, detail: '' }
    return statusText(stateWith({ life: { state, problem } }), 1, NOW).split('\n')[0] ?? ''
  }

  test('tells a no as the one’s who said it', () => {
    assert.match(failed('refused', 'not-authorized'), /The network said no\./)
    assert.match(failed('refused', 'forge-token', 'one.example.net'), /one\.example\.net said no\./)
    assert.match(failed('refused', 'rejectedIdentifier', 'one.example.net'), /The certificate authority said no\./)
  })

  test('tells a limit as the one’s who set it', () => {
    assert.match(failed('rate-limited', 'broker-limit', 'one.example.net'), /one\.example\.net takes in only so many/)
    assert.match(failed('rate-limited', 'rateLimited', 'one.example.net'), /the certificate authority allows/)
  })

  test('says whether a forge came in, where nobody else has looked', () => {
    const state = stateWith()
    const at = (ok: boolean) =>
      statusText(
        {
          ...state,
          reachability: {
            ...state.reachability,
            status: 'unknown',
            knock: { by: 'one.example.net', at: NOW - 7_200_000, ok },
          },
        },
        1,
        NOW,
      )
    assert.match(at(true), /Visitors {6}one\.example\.net came in, 2 hours ago/)
    assert.match(at(false), /Visitors {6}one\.example\.net could not come in, 2 hours ago/)
  })
})

test('an invitation to a forge names its broker', () => {
  const preview = {
    name: 'Club',
    zone: 'one.example.net',
    issuePeer: '',
    hosts: ['registration.one.example.net'],
    test: false,
  }
  assert.match(invitationText(preview), /^Broker {8}registration\.one\.example\.net$/m)
  assert.match(invitationText({ ...preview, issuePeer: '12D3KooW' }), /^Issue server {2}registration/m)
})

test('A10 everything that an invitation decides is told before it is followed', () => {
  const text = invitationText({
    ...{ name: 'Club', zone: 'one.example.net', issuePeer: '', hosts: ['one.example.net'], test: true },
    ...{ broker: 'https://one.example.net', directory: 'https://ca.example.net/dir', token: true },
    ...{ resolver: '127.0.0.1:53', roots: ['AA:BB'] },
  })
  for (const line of [
    /^Network +Club$/m,
    /^Names end in +one\.example\.net$/m,
    /^Broker +https:\/\/one\.example\.net$/m,
    /^Authority +https:\/\/ca\.example\.net\/dir \(instead of Let's Encrypt\)$/m,
    /^Token +there is one in it/m,
    /^Name server +127\.0\.0\.1:53 /m,
    /^Own root +AA:BB$/m,
    /^Trust +browsers do not trust its certificates/m,
  ])
    assert.match(text, line)
  assert.doesNotMatch(invitationText({ ...{ name: 'x', zone: 'x.y', issuePeer: '', hosts: [], test: false } }), /Trust/)
})

test('A10 the terminal says nothing of browsers’ trust where they have none by themselves', () => {
  for (const life of ['serving', 'renewing', 'renewal-failed'] as const) {
    const shownWith = (own: boolean) => stateWith({ life: { state: life }, current: certificate({ test: own }) })
    assert.match(statusText(shownWith(false), 1, NOW), /Browsers trust this computer/)
    assert.doesNotMatch(statusText(shownWith(true), 1, NOW), /Browsers trust this computer/)
  }
})
