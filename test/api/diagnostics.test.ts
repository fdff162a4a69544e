// The file for whoever helps: it holds what helps, and nothing that is nobody's business.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { createApi } from '../../main/api/api.ts'
import { diagnosticsText, MAX_CONTENT_BYTES } from '../../main/api/diagnostics.ts'
import { redact, redactText } from '../../core/redact.ts'
import { keepRecentLines } from '../../main/api/recent-lines.ts'
import { createLog, silentLog } from '../../core/log.ts'
import { FAKE_NODE, fakeProgram } from '../support/fake-program.ts'
import { manualClock } from '../support/manual-clock.ts'
import { makeBundle, NOW, temporaryDir, testAuthority } from '../main/support.ts'
import { INVITATION, CLI, OWNER_PAGE, VIEWER_PAGE, WINDOW } from './support.ts'
import type { Output } from '../../proto/api/index.ts'
import type { Desk } from '../../main/api/desk.ts'

const HOME = '/home/alice'
const key = await generateKeyPair('Ed25519')
const protobuf = Buffer.from(privateKeyToProtobuf(key))
const token = randomBytes(32).toString('base64url')

describe('a text', () => {
  const REMOVED: readonly string[] = [
    ...[protobuf.toString('base64'), protobuf.toString('base64url'), Buffer.from(key.raw).toString('base64')],
    ...[token, `Bearer ${token}`, `bearer.${token}`, `http://127.0.0.1:1/#t=${token}`, INVITATION],
    ...[
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\nabc\n-----END PRIVATE KEY-----',
      '-----BEGIN EC PRIVATE KEY-----\ncut off',
    ],
  ]
  for (const secret of REMOVED) {
    test(`loses ${secret.slice(0, 24)}...`, () => {
      const text = redactText(`before "${secret}" after ${secret}`, HOME)
      assert.ok(text.startsWith('before "') && text.includes('[removed]'), text)
      // no part of it that one could go on from
      const body = secret
        .replaceAll(/^(?:Bearer |bearer\.|http\S+t=|nodetrust:\/\/)/g, '')
        .replaceAll(/-----[A-Z ]+-----/g, '')
      for (let at = 0; at + 12 <= body.length; at += 4)
        assert.ok(!text.includes(body.slice(at, at + 12)), `${body.slice(at, at + 12)} in ${text}`)
    })
  }

  const SHORTENED: readonly (readonly [string, string])[] = [
    ['203.0.113.7', '203.0.x.x'],
    ['/ip4/192.168.1.2/tcp/4431', '/ip4/192.168.x.x/tcp/4431'],
    ['/dns4/203-0-113-7.pabc.example.net/tcp/1', '/dns4/203-0-x-x.pabc.example.net/tcp/1'],
    ['ip4203-0-113-7.ip.example.net', 'ip4203-0-x-x.ip.example.net'],
    ['/ip6/2001:db8:1:2::7/tcp/1', '/ip6/2001:db8:x/tcp/1'],
    ['fe80::1%eth0', 'fe80::x%eth0'],
    ['2001-db8--7.pabc.example.net', '2001-db8-x.pabc.example.net'],
    [`${HOME}/.local/share/nodetrust`, '~/.local/share/nodetrust'],
  ]
  for (const [whole, short] of SHORTENED) test(`shortens ${whole}`, () => assert.equal(redactText(whole, HOME), short))

  const KEPT: readonly string[] = [
    ...['127.0.0.1:4430', '::1', '2026-11-20T12:00:00.000Z', '12:30:59', FAKE_NODE.peerId, `/p2p/${FAKE_NODE.peerId}`],
    ...['/ip4/127.0.0.1/tcp/4431/tls/ws/p2p/12D3KooWQ47m7UQBocKrCSpk7GWNbBzBorhXUTgz7suUxnYur3xU', 'a'.repeat(64)],
    ...[
      'pamvv6akrapo2mpl03s8fdobupv2upsawp04g6x0bsfbu2qmr8jky9buwwf.sandbox.nodetrust.test',
      'version 1.2.3',
      '0.0.0.0',
    ],
  ]
  for (const text of KEPT) test(`keeps ${text}`, () => assert.equal(redactText(text, HOME), text))

  test('of a megabyte is done in no time', () => {
    for (const unit of ['1', 'a-', '1.', 'a:', '/', 'A', '-----BEGIN X-----', '0-0-']) {
      const began = performance.now()
      redactText(unit.repeat(300_000 / unit.length), HOME)
      assert.ok(performance.now() - began < 2_000, unit)
    }
  })
})

test('a tree loses fields that are secret by name, and what is too deep', () => {
  const tree = {
    passphrase: 'x',
    nested: { keyPem: 'x', token: 'x', keyAlgorithm: 'ecdsa-p256', code: 'disk', backupAt: 5 },
    invitation: 'x',
    list: [{ privateKey: 'x' }],
  }
  assert.deepEqual(redact(tree, HOME), {
    passphrase: '[removed]',
    nested: { keyPem: '[removed]', token: '[removed]', keyAlgorithm: 'ecdsa-p256', code: 'disk', backupAt: 5 },
    ...{ invitation: '[removed]', list: [{ privateKey: '[removed]' }] },
  })
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(40)}"canary"${'}'.repeat(40)}`)
  assert.ok(!JSON.stringify(redact(deep, HOME)).includes('canary'))
})

describe('diagnostics', () => {
  test('S13 hold the state, events and log lines, and no secret that was put into any of them', async (t) => {
    const dir = await temporaryDir(t)
    const clock = manualClock()
    const recent = keepRecentLines(500, () => undefined)
    const log = createLog('debug', recent.destination)
    const program = fakeProgram(dir)
    const desk: Desk = { quit: () => undefined }
    const api = createApi({
      ...{ program, desk, clock, log, host: 'headless', version: '1.2.3', platform: 'linux' },
      recent,
      can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
    })
    t.after(() => api.stop())
    const bundle = await makeBundle({ authority: await testAuthority(), names: ['pabc.nt.example.net'] })
    const secrets = [
      protobuf.toString('base64'),
      token,
      'correct horse battery',
      INVITATION,
      bundle.keyPem.split('\n')[1] ?? '',
    ]
    program.setNode({ certificate: bundle, addresses: ['/ip4/203.0.113.7/tcp/4431'] })
    for (const secret of secrets.filter((text) => !text.includes(' '))) {
      program.emit({ event: 'note', message: `a note with ${secret} in it` })
      log.info({ detail: secret }, `a line with ${secret}`)
    }
    log.info({ passphrase: 'correct horse battery', token }, 'fields')
    program.emit({
      event: 'failed',
      code: 'disk',
      message: `cannot write ${dir}/peer.key`,
      nextStep: 'make room',
      retryAt: null,
    })
    await api.dispatch('identity.protect', { passphrase: 'correct horse battery' }, WINDOW)
    await api.dispatch('network.join', { invitation: INVITATION }, WINDOW)
    await api.dispatch('confirmation.request', { action: 'reset' }, OWNER_PAGE)

    const answer = await api.dispatch('diagnostics.export', {}, OWNER_PAGE)
    assert.ok(answer.ok, JSON.stringify(answer))
    const { fileName, folder, content } = answer.output as { fileName: string; folder: string; content: string }
    assert.deepEqual([fileName, folder], ['diagnostics-2026-11-20T12-00-00.json', 'exports'])
    const path = join(dir, 'exports', fileName)
    assert.equal(await readFile(path, 'utf8'), content)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    for (const secret of [...secrets, api.confirmations.shown()?.code ?? '?', '203.0.113.7'])
      assert.ok(!content.includes(secret), secret)
    const parsed = JSON.parse(content)
    assert.equal(parsed.version, '1.2.3')
    assert.equal(parsed.state.certificate.current.names[0], 'pabc.nt.example.net')
    assert.equal(parsed.events.at(-1).code, 'disk')
    assert.ok(parsed.log.length >= 3)
    // nor is one in the lines that the command line asks for
    const read = await api.dispatch('log.read', {}, CLI)
    assert.ok(read.ok, JSON.stringify(read))
    const lines = JSON.stringify(read.output)
    assert.match(lines, /"message":"a line with \[removed\]"/)
    for (const secret of [...secrets, api.confirmations.shown()?.code ?? '?'])
      assert.ok(!lines.includes(secret), secret)
    // nor is the key in what goes out of the certificate
    const { certificate } = api.state.snapshot().state
    assert.ok(!JSON.stringify(certificate).includes(bundle.keyPem.split('\n')[1] ?? ''))
  })

  test('A13 are written by an owner alone, and the newest ten of them are kept', async (t) => {
    const dir = await temporaryDir(t)
    const clock = manualClock()
    const api = createApi({
      ...{ program: fakeProgram(dir), desk: { quit: () => undefined }, clock, log: silentLog },
      ...{ host: 'headless', version: '1', platform: 'linux' },
      can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
    })
    t.after(() => api.stop())
    const looked = await api.dispatch('diagnostics.export', {}, VIEWER_PAGE)
    assert.equal(looked.ok ? '' : looked.problem.code, 'forbidden')
    await assert.rejects(readdir(join(dir, 'exports')), { code: 'ENOENT' })
    await mkdir(join(dir, 'exports'))
    await writeFile(join(dir, 'exports', 'nodetrust-identity-2026-01-01.backup'), 'kept')
    for (let file = 0; file < 13; file++) {
      assert.ok((await api.dispatch('diagnostics.export', {}, OWNER_PAGE)).ok)
      clock.set(clock.now() + 60_000)
    }
    const names = (await readdir(join(dir, 'exports'))).sort()
    assert.equal(names.length, 11)
    assert.equal(names[0], 'diagnostics-2026-11-20T12-03-00.json', 'the oldest are gone')
    assert.ok(names.includes('nodetrust-identity-2026-01-01.backup'))
  })

  test('A13 have a bound, whatever the lines are', async (t) => {
    const api = createApi({
      ...{ program: fakeProgram(await temporaryDir(t)), desk: { quit: () => undefined }, clock: manualClock() },
      ...{ log: silentLog, host: 'headless', version: '1', platform: 'linux' },
      can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
    })
    t.after(() => api.stop())
    const { state } = api.state.snapshot()
    const logLines = Array.from({ length: 500 }, (_, line) => `${line} ${'long words '.repeat(2_000)}`)
    const content = diagnosticsText({ at: NOW, state, events: [], logLines })
    assert.ok(Buffer.byteLength(content) <= MAX_CONTENT_BYTES)
    assert.match(content, /"499 long words/)
  })

  test('A13 log lines are read by an owner alone, those behind the ones that were read, five hundred at most', async (t) => {
    const recent = keepRecentLines(500, () => undefined)
    const api = createApi({
      ...{ program: fakeProgram(await temporaryDir(t)), desk: { quit: () => undefined }, clock: manualClock(), recent },
      ...{ log: silentLog, host: 'headless', version: '1', platform: 'linux' },
      can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
    })
    t.after(() => api.stop())
    const log = createLog('info', recent.destination)
    const read = async (input: object) => {
      const answer = await api.dispatch('log.read', input, CLI)
      assert.ok(answer.ok, JSON.stringify(answer))
      const { lines, written } = answer.output as Output<'log.read'>
      return { written, numbers: lines.map(({ fields }) => fields['number']) }
    }
    const looked = await api.dispatch('log.read', {}, VIEWER_PAGE)
    assert.equal(looked.ok ? '' : looked.problem.code, 'forbidden')
    assert.deepEqual(await read({}), { written: 0, numbers: [] })
    for (let number = 0; number < 5; number++) log.info({ number }, 'a line')
    assert.deepEqual(await read({ most: 2 }), { written: 5, numbers: [3, 4] })
    assert.deepEqual(await read({ after: 4 }), { written: 5, numbers: [4] })
    assert.deepEqual(await read({ after: 5 }), { written: 5, numbers: [] })
    assert.deepEqual((await read({ after: 6 })).numbers.length, 5, 'of a node that ran before')
    for (let number = 5; number < 2_000; number++) log.info({ number }, 'a line')
    assert.equal((await read({ after: 5 })).numbers.length, 500)
    assert.equal((await api.dispatch('log.read', { most: 501 }, CLI)).ok, false)
    recent.destination.write(`{"level":30,${'x'.repeat(10_000)}\n`)
    const [cut] = ((await api.dispatch('log.read', { most: 1 }, CLI)) as { output: Output<'log.read'> }).output.lines
    assert.deepEqual([cut?.at, cut?.fields], [null, {}])
    assert.ok((cut?.message.length ?? 0) < 5_000)
  })

  test('hold the newest five hundred lines', () => {
    const onward: string[] = []
    const recent = keepRecentLines(500, (line) => onward.push(line))
    for (let line = 0; line < 5_000; line++) recent.destination.write(`${line}\n`)
    assert.deepEqual(
      [recent.lines().length, recent.lines()[0], recent.lines().at(-1), onward.length],
      [500, '4500\n', '4999\n', 5_000],
    )
  })

  test('say that the disk is at fault where they cannot be written', async (t) => {
    const dir = await temporaryDir(t)
    await mkdir(join(dir, 'data'))
    await writeFile(join(dir, 'data', 'exports'), 'a file where a folder should be')
    const api = createApi({
      ...{
        program: fakeProgram(join(dir, 'data')),
        desk: { quit: () => undefined },
        clock: manualClock(),
        log: silentLog,
      },
      ...{
        host: 'headless',
        version: '1',
        can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
      },
    })
    t.after(() => api.stop())
    const answer = await api.dispatch('diagnostics.export', {}, WINDOW)
    assert.equal(answer.ok ? '' : answer.problem.code, 'disk')
  })
})
