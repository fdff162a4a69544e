// Issuance from a CA that fails in the middle. Whatever happens there is one certificate or a typed error, never two
// certificates, and never a TXT value that stays.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  AcmeProblem,
  AcmeTimeoutError,
  AcmeTransportError,
  type Dns01,
  type IssuanceOptions,
  memoryAccountStore,
  type SessionOptions,
} from '../../core/acme/index.ts'
import { certId, CertificateError } from '../../core/x509/index.ts'
import type { CaAnswer, CaRequest, Faults } from '../../servers/ca/http.ts'
import { obtain, type Obtained, openSession, QUICK_POLL, startOwnCa } from '../support/issuance.ts'

const NAMES = ['*.faults.example.net']
const DAY_SECONDS = 86_400

type OwnCa = Awaited<ReturnType<typeof startOwnCa>>

interface Trial {
  readonly own: OwnCa
  readonly run: (options?: Partial<IssuanceOptions>, session?: Partial<SessionOptions>) => Promise<Obtained>
  /** `POST /new-order`, in order. */
  readonly requests: string[]
}

/** Gives the work a CA with these faults; whatever the outcome, no TXT value may be left. */
async function withCa(faults: Faults, work: (trial: Trial) => Promise<void>): Promise<void> {
  const requests: string[] = []
  const own = await startOwnCa({
    faults: {
      ...faults,
      before(request) {
        requests.push(`${request.method} ${kindOf(request)}`)
        return faults.before?.(request)
      },
    },
  })
  try {
    const run: Trial['run'] = async (options = {}, sessionOptions = {}) => {
      const session = await openSession(own, sessionOptions)
      try {
        return await obtain(own, session, NAMES, options)
      } finally {
        session.close()
      }
    }
    await work({ own, run, requests })
    assert.equal(own.zone.records.size, 0, 'TXT values were left')
  } finally {
    await own.stop()
  }
}

/** `/order/x/finalize` -> `finalize`, `/order/x` -> `order`. */
function kindOf({ path }: CaRequest): string {
  return path.endsWith('/finalize') ? 'finalize' : (path.split('/')[1] ?? '')
}

/** Says yes so many times, for the requests of one kind. */
function times(count: number, kind: string): (request: CaRequest) => boolean {
  let left = count
  return (request) => kindOf(request) === kind && left-- > 0
}

function problem(status: number, type: string, headers: Readonly<Record<string, string>> = {}): CaAnswer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: { type: `urn:ietf:params:acme:error:${type}`, detail: 'because', status },
  }
}

describe('an answer that is lost', () => {
  for (const kind of ['new-account', 'new-order', 'authorization', 'challenge', 'order', 'finalize', 'certificate']) {
    test(`after the CA has done its work (${kind}) costs no second certificate`, async () => {
      const hit = times(1, kind)
      await withCa({ after: (request, answer) => (hit(request) ? 'drop' : answer) }, async ({ own, run }) => {
        await run()
        assert.equal(own.ca.stats().certificates, 1)
        assert.equal(own.ca.stats().accounts, 1)
      })
    })

    test(`together with its request (${kind}) costs nothing`, async () => {
      const hit = times(1, kind)
      await withCa({ before: (request) => (hit(request) ? 'drop' : undefined) }, async ({ own, run }) => {
        await run()
        assert.equal(own.ca.stats().certificates, 1)
      })
    })
  }

  test('of finalize is asked for at the order, not sent again', async () => {
    const hit = times(1, 'finalize')
    await withCa({ after: (request, answer) => (hit(request) ? 'drop' : answer) }, async ({ run, requests }) => {
      await run()
      assert.equal(requests.filter((request) => request === 'POST finalize').length, 1)
    })
  })

  test('of finalize, replaced by an error page, is asked for as well', async () => {
    const hit = times(1, 'finalize')
    const page = { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad gateway</h1>' }
    await withCa({ after: (request, answer) => (hit(request) ? page : answer) }, async ({ own, run }) => {
      await run()
      assert.equal(own.ca.stats().certificates, 1)
    })
  })

  test('of every finalize ends in a typed error, and the order can be resumed', async () => {
    let broken = true
    const faults: Faults = { before: (request) => (broken && kindOf(request) === 'finalize' ? 'drop' : undefined) }
    await withCa(faults, async ({ own, run }) => {
      const saved: string[] = []
      const store = memoryAccountStore()
      const orderStore = { save: async (url: string) => void saved.push(url), clear: async () => void saved.splice(0) }
      await assert.rejects(run({ orderStore }, { store }), AcmeTransportError)
      broken = false
      const [orderUrl = ''] = saved
      const { steps } = await run({ orderStore, resume: { orderUrl } }, { store })
      const told = steps.map(({ step }) => step)
      assert.ok(told.includes('validated') && !told.includes('challenge-set'), told.join())
      assert.deepEqual(own.ca.stats().orders, { pending: 0, ready: 0, processing: 0, valid: 1, invalid: 0 })
      assert.deepEqual(saved, [])
    })
  })
})

describe('a refusal', () => {
  for (const [what, headers, expected] of [
    ['seconds', { 'retry-after': '7200' }, 7_200_000],
    ['a date', { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }, 'about an hour'],
    ['30 days', { 'retry-after': String(30 * DAY_SECONDS) }, 30 * DAY_SECONDS * 1000],
    ['0', { 'retry-after': '0' }, 0],
    ['a negative number', { 'retry-after': '-7' }, 3_600_000],
    ['rubbish', { 'retry-after': 'later' }, 3_600_000],
    ['nothing', {}, undefined],
  ] as const) {
    test(`by a rate limit with ${what} in Retry-After comes back at once, asked only once`, async () => {
      const limited = problem(429, 'rateLimited', headers)
      const faults: Faults = { before: (request) => (kindOf(request) === 'new-order' ? limited : undefined) }
      await withCa(faults, async ({ run, requests }) => {
        await assert.rejects(run(), (error) => {
          assert.ok(error instanceof AcmeProblem)
          assert.equal(error.type, 'rateLimited')
          if (expected === 'about an hour') assert.ok(Math.abs((error.retryAfterMs ?? 0) - 3_600_000) < 60_000)
          else assert.equal(error.retryAfterMs, expected)
          assert.equal(error.isPause, expected === undefined)
          return true
        })
        assert.equal(requests.filter((request) => request === 'POST new-order').length, 1)
      })
    })
  }

  test('at the challenge takes the TXT value away', async () => {
    const faults: Faults = {
      before: (request) => (kindOf(request) === 'challenge' ? problem(429, 'rateLimited') : undefined),
    }
    await withCa(faults, async ({ own, run }) => {
      await assert.rejects(run(), AcmeProblem)
      assert.deepEqual(own.zone.changes, [
        'set _acme-challenge.faults.example.net',
        'remove _acme-challenge.faults.example.net',
      ])
    })
  })

  test('of the CSR ends the order for good', async () => {
    const faults: Faults = {
      before: (request) => (kindOf(request) === 'finalize' ? problem(400, 'badCSR') : undefined),
    }
    await withCa(faults, async ({ run }) => {
      const changes: string[] = []
      const orderStore = { save: async () => void changes.push('save'), clear: async () => void changes.push('clear') }
      await assert.rejects(run({ orderStore }), (error) => error instanceof AcmeProblem && error.type === 'badCSR')
      assert.deepEqual(changes, ['save', 'clear'])
    })
  })

  test('of six in ten nonces does not stand in the way', async () => {
    // Six of ten, in an order that is the same every time.
    const pattern = 'bbgbbgbgbg'
    let asked = 0
    const isBad = ({ method }: CaRequest) => method === 'POST' && pattern[asked++ % pattern.length] === 'b'
    const bad: Faults = { before: (request) => (isBad(request) ? problem(400, 'badNonce') : undefined) }
    await withCa(bad, async ({ own, run }) => {
      for (let round = 0; round < 3; round++) await run()
      assert.equal(own.ca.stats().certificates, 3)
    })
  })

  test('of every nonce ends after eleven tries', async () => {
    const faults: Faults = { before: ({ method }) => (method === 'POST' ? problem(400, 'badNonce') : undefined) }
    await withCa(faults, async ({ run, requests }) => {
      await assert.rejects(run(), (error) => error instanceof AcmeProblem && error.type === 'badNonce')
      assert.equal(requests.filter((request) => request.startsWith('POST')).length, 11)
    })
  })
})

describe('a CA that is something else', () => {
  for (const [what, answer] of Object.entries({
    'a page to log in to the hotel': {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>Room?</html>',
    },
    'JSON of another kind': { status: 200, body: { hello: 'world' } },
    'a directory of plain http': {
      status: 200,
      body: { newNonce: 'http://a/', newAccount: 'http://a/', newOrder: 'http://a/' },
    },
  } satisfies Record<string, CaAnswer>)) {
    test(`(${what}) is named as such, and is asked again the next time`, async () => {
      const hit = times(1, 'directory')
      await withCa({ before: (request) => (hit(request) ? answer : undefined) }, async ({ own }) => {
        const session = await openSession(own)
        await assert.rejects(session.directory(), { name: 'AcmeTransportError', code: 'NOT_ACME' })
        await session.directory()
        session.close()
      })
    })
  }

  test('or an order that is none, is named as such', async () => {
    const faults: Faults = {
      after: (request, answer) =>
        ['new-order', 'order'].includes(kindOf(request)) ? { ...answer, body: { status: 'great' } } : answer,
    }
    await withCa(faults, async ({ run }) => {
      await assert.rejects(run(), { name: 'AcmeTransportError', code: 'NOT_ACME' })
    })
  })
})

describe('a certificate that is not ours', () => {
  test('is refused when it is garbage', async () => {
    const faults: Faults = {
      after: (request, answer) => (kindOf(request) === 'certificate' ? { ...answer, body: 'garbage' } : answer),
    }
    await withCa(faults, async ({ run }) => {
      await assert.rejects(run(), (error) => error instanceof AcmeTransportError && error.code === 'NOT_ACME')
    })
  })

  test("is refused when it is somebody else's", async () => {
    let other: string | undefined
    const faults: Faults = {
      after: (request, answer) =>
        kindOf(request) === 'certificate' && other !== undefined ? { ...answer, body: other } : answer,
    }
    await withCa(faults, async ({ run }) => {
      other = (await run()).chainPem
      await assert.rejects(run(), (error) => error instanceof CertificateError && error.code === 'key-mismatch')
    })
  })

  test('is refused when it is of a test CA and production was asked for', async () => {
    await withCa({}, async ({ run }) => {
      await assert.rejects(run({ production: true }), { name: 'CertificateError', code: 'test-issuer' })
    })
  })
})

describe('an abort', () => {
  for (const kind of ['new-account', 'new-order', 'authorization', 'challenge', 'order', 'finalize', 'certificate']) {
    test(`while the CA is silent (${kind}) ends within a second and leaves nothing`, async () => {
      const stop = new AbortController()
      const hangs = new Promise<never>(() => undefined)
      const faults: Faults = {
        before(request) {
          if (kindOf(request) === kind) setImmediate(() => stop.abort(new Error('user quit')))
          return undefined
        },
        after: (request, answer) => (kindOf(request) === kind ? hangs : answer),
      }
      await withCa(faults, async ({ run }) => {
        const started = performance.now()
        await assert.rejects(run({ signal: stop.signal }), { message: 'user quit' })
        assert.ok(performance.now() - started < 1000)
      })
    })
  }

  test('between two polls ends at once', async () => {
    const stop = new AbortController()
    await withCa({}, async ({ own, run }) => {
      const dns01: Dns01 = { ...own.zone, set: (name, value, signal) => own.zone.set(name, value.slice(1), signal) }
      const began = run({
        dns01,
        signal: stop.signal,
        poll: { firstMs: 60_000, maxMs: 60_000, deadlineMs: 180_000 },
        onStep: ({ step }) => {
          if (step === 'challenge-told') setImmediate(() => stop.abort(new Error('user quit')))
        },
      })
      await assert.rejects(began, { message: 'user quit' })
      for (const [name, values] of own.zone.records)
        for (const value of values) await own.zone.remove(name, value, stop.signal)
    })
  })
})

describe('our own DNS', () => {
  test('that cannot set a value stops the order, and every value is taken away', async () => {
    await withCa({}, async ({ own, run, requests }) => {
      const dns01: Dns01 = {
        ...own.zone,
        async set(name, value, signal) {
          await own.zone.set(name, value, signal)
          throw new Error('the answer was lost')
        },
      }
      await assert.rejects(run({ dns01 }), { message: 'the answer was lost' })
      assert.equal(requests.includes('POST challenge'), false)
    })
  })

  test('that does not show the value keeps the CA from being told', async () => {
    await withCa({}, async ({ own, run, requests }) => {
      const dns01: Dns01 = { ...own.zone, preCheck: () => Promise.reject(new Error('ns2 does not have it')) }
      await assert.rejects(run({ dns01 }), { message: 'ns2 does not have it' })
      assert.equal(requests.includes('POST challenge'), false)
    })
  })

  test('that cannot take a value away does not cost the certificate, and the step says what is left', async () => {
    await withCa({}, async ({ own, run }) => {
      const dns01: Dns01 = {
        ...own.zone,
        async remove(name, value, signal) {
          await own.zone.remove(name, value, signal)
          throw new Error('the answer was lost')
        },
      }
      const { steps } = await run({ dns01 })
      const removed = steps.find(({ step }) => step === 'challenge-removed')
      assert.equal(removed?.step === 'challenge-removed' && removed.left.length, 1)
    })
  })
})

describe('an order that comes to an end', () => {
  for (const status of ['invalid', 'deactivated', 'expired', 'revoked']) {
    test(`(${status}) is not waited for`, async () => {
      const ended = (request: CaRequest, answer: CaAnswer): CaAnswer =>
        kindOf(request) === 'order' ? { ...answer, body: { ...Object(answer.body), status } } : answer
      await withCa({ after: ended }, async ({ run, requests }) => {
        await assert.rejects(run(), (error) => error instanceof AcmeProblem && error.message.includes(status))
        assert.equal(requests.filter((request) => request === 'POST order').length, 1)
      })
    })
  }
})

describe('a CA that takes its time', () => {
  test('is left at the deadline, and the order is kept for later', async () => {
    const stillPending = (request: CaRequest, answer: CaAnswer): CaAnswer =>
      kindOf(request) === 'order' ? { ...answer, body: { ...Object(answer.body), status: 'pending' } } : answer
    await withCa({ after: stillPending }, async ({ run }) => {
      const changes: string[] = []
      const orderStore = { save: async () => void changes.push('save'), clear: async () => void changes.push('clear') }
      const limits = { ...QUICK_POLL, deadlineMs: 100 }
      await assert.rejects(run({ orderStore, poll: limits }), AcmeTimeoutError)
      assert.deepEqual(changes, ['save'])
    })
  })

  test('is asked at most eight times for a certificate of one name', async () => {
    await withCa({}, async ({ own, requests }) => {
      const session = await openSession(own)
      await session.account()
      requests.length = 0
      await obtain(own, session, NAMES)
      session.close()
      assert.ok(requests.length <= 8, requests.join(', '))
    })
  })

  test('is asked for a few nonces only by a hundred orders at once', async () => {
    await withCa({}, async ({ own, requests }) => {
      const session = await openSession(own)
      await session.account()
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => session.newOrder({ names: [`n${index}.example.net`] })),
      )
      session.close()
      assert.ok(requests.filter((request) => request === 'HEAD new-nonce').length <= 10)
      assert.equal(own.ca.stats().orders.pending, 100)
    })
  })

  test('is asked for a nonce only where none is left', async () => {
    await withCa({}, async ({ run, requests }) => {
      await run()
      assert.deepEqual(requests.slice(0, 2), ['GET directory', 'POST new-account'])
      assert.equal(requests.includes('HEAD new-nonce'), false)
    })
  })
})

describe('a renewal', () => {
  test('that the CA knows is made with `replaces`', async () => {
    await withCa({}, async ({ run }) => {
      const store = memoryAccountStore()
      const { chainPem } = await run({}, { store })
      const { steps } = await run({ replaces: certId(chainPem) }, { store })
      const order = steps.find(({ step }) => step === 'order')
      assert.equal(order?.step === 'order' && order.replacesRefused, undefined)
    })
  })

  test('of what was replaced already, is unknown or belongs to another account is made without it, and the step says so', async () => {
    await withCa({}, async ({ run }) => {
      const store = memoryAccountStore()
      const { chainPem } = await run({}, { store })
      await run({ replaces: certId(chainPem) }, { store })
      const foreign = await run()
      for (const [replaces, type, status] of [
        [certId(chainPem), 'alreadyReplaced', 409],
        ['aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE', 'malformed', 404],
        [certId(foreign.chainPem), 'unauthorized', 403],
      ] as const) {
        const { steps } = await run({ replaces }, { store })
        const order = steps.find(({ step }) => step === 'order')
        assert.ok(order?.step === 'order')
        const refusal = order.replacesRefused
        assert.ok(refusal instanceof AcmeProblem)
        assert.deepEqual([refusal.type, refusal.status], [type, status])
      }
    })
  })
})

describe('an order to go on with', () => {
  test('that the CA does not have any more is made anew', async () => {
    await withCa({}, async ({ own, run }) => {
      const orderUrl = `${own.directoryUrl.replace('/directory', '/order')}/gone`
      const { steps } = await run({ resume: { orderUrl } })
      const order = steps.find(({ step }) => step === 'order')
      assert.equal(order?.step === 'order' && order.resumed, false)
    })
  })

  test('that is valid already is downloaded, without another certificate', async () => {
    await withCa({}, async ({ own }) => {
      const session = await openSession(own)
      const first = await obtain(own, session, NAMES)
      const again = await obtain(own, session, NAMES, {
        privateKeyPem: first.privateKeyPem,
        resume: { orderUrl: first.orderUrl },
      })
      session.close()
      assert.equal(again.facts.serial, first.facts.serial)
      assert.equal(own.ca.stats().certificates, 1)
    })
  })

  test('that is for other names is not used', async () => {
    await withCa({}, async ({ own }) => {
      const session = await openSession(own)
      const first = await obtain(own, session, NAMES)
      const other = await obtain(own, session, ['other.example.net'], { resume: { orderUrl: first.orderUrl } })
      session.close()
      assert.notEqual(other.orderUrl, first.orderUrl)
    })
  })
})
