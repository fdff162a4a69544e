// The door: what passes it, what does not, and that there is no way around it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError, MAX_CALL_BYTES, METHOD_NAMES, METHODS } from '../../proto/api/index.ts'
import { createConfirmations } from '../../main/api/confirmations.ts'
import { createDispatch, type Answer, type Caller, type Dispatch, type Handlers } from '../../main/api/dispatch.ts'
import { manualClock, settle } from '../support/manual-clock.ts'
import { CLI, GOOD_INPUTS, listeningLog, OWNER_PAGE, VIEWER_PAGE, WINDOW } from './support.ts'
import type { CallerKind, Method, MethodName } from '../../proto/api/index.ts'

/** Handlers that note that they were reached; none of them gives what it should. */
function spies(reached: string[], give: (name: string, input: unknown) => unknown = () => ({})): Handlers {
  const entries = METHOD_NAMES.map((name) => [
    name,
    async (input: unknown) => {
      reached.push(name)
      return await give(name, input)
    },
  ])
  return Object.fromEntries(entries) as Handlers
}

function door(give?: (name: string, input: unknown) => unknown) {
  const clock = manualClock()
  const log = listeningLog()
  const reached: string[] = []
  const confirmations = createConfirmations({ clock })
  const dispatch: Dispatch = createDispatch({ handlers: spies(reached, give), clock, log, confirmations })
  return { clock, log, reached, confirmations, dispatch }
}

const codeOf = (answer: Answer) => (answer.ok ? 'ok' : answer.problem.code)

/** A caller who may call the method. */
const callerFor = (name: MethodName): Caller => {
  const { callers }: Method = METHODS[name]
  const kind: CallerKind = callers?.[0] ?? 'ipc'
  return { kind, role: 'owner' }
}

/** The right input, with a code that is right where one is needed. */
const inputFor = (name: MethodName, confirmations: ReturnType<typeof createConfirmations>): object => {
  const { confirm }: Method = METHODS[name]
  if (confirm === undefined) return GOOD_INPUTS[name]
  return { ...GOOD_INPUTS[name], confirmation: confirmations.issue(confirm, callerFor(name).kind)?.code }
}

const WRONG_TYPES: readonly unknown[] = [
  undefined,
  null,
  0,
  Number.NaN,
  true,
  '',
  'text',
  [],
  [{}],
  () => 0,
  new Date(0),
  new Map(),
  5n,
]

const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

/** What is no input of any method, whatever its schema says. */
const NO_INPUTS: readonly (readonly [string, unknown])[] = [
  ...WRONG_TYPES.map((value) => [`${typeof value} ${value?.constructor.name ?? String(value)}`, value] as const),
  ['an unknown key', { strange: 1 }],
  ['a key of all objects', { constructor: 1 }],
  ['a method of all objects', { toString: 'x' }],
  ['a prototype in JSON', JSON.parse('{"__proto__":{"role":"owner"}}')],
  ['an inherited field', Object.create({ passphrase: 'a passphrase' })],
  ['a key that is a symbol', { [Symbol('x')]: 1 }],
  ['itself', cyclic],
  ['something deep', JSON.parse(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`)],
]

describe('S12/B18 the door', () => {
  for (const name of METHOD_NAMES) {
    const method: Method = METHODS[name]
    test(`${name} is reached by the right input only`, async () => {
      const { dispatch, reached, confirmations, clock } = door()
      const caller = callerFor(name)
      const refuse = async (what: string, input: unknown) => {
        const answer = await dispatch(name, input, caller)
        assert.ok(
          !answer.ok && ['bad-request', 'too-large'].includes(answer.problem.code),
          `${what}: ${codeOf(answer)}`,
        )
        assert.deepEqual(reached, [], what)
      }
      for (const [what, input] of NO_INPUTS) await refuse(what, input)
      const good = inputFor(name, confirmations)
      await refuse('an unknown key beside good ones', { ...good, strange: 1 })
      await refuse(
        'a prototype beside good ones',
        JSON.parse(
          `${JSON.stringify(good).slice(0, -1)}${good && Object.keys(good).length > 0 ? ',' : ''}"__proto__":{}}`,
        ),
      )
      const large = 'x'.repeat((method.maxBytes ?? MAX_CALL_BYTES) + 1)
      assert.equal(codeOf(await dispatch(name, { strange: large }, caller)), 'too-large', 'before anything else')
      for (const key of Object.keys(good)) {
        await refuse(`${key} too large`, { ...good, [key]: large })
        for (const value of WRONG_TYPES) {
          // a passphrase may be left out where the key lies in a keychain, and may be empty as far as the schema goes
          if (
            key === 'passphrase' &&
            (typeof value === 'string' || (value === undefined && name === 'identity.unlock'))
          )
            continue
          if (
            ['invitation', 'address', 'peerId', 'id', 'backup', 'name', 'nsec'].includes(key) &&
            typeof value === 'string'
          )
            continue
          if (name === 'peers.name' && typeof value === 'string') continue
          if (['identity', 'clicked', 'on'].includes(key) && value === true) continue
          await refuse(`${key} = ${String(value)}`, { ...good, [key]: value })
        }
      }
      clock.set(clock.now() + 1_000)
      await dispatch(name, good, caller)
      assert.deepEqual(reached, [name])
    })
  }

  test('knows the methods of the contract and nothing else', async () => {
    const { dispatch, reached } = door()
    const names = [
      '',
      'state',
      'toString',
      '__proto__',
      'constructor',
      'hasOwnProperty',
      'state.get ',
      'STATE.GET',
      1,
      null,
      {},
    ]
    for (const name of [...names, ['state.get'], undefined, { toString: () => 'state.get' }]) {
      assert.equal(codeOf(await dispatch(name, {}, WINDOW)), 'unknown-method', String(name))
    }
    assert.deepEqual(reached, [])
  })

  test('B15 lets a viewer look and nothing more', async () => {
    for (const name of METHOD_NAMES) {
      const { dispatch, reached, confirmations } = door()
      const answer = await dispatch(name, inputFor(name, confirmations), VIEWER_PAGE)
      const { role }: Method = METHODS[name]
      if (role === 'viewer') assert.deepEqual(reached, [name])
      else assert.deepEqual([codeOf(answer), reached], ['forbidden', []], name)
    }
  })

  test('shows a waiting code to the command line and the tray, never to a page', async () => {
    for (const caller of [WINDOW, OWNER_PAGE, VIEWER_PAGE]) {
      const { dispatch, reached } = door()
      assert.equal(codeOf(await dispatch('confirmation.show', {}, caller)), 'forbidden')
      assert.deepEqual(reached, [])
    }
    const { dispatch, reached } = door(() => ({ pending: null }))
    assert.equal(codeOf(await dispatch('confirmation.show', {}, CLI)), 'ok')
    assert.deepEqual(reached, ['confirmation.show'])
  })

  test('B15 obeys what cannot be undone once for each code', async () => {
    for (const name of METHOD_NAMES.filter(
      (method) => 'confirm' in METHODS[method] && METHODS[method].confirm !== undefined,
    )) {
      const { dispatch, reached, confirmations, clock } = door()
      const input = inputFor(name, confirmations)
      const wrong = {
        ...input,
        confirmation: 'confirmation' in input && input.confirmation === '000000' ? '111111' : '000000',
      }
      assert.equal(codeOf(await dispatch(name, wrong, WINDOW)), 'not-confirmed')
      assert.equal(
        codeOf(await dispatch(name, input, OWNER_PAGE)),
        'not-confirmed',
        'a code of the window in a browser',
      )
      assert.deepEqual(reached, [])
      await dispatch(name, input, WINDOW)
      clock.set(clock.now() + 60_000)
      assert.equal(codeOf(await dispatch(name, input, WINDOW)), 'not-confirmed', 'used twice')
      assert.deepEqual(reached, [name])
    }
  })

  test('B12 refuses a method that is called too often, and lets it be called again later', async () => {
    const { dispatch, reached, clock } = door()
    for (let call = 0; call < METHODS['network.sandbox'].perMinute; call++)
      await dispatch('network.sandbox', {}, WINDOW)
    const refused = await dispatch('network.sandbox', {}, WINDOW)
    assert.ok(!refused.ok)
    assert.deepEqual(
      [refused.problem.code, refused.problem.retryable, refused.problem.params],
      ['rate-limited', true, { seconds: 10 }],
    )
    assert.equal(codeOf(await dispatch('network.leave', {}, WINDOW)), 'ok')
    clock.set(clock.now() - 3_600_000)
    assert.equal(codeOf(await dispatch('network.sandbox', {}, WINDOW)), 'rate-limited')
    clock.set(clock.now() + 10_000)
    assert.equal(codeOf(await dispatch('network.sandbox', {}, WINDOW)), 'ok')
    assert.equal(reached.length, METHODS['network.sandbox'].perMinute + 2)
  })

  test('B12 keeps the calls of who may do everything apart from those of who may look', async () => {
    const { dispatch } = door()
    const call = (caller: Caller) => dispatch('certificate.export', {}, caller)
    for (let calls = 0; calls < METHODS['certificate.export'].perMinute; calls++) await call(VIEWER_PAGE)
    assert.equal(codeOf(await call(VIEWER_PAGE)), 'rate-limited')
    assert.notEqual(codeOf(await call(WINDOW)), 'rate-limited')
  })

  test('A13 writes no more than some lines about refusals into the log, however many there are', async () => {
    const { dispatch, log } = door()
    for (let calls = 0; calls < 1_000; calls++) await dispatch('app.quit', {}, VIEWER_PAGE)
    assert.ok(log.lines.length > 0 && log.lines.length <= 40, String(log.lines.length))
  })

  test('gives up a handler that takes too long, and tells it', async () => {
    const clock = manualClock()
    const log = listeningLog()
    let told: unknown
    const handlers: Handlers = {
      ...spies([]),
      'app.quit': (_input, { signal }) => {
        signal.addEventListener('abort', () => (told = signal.reason))
        return new Promise(() => undefined)
      },
    }
    const dispatch = createDispatch({ handlers, clock, log, confirmations: createConfirmations({ clock }) })
    const answer = dispatch('app.quit', {}, WINDOW)
    await settle()
    await clock.advance(METHODS['app.quit'].timeoutMs)
    assert.equal(codeOf(await answer), 'timeout')
    assert.ok(told instanceof ApiError)
    assert.equal(clock.sleeping, 0)
  })

  test('S16 passes on what the contract has a code for, and of everything else a number', async () => {
    const { dispatch, log } = door((name) => {
      if (name === 'certificate.get') throw new ApiError('too-soon', { params: { seconds: 5 }, retryable: true })
      throw new Error('the secret canary is in here')
    })
    assert.deepEqual(await dispatch('certificate.get', {}, WINDOW), {
      ok: false,
      problem: { code: 'too-soon', params: { seconds: 5 }, retryable: true, detail: '' },
    })
    const answer = await dispatch('network.leave', {}, WINDOW)
    assert.deepEqual(answer, {
      ok: false,
      problem: { code: 'internal', params: { number: 1 }, retryable: false, detail: 'number 1 in the log' },
    })
    assert.match(log.lines.join('\n'), /"number":1.*secret canary/)
  })

  test('S13 holds back an answer that is against the contract', async () => {
    const { dispatch } = door((name) =>
      name === 'certificate.export' ? { chainPem: 'x', keyPem: 'canary' } : { attempt: 5 },
    )
    for (const name of ['certificate.export', 'certificate.get']) {
      const answer = await dispatch(name, {}, WINDOW)
      assert.equal(codeOf(answer), 'internal')
      assert.ok(!JSON.stringify(answer).includes('canary'))
    }
  })

  test('S12 never writes what it was given into the log', async () => {
    const { dispatch, log, confirmations } = door(() => {
      throw new TypeError('broken')
    })
    const canary = 'canary-4711-passphrase'
    await dispatch('identity.protect', { passphrase: canary }, VIEWER_PAGE)
    await dispatch('identity.protect', { passphrase: canary, more: canary }, WINDOW)
    await dispatch('identity.protect', { passphrase: [canary] }, WINDOW)
    await dispatch('identity.protect', { passphrase: canary }, WINDOW)
    await dispatch('identity.export', { passphrase: canary, confirmation: '000000' }, WINDOW)
    await dispatch(canary, { [canary]: canary }, WINDOW)
    await dispatch('bridge.link', { role: canary }, WINDOW)
    assert.ok(log.lines.length >= 6, log.lines.join('\n'))
    assert.ok(!log.lines.join('\n').includes(canary), log.lines.join('\n'))
    assert.ok(confirmations.shown() === undefined)
  })
})
