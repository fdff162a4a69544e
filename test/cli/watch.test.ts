// `status --check` for monitoring, and `--watch` on a terminal and in a pipe.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import * as v from 'valibot'
import { createLog } from '../../core/log.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import { CHECK_CODES, checkLine, checkOf } from '../../main/cli/check.ts'
import { runCommand } from '../../main/cli/commands.ts'
import { JSON_OUTPUTS } from '../../main/cli/json.ts'
import type { Terminal } from '../../main/cli/terminal.ts'
import { LIFE_STATES, type LifeState } from '../../proto/api/index.ts'
import { startBridge } from '../bridge/support.ts'
import { temporaryDir } from '../main/support.ts'
import { certificate, DAY, HOUR, NOW, stateWith } from '../shell/states.ts'
import { cleanEnv, ROOT } from '../support/command.ts'
import { type ManualClock, manualClock, settle } from '../support/manual-clock.ts'

describe('status --check', () => {
  const well: readonly LifeState[] = ['serving', 'renewing', 'working', 'starting']
  for (const state of LIFE_STATES)
    test(`of ${state} with a good certificate is ${well.includes(state) ? 'OK' : 'WARNING'}`, () => {
      const { word, text, figures } = checkOf(stateWith({ life: { state }, current: certificate() }), NOW)
      assert.equal(word, well.includes(state) ? 'OK' : 'WARNING')
      assert.match(text, /good until 2027-01-29 12:00 UTC, in 70 days\.$/)
      assert.equal(figures, 'days=70.0')
    })

  test('rounds the days down in words and in figures', () => {
    const { text, figures } = checkOf(stateWith({ current: certificate({ notAfter: NOW + 6 * DAY - HOUR }) }), NOW)
    assert.match(text, /in 5 days\.$/)
    assert.equal(figures, 'days=5.9')
  })

  test('is CRITICAL without a certificate unless one comes, at its end, and after it', () => {
    const word = (life: LifeState, current: ReturnType<typeof certificate> | null) =>
      checkOf(stateWith({ life: { state: life }, current }), NOW).word
    assert.equal(word('idle', null), 'CRITICAL')
    assert.equal(word('no-network', null), 'CRITICAL')
    assert.equal(word('working', null), 'WARNING')
    assert.equal(word('serving', certificate({ notAfter: NOW + HOUR })), 'CRITICAL')
    assert.equal(word('expired', certificate({ notAfter: NOW - DAY })), 'CRITICAL')
  })

  test('is one line whose bar begins the figures', () => {
    assert.equal(checkLine({ word: 'OK', text: 'all\nis | well' }), 'NODETRUST OK - all is / well')
    const both = { word: 'OK', text: 'a|b | c\nd', figures: 'days=1.0' } as const
    assert.equal(checkLine(both), 'NODETRUST OK - a/b / c d | days=1.0')
  })

  test('is CRITICAL where no node runs, and UNKNOWN where it cannot be found out', async (t) => {
    const dir = await temporaryDir(t)
    const check = (...words: string[]) => {
      const all = [...nodeFlags(), join(ROOT, 'main', 'headless.ts'), 'status', '--check', ...words]
      return spawnSync(process.execPath, all, { env: cleanEnv(), encoding: 'utf8' })
    }
    const none = check(`--dir=${dir}`)
    assert.deepEqual([none.status, none.stderr], [CHECK_CODES.CRITICAL, ''])
    assert.match(none.stdout, /^NODETRUST CRITICAL - no node runs on .*\n$/)
    const wrong = check('--jsno')
    assert.deepEqual([wrong.status, wrong.stderr], [CHECK_CODES.UNKNOWN, ''])
    assert.match(wrong.stdout, /^NODETRUST UNKNOWN - there is no flag "--jsno".*\n$/)
  })
})

/** A terminal with a screen, or a pipe. */
function terminal(signal: AbortSignal, hasScreen: boolean) {
  const written: string[] = []
  const clock = manualClock()
  const at: Terminal = {
    ...{ env: {}, clock, signal, ask: undefined, say: (text) => void written.push(`said: ${text}`) },
    print: (text) => void written.push(text),
    write: (text) => void written.push(text),
    ...(hasScreen ? { clear: () => void written.push('clear') } : {}),
  }
  return { at, written, clock }
}

/** Moves the clock, and waits for what a second brings; what ends too early says why. */
async function moveUntil(clock: ManualClock, code: Promise<number>, isThere: () => boolean): Promise<void> {
  const ended = { already: false }
  const end = () => void (ended.already = true)
  void code.then(end, end)
  while (!isThere() && !ended.already) {
    if (clock.sleeping > 0) await clock.advance(1_000)
    await settle()
  }
  if (!isThere()) await code
}

describe('--watch', () => {
  for (const hasScreen of [true, false])
    test(`${hasScreen ? 'draws anew on a terminal' : 'is a line for each change in a pipe'}, and ends with Ctrl-C`, async (t) => {
      const { program, dir } = await startBridge(t)
      const left = new AbortController()
      const { at, written, clock } = terminal(left.signal, hasScreen)
      const code = runCommand(['status', '--watch', `--dir=${dir}`], at)
      while (written.length === 0) await settle()
      const before = written.length
      const { identity } = program.facts()
      program.set({ phase: 'failed', node: undefined, identity: { ...identity, state: 'locked' } })
      await moveUntil(clock, code, () => written.length > before)
      left.abort()
      assert.equal(await code, 0)
      if (hasScreen) assert.deepEqual([written[0], written[2]], ['clear', 'clear'])
      else for (const line of written) assert.match(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}[A-Z]\w+ +\S/)
    })

  test('pauses after each line of a pipe, so that a reader that has gone is noticed by the next one', async (t) => {
    const { dir } = await startBridge(t)
    const left = new AbortController()
    const { at, written, clock } = terminal(left.signal, false)
    const code = runCommand(['status', '--watch', `--dir=${dir}`], at)
    while (written.length === 0 || clock.sleeping === 0) await settle()
    assert.equal(written.length, 1)
    await clock.advance(25)
    assert.equal(written.length, 2)
    // the second one could not be written
    left.abort()
    assert.equal(await code, 0)
    assert.equal(written.length, 2)
  })

  test('says once a minute that it is still so', async (t) => {
    const { dir } = await startBridge(t)
    for (const words of [['status'], ['status', '--json']]) {
      const left = new AbortController()
      const { at, written, clock } = terminal(left.signal, false)
      const code = runCommand([...words, '--watch', `--dir=${dir}`], at)
      await moveUntil(clock, code, () => written.length > 1 && written.at(-1)?.slice(24) === written[0]?.slice(24))
      assert.equal(written.filter((line) => line.slice(24) === written[0]?.slice(24)).length, 2)
      left.abort()
      assert.equal(await code, 0)
    }
  })

  test('says that the node has ended', async (t) => {
    const { bridge, dir } = await startBridge(t)
    const { at, written, clock } = terminal(new AbortController().signal, false)
    const code = runCommand(['peers', '--watch', '--json', `--dir=${dir}`], at)
    while (written.length === 0) await settle()
    assert.equal(typeof JSON.parse(written[0] ?? '').known, 'number')
    await bridge.stop()
    await moveUntil(clock, code, () => written.some((line) => line.startsWith('said')))
    assert.equal(await code, 3)
    assert.equal(written.at(-1), 'said: The node has ended.')
  })
})

describe('logs', () => {
  test('are the newest lines, and with --follow what comes after, until the node has ended', async (t) => {
    const { bridge, recent, dir } = await startBridge(t)
    const log = createLog('info', recent.destination)
    for (const number of [1, 2, 3]) log.info({ number }, 'a line')
    const { at, written, clock } = terminal(new AbortController().signal, false)
    const code = runCommand(['logs', '--lines=2', '--follow', `--dir=${dir}`], at)
    while (written.length < 2) await settle()
    assert.match(written[0] ?? '', /^[\d-]{10}T[\d:.]{12}Z {2}info {3}a line {2}number=2$/)
    log.warn({ peer: '12D3KooW', why: 'two words\u001b[2J' }, 'another')
    await moveUntil(clock, code, () => written.length === 3)
    assert.match(written[2] ?? '', /Z {2}warn {3}another {2}peer=12D3KooW why="two words\uFFFD\[2J"$/)
    for (let line = 0; line < 700; line++) log.info({}, 'many')
    await moveUntil(clock, code, () => written.length === 504)
    assert.equal(written[3], 'said: 200 lines came too fast to be kept.')
    await bridge.stop()
    await moveUntil(clock, code, () => written.at(-1)?.startsWith('said') === true)
    assert.equal(written.at(-1), 'said: The node has ended.')
    assert.equal(await code, 3)
  })

  test('that are followed end with Ctrl-C, and are given to programs as objects', async (t) => {
    const { recent, dir } = await startBridge(t)
    createLog('info', recent.destination).info({ number: 1 }, 'a line')
    const left = new AbortController()
    const { at, written } = terminal(left.signal, false)
    const code = runCommand(['logs', '--follow', '--json', `--dir=${dir}`], at)
    while (written.length === 0) await settle()
    const { level, message, fields } = v.parse(JSON_OUTPUTS.logs, JSON.parse(written[0] ?? ''))
    assert.deepEqual({ level, message, fields }, { level: 'info', message: 'a line', fields: { number: 1 } })
    left.abort()
    assert.equal(await code, 0)
  })

  test('tell what happened to a node whose log says nothing, in the words of Activity, and few of what strangers cause', async (t) => {
    const { program, dir } = await startBridge(t)
    const now = new Date(NOW).toISOString()
    program.emit({ event: 'wss', addresses: ['/dns4/a.example/tcp/4430/tls/ws'], listening: [] }, NOW)
    const failed = { code: 'offline', message: 'nobody answers', nextStep: 'look at the cable', retryAt: null }
    program.emit({ event: 'failed', ...failed }, NOW)
    const stranger = { event: 'discovered', via: 'identify', certified: false, addresses: [] } as const
    for (let number = 0; number < 100; number++) program.emit({ ...stranger, peer: `peer-${number}` }, NOW)
    const { at, written } = terminal(new AbortController().signal, false)
    assert.equal(await runCommand(['logs', '--lines=500', `--dir=${dir}`], at), 0)
    assert.equal(written[0], `${now}  info   Serving secure WebSockets at /dns4/a.example/tcp/4430/tls/ws.`)
    assert.match(
      written[1] ?? '',
      /Z {2}warn {3}Problem \(offline\): nobody answers\. What to do: look at the cable\.$/,
    )
    assert.equal(written.length, 2 + 20)
    written.length = 0
    assert.equal(await runCommand(['logs', '--json', '--lines=500', `--dir=${dir}`], at), 0)
    assert.deepEqual(v.parse(JSON_OUTPUTS.logs, JSON.parse(written[0] ?? '')).fields, { event: 'wss' })
  })

  test('say how to have more of them where there are none, and take no number that no node keeps', async (t) => {
    const { dir } = await startBridge(t)
    const { at, written } = terminal(new AbortController().signal, false)
    assert.equal(await runCommand(['logs', `--dir=${dir}`], at), 0)
    assert.match(written[0] ?? '', /^said: .*--log=info/)
    for (const lines of ['0', '501', 'all', '-1'])
      await assert.rejects(runCommand(['logs', `--lines=${lines}`, `--dir=${dir}`], at), { name: 'UsageError' })
  })
})
