// The API as a whole over a program: its state follows, calls get where they should, and what the host cannot do is said.
import { formatInvitation } from '../../proto/invitation.ts'
import { ROOT_PEM } from '../support/roots.ts'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as v from 'valibot'
import { ApiError, METHOD_NAMES, PushSchema } from '../../proto/api/index.ts'
import { createApi } from '../../main/api/api.ts'
import { manualClock, settle } from '../support/manual-clock.ts'
import { fakeProgram } from '../support/fake-program.ts'
import { makeBundle, NOW, temporaryDir, testAuthority } from '../main/support.ts'
import { CLI, GOOD_INPUTS, INVITATION, listeningLog, OWNER_PAGE, VIEWER_PAGE, WINDOW } from './support.ts'
import type { Push } from '../../proto/api/index.ts'
import type { Answer } from '../../main/api/dispatch.ts'
import type { Desk } from '../../main/api/desk.ts'
import type { TestContext } from 'node:test'

function made(t: TestContext, desk: Partial<Desk> = {}, dir?: string) {
  const clock = manualClock(NOW)
  const program = fakeProgram(dir)
  const asked: unknown[] = []
  const api = createApi({
    ...{ program, clock, log: listeningLog(), host: 'desktop', version: '1', platform: 'linux' },
    can: { startAtLogin: true, tray: true, notify: true, openFolders: true },
    desk: { quit: () => void asked.push('quit'), ...desk },
  })
  t.after(() => api.stop())
  const pushes: Push[] = []
  api.state.subscribe((push) => pushes.push(push))
  return { api, clock, program, asked, pushes }
}

const codeOf = (answer: Answer) => (answer.ok ? 'ok' : answer.problem.code)

describe('the state', () => {
  test('follows the program, and every push fits the contract', async (t) => {
    const { api, program, pushes, clock } = made(t)
    program.setNode({ attempt: { id: 'attempt-1', kind: 'first', startedAt: NOW } })
    program.emit({ event: 'step', step: 'info', status: 'begin', ms: 0, detail: '' })
    await settle()
    await clock.advance(200)
    const { certificate, activity } = api.state.snapshot().state
    assert.equal(certificate.life.state, 'working')
    assert.deepEqual(
      certificate.attempt?.steps.slice(0, 3).map(({ status }) => status),
      ['done', 'now', 'waiting'],
    )
    assert.deepEqual(activity.entries, [])
    program.setNode({ attempt: undefined })
    program.emit({ event: 'note', message: 'hello' })
    api.setUpdate({ available: { version: '2', installs: false }, checkedAt: NOW })
    await settle()
    await clock.advance(200)
    const last = api.state.snapshot()
    assert.equal(last.state.certificate.attempt?.endedAt, NOW + 200)
    assert.equal(last.state.activity.entries[0]?.detail, `${'2026-11-20 12:00:00'.slice(0, 0)}Note: hello.`)
    assert.equal(last.state.update.available?.version, '2')
    assert.ok(pushes.length >= 2)
    for (const push of pushes) assert.ok(v.is(PushSchema, push), JSON.stringify(push))
    assert.equal(pushes.at(-1)?.rev, last.rev)
  })

  test('shows that a certificate has expired without anything else happening', async (t) => {
    const { api, program, clock } = made(t)
    const certificate = await makeBundle({ authority: await testAuthority(), names: ['a.example.net'], days: 1 })
    program.setNode({ certificate })
    await settle()
    assert.equal(api.state.snapshot().state.certificate.life.state, 'serving')
    clock.set(certificate.notAfter)
    await clock.advance(30_000)
    assert.equal(api.state.snapshot().state.certificate.life.state, 'expired')
  })

  test('is still once the API was stopped', async (t) => {
    const { api, program, pushes, clock } = made(t)
    await settle()
    api.stop()
    program.emit({ event: 'note', message: 'hello' })
    await settle()
    await clock.advance(60_000)
    assert.deepEqual(pushes, [])
    assert.equal(clock.sleeping, 0)
  })
})

/** Methods that are a call of the program, and what it is called with. */
const CALLS = [
  ['certificate.get', {}, ['getCertificate']],
  ['certificate.cancel', {}, ['cancel']],
  ['reachability.check', {}, ['checkReachability']],
  ['network.join', { invitation: INVITATION }, ['join', INVITATION]],
  ['network.sandbox', {}, ['joinSandbox', 'network']],
  ['network.sandbox', { way: 'forge' }, ['joinSandbox', 'forge']],
  ['network.leave', {}, ['leave']],
  ['settings.set', { values: { tcpPort: '5000', theme: 'dark' } }, ['setSettings', { tcpPort: '5000', theme: 'dark' }]],
  ['peers.add', { address: 'x' }, ['addPeer', 'x']],
  ['peers.remove', { address: 'x' }, ['removePeer', 'x']],
  ['peers.forget', { peerId: 'x' }, ['forgetPeer', 'x']],
  ['peers.name', { peerId: 'x', name: 'Attic' }, ['namePeer', 'x', 'Attic']],
  ['peers.dial', { peerId: 'x' }, ['dialPeer', 'x', undefined]],
  ['peers.dial', { peerId: 'x', policy: 'any' }, ['dialPeer', 'x', 'any']],
  ['identity.unlock', {}, ['unlock', undefined]],
  ['identity.unlock', { passphrase: 'p' }, ['unlock', 'p']],
  ['identity.protect', { passphrase: 'p' }, ['protect', 'p']],
  ['notice.dismiss', { id: 'n' }, ['dismissNotice', 'n']],
] as const

describe('a call', () => {
  for (const [name, input, expected] of CALLS) {
    test(`of ${name} reaches the program`, async (t) => {
      const { api, program } = made(t)
      assert.equal(codeOf(await api.dispatch(name, input, WINDOW)), 'ok')
      assert.deepEqual(program.calls, [expected])
    })
  }

  test('of every method gets an answer that fits the contract, whatever the host can do', async (t) => {
    const dir = await temporaryDir(t)
    for (const name of METHOD_NAMES) {
      const { api } = made(t, {}, dir)
      const answer = await api.dispatch(name, GOOD_INPUTS[name], name === 'confirmation.show' ? CLI : WINDOW)
      assert.ok(
        answer.ok || !['internal', 'bad-request'].includes(answer.problem.code),
        `${name}: ${JSON.stringify(answer)}`,
      )
    }
  })

  test('fails with what the program says', async (t) => {
    const { api, program } = made(t)
    program.failNext('getCertificate', new ApiError('too-soon', { params: { seconds: 9 }, retryable: true }))
    assert.equal(codeOf(await api.dispatch('certificate.get', {}, WINDOW)), 'too-soon')
    program.failNext('addPeer', new ApiError('bad-address'))
    assert.equal(codeOf(await api.dispatch('peers.add', { address: 'x' }, WINDOW)), 'bad-address')
  })

  test('A10 of a preview shows everything that a link decides, and not its token', async (t) => {
    const { api } = made(t)
    const preview = async (invitation: string) => {
      const answer = await api.dispatch('network.preview', { invitation }, VIEWER_PAGE)
      return answer.ok ? answer.output : answer.problem
    }
    const forge = { zone: 'forge.example.net', name: 'Club', issue: [], broker: 'https://forge.example.net' }
    const token = 'a-secret-token-of-somebody'
    const shownForge = await preview(formatInvitation({ ...forge, token, directory: 'https://ca.example.net/dir' }))
    assert.deepEqual(shownForge, {
      ...{ name: 'Club', zone: 'forge.example.net', hosts: ['forge.example.net'], issuePeer: '', test: false },
      ...{ broker: forge.broker, directory: 'https://ca.example.net/dir', token: true },
    })
    const local = { ...forge, broker: 'http://127.0.0.1:1', rootPem: ROOT_PEM, resolver: '127.0.0.1:53' }
    const shownLocal = Object(await preview(formatInvitation(local)))
    assert.equal(shownLocal.resolver, '127.0.0.1:53')
    assert.match(String(shownLocal.roots), /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    assert.equal(shownLocal.test, true)
  })

  test('of a preview says what an invitation leads to, and does nothing', async (t) => {
    const { api, program } = made(t)
    assert.deepEqual(await api.dispatch('network.preview', { invitation: INVITATION }, VIEWER_PAGE), {
      ok: true,
      output: {
        ...{ name: 'Friends', zone: 'nt.example.net', hosts: ['issue.example.net'], test: false },
        addresses: ['/dns4/issue.example.net/tcp/4431'],
        issuePeer: '12D3KooWQ47m7UQBocKrCSpk7GWNbBzBorhXUTgz7suUxnYur3xU',
      },
    })
    for (const name of ['network.preview', 'network.join']) {
      assert.equal(
        codeOf(await api.dispatch(name, { invitation: 'nodetrust://quit/x?' }, WINDOW)),
        'invalid-invitation',
      )
    }
    assert.deepEqual(program.calls, [])
  })

  test('of an import hands over bytes, and refuses what is no base64', async (t) => {
    const { api, program } = made(t, { confirm: async () => 'approved' })
    const codeFor = async () => {
      const answer = await api.dispatch('confirmation.request', { action: 'import-identity' }, WINDOW)
      return answer.ok ? (answer.output as { code: string }).code : ''
    }
    const call = async (backup: string) =>
      codeOf(await api.dispatch('identity.import', { backup, passphrase: 'p', confirmation: await codeFor() }, WINDOW))
    for (const backup of ['', 'QUJ', 'QU JD', '####']) assert.equal(await call(backup), 'bad-backup', backup)
    assert.equal(await call('QUJD'), 'ok')
    assert.deepEqual(program.calls, [['importIdentity', Buffer.from('ABC'), 'p']])
  })

  test('S7/S8 opens constants of our own, by name', async (t) => {
    const opened: string[] = []
    const note = async (place: string) => void opened.push(place)
    const { api, program } = made(t, { openLink: note, openFolder: note })
    await api.dispatch('link.open', { id: 'help' }, WINDOW)
    await api.dispatch('folder.open', { name: 'exports' }, WINDOW)
    assert.equal(codeOf(await api.dispatch('link.open', { id: 'test-page' }, WINDOW)), 'unavailable')
    assert.equal(codeOf(await api.dispatch('link.open', { id: 'https://evil.example/' }, WINDOW)), 'bad-request')
    assert.equal(codeOf(await api.dispatch('folder.open', { name: '../..' }, WINDOW)), 'bad-request')
    assert.deepEqual(opened, ['https://nodetrust.org/help/', `${program.dir}/exports`])
  })

  test('that the host cannot do is answered with `unavailable`', async (t) => {
    const { api, asked } = made(t)
    for (const name of ['link.open', 'folder.open', 'bridge.open', 'bridge.link', 'update.install'] as const) {
      assert.equal(codeOf(await api.dispatch(name, GOOD_INPUTS[name], WINDOW)), 'unavailable', name)
    }
    assert.equal(codeOf(await api.dispatch('confirmation.request', { action: 'reset' }, WINDOW)), 'unavailable')
    await api.dispatch('app.quit', {}, WINDOW)
    assert.deepEqual(asked, ['quit'])
  })
})

describe('a confirmation', () => {
  test('of the window is asked by a dialog, and its code comes back', async (t) => {
    const { api, program } = made(t, { confirm: async () => 'approved' })
    const answer = await api.dispatch('confirmation.request', { action: 'reset' }, WINDOW)
    assert.ok(answer.ok)
    const { code } = answer.output as { code: string }
    assert.equal(codeOf(await api.dispatch('app.reset', { identity: true, confirmation: code }, WINDOW)), 'ok')
    assert.deepEqual(program.calls, [['reset', { identity: true }]])
    assert.equal(api.confirmations.shown(), undefined)
  })

  test('that the person refuses gives no code', async (t) => {
    const { api } = made(t, { confirm: async () => 'refused' })
    assert.equal(codeOf(await api.dispatch('confirmation.request', { action: 'reset' }, WINDOW)), 'not-confirmed')
  })

  test('B15 of a page in a browser is shown elsewhere, and not given to the page', async (t) => {
    const shown: string[] = []
    const { api, program } = made(t, { confirm: async () => 'approved', showCode: ({ code }) => shown.push(code) })
    const answer = await api.dispatch('confirmation.request', { action: 'reset' }, OWNER_PAGE)
    assert.deepEqual(answer, { ok: true, output: { code: null, until: NOW + 120_000 } })
    const told = await api.dispatch('confirmation.show', {}, CLI)
    assert.deepEqual(told, { ok: true, output: { pending: { action: 'reset', code: shown[0], until: NOW + 120_000 } } })
    assert.equal(codeOf(await api.dispatch('app.reset', { identity: false, confirmation: shown[0] }, OWNER_PAGE)), 'ok')
    assert.deepEqual(program.calls, [['reset', { identity: false }]])
    assert.deepEqual(await api.dispatch('confirmation.show', {}, CLI), { ok: true, output: { pending: null } })
  })
})

describe('the choice of a network', () => {
  test('S26 the clipboard is looked into for the window alone, and without a press in the first run alone', async (t) => {
    const looks: boolean[] = []
    const { api, program } = made(t, {
      clipboardInvitation: async (clicked) => {
        looks.push(clicked)
        return INVITATION
      },
    })
    const look = (clicked: boolean, caller = WINDOW) => api.dispatch('network.clipboard', { clicked }, caller)
    assert.deepEqual(await look(false), { ok: true, output: { invitation: null } })
    assert.deepEqual(looks, [], 'a network is chosen')
    assert.deepEqual(await look(true), { ok: true, output: { invitation: INVITATION } })
    program.set({ firstRun: true })
    assert.deepEqual(await look(false), { ok: true, output: { invitation: INVITATION } })
    assert.deepEqual(looks, [true, false])
    for (const caller of [OWNER_PAGE, VIEWER_PAGE, CLI]) assert.notEqual(codeOf(await look(true, caller)), 'ok')
    assert.deepEqual(looks, [true, false], 'nobody else')
  })

  test('a host without a clipboard says so', async (t) => {
    const { api } = made(t)
    assert.equal(codeOf(await api.dispatch('network.clipboard', { clicked: true }, WINDOW)), 'unavailable')
  })

  test('the public network is looked at and joined by who may, and told in the state', async (t) => {
    const { api, program } = made(t)
    const offered = { name: 'Everybody', zone: 'f.example.org', broker: 'answers' } as const
    program.set({ network: { choice: null, sandbox: 'off', public: offered, silent: null } })
    await settle()
    assert.deepEqual(api.state.snapshot().state.network.public, offered)
    for (const method of ['network.look', 'network.public'] as const) {
      assert.equal(codeOf(await api.dispatch(method, {}, VIEWER_PAGE)), 'forbidden')
    }
    assert.deepEqual(program.calls, [])
    await api.dispatch('network.look', { again: true }, OWNER_PAGE)
    await api.dispatch('network.public', {}, WINDOW)
    assert.deepEqual(program.calls, [['lookAtPublicNetwork', true], ['joinPublicNetwork']])
  })
})
