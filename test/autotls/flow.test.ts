// One certificate of one forge: what is asked of whom and in which order, what is told meanwhile, and what is left after a
// failure or a crash at any point. Broker and CA record; the DNS between them is a real one.
import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { X509Certificate } from 'node:crypto'
import { createPendingKey } from '../../main/certificates/pending.ts'
import { fetchRenewalInfo } from '../../core/acme/index.ts'
import { openSession } from '../support/issuance.ts'
import { freePorts } from '../support/free-port.ts'
import { temporaryDir } from '../main/support.ts'
import { hastyClock, publish, scene } from './support.ts'
import type { NodeEvent } from '../../proto/node-events.ts'
import type { CaAnswer, CaRequest } from '../../servers/ca/http.ts'

describe('a certificate of a forge', () => {
  test('has one name, the wildcard of the peer, an empty subject, and is marked with its way', async (t) => {
    const { obtain, name, judge } = await scene(t)
    const bundle = await obtain()
    assert.deepEqual(bundle.names, [name])
    assert.equal(bundle.source, 'autotls')
    assert.equal(bundle.algorithm, 'ecdsa-p256')
    assert.deepEqual(bundle.addresses, ['127.0.0.1'])
    assert.ok(!new X509Certificate(bundle.chainPem).subject)
    assert.equal(judge.ca.stats().certificates, 1)
  })

  test('is asked for after the health of the broker, and each step is told in its order', async (t) => {
    const { obtain, steps, broker } = await scene(t)
    await obtain()
    assert.deepEqual(
      broker.requests.map(({ method, path, body }) => `${method} ${path} ${body === '' ? '-' : 'body'}`),
      ['GET /v1/health -', 'POST /v1/_acme-challenge -', 'POST /v1/_acme-challenge body'],
    )
    assert.deepEqual(steps(), [
      ...['info begin', 'info done', 'request begin', 'request done', 'key begin', 'key done'],
      ...['order begin', 'order progress order: new', 'proof begin', 'proof done'],
      ...['order progress the name servers of forge.example.net show it', 'order progress challenge-set'],
      ...['order progress challenge-told', 'order progress validated', 'order progress finalized'],
      ...['order progress downloaded', 'order done', 'verify begin', 'verify done'],
    ])
  })

  test('brings the renewal window of the CA, and is asked about by itself later', async (t) => {
    const { obtain, issuer, judge } = await scene(t)
    const bundle = await obtain()
    const session = await openSession(judge)
    const told = await fetchRenewalInfo(session, bundle.chainPem, Date.now())
    session.close()
    assert.ok(told)
    assert.deepEqual(bundle.renewalWindow, told.window)
    const answer = await issuer.renewal(bundle, new AbortController().signal)
    assert.deepEqual(answer.window, told.window)
    assert.ok(answer.askAgainMs !== undefined && answer.askAgainMs > 0)
  })

  test('says nothing of a renewal where the certificate is of a forge that was left', async (t) => {
    const { obtain, issuer } = await scene(t)
    const bundle = { ...(await obtain()), names: ['*.k51elsewhere.example.org'] }
    const answer = await issuer.renewal(bundle, new AbortController().signal)
    assert.equal(answer.window, undefined)
  })

  test('leaves an account for the owner alone, and uses it again', async (t) => {
    const { obtain, keep, dir, judge } = await scene(t)
    await keep(await obtain())
    const [file = ''] = (await readdir(dir)).filter((name) => name.startsWith('acme-account-'))
    assert.equal((await stat(join(dir, file))).mode & 0o777, 0o600)
    await obtain()
    assert.equal(judge.ca.stats().accounts, 1)
  })

  test('is renewed with a new key, replacing the old one, without asking for the health again', async (t) => {
    const replaced: unknown[] = []
    const { obtain, keep, broker } = await scene(t, {
      ca: { faults: { before: (request) => noted(request, replaced) } },
    })
    const first = await obtain()
    await keep(first)
    const second = await obtain()
    assert.notEqual(second.keyPem, first.keyPem)
    assert.notEqual(second.chainPem, first.chainPem)
    assert.equal(broker.requests.filter(({ path }) => path === '/v1/health').length, 1)
    assert.equal(replaced.length, 2)
    assert.equal(replaced[0], undefined)
    assert.equal(typeof replaced[1], 'string')
  })

  test('tells nobody who may not know: neither key nor token stands in an event', async (t) => {
    const { obtain, events, key } = await scene(t, { token: 'a-secret-token' })
    const bundle = await obtain()
    const told = JSON.stringify(events.all)
    assert.ok(!told.includes('a-secret-token'))
    assert.ok(!told.includes('PRIVATE KEY'))
    assert.ok(!told.includes(bundle.keyPem.slice(40, 80)))
    assert.ok(!told.includes(Buffer.from(key.raw).toString('base64').slice(0, 20)))
  })

  test('tells the broker the account that the value is for, so that no other one need count', async (t) => {
    const { obtain, broker, dir } = await scene(t)
    await obtain()
    const [file = ''] = (await readdir(dir)).filter((name) => name.startsWith('acme-account-'))
    const { url } = JSON.parse(await readFile(join(dir, file), 'utf8')) as { url: string }
    assert.deepEqual(
      broker.requests.map(({ headers }) => headers['forge-account-uri']),
      [undefined, undefined, url],
    )
  })

  test('is given up for want of an address that a broker could dial, before anybody is asked for anything', async (t) => {
    const { obtain, judge, broker } = await scene(t, { init: { addresses: () => [] } })
    await assert.rejects(obtain(), { name: 'NoAddressError', message: /addressClasses/ })
    assert.equal(judge.ca.stats().accounts, 0)
    assert.deepEqual(broker.registrations, [])
  })

  test('ends with the signal, and the broker and the CA are asked no more', async (t) => {
    const leaving = new AbortController()
    const { obtain, judge, broker } = await scene(t, {
      broker: { onRegistered: () => leaving.abort(new Error('the node stops')) },
    })
    await assert.rejects(obtain(leaving.signal), { message: 'the node stops' })
    assert.equal(judge.ca.stats().certificates, 0)
    assert.equal(broker.registrations.length, 1)
  })
})

describe('a slow or lying forge', () => {
  test('is waited for until its name servers show the value', async (t) => {
    const late: (() => void)[] = []
    const { obtain, dns, judge } = await scene(t, {
      broker: { onRegistered: ({ peer, value }) => void late.push(() => publish(dns, peer, value)) },
    })
    const obtaining = obtain()
    const before = dns.asked()
    const timer = setInterval(() => {
      if (dns.asked() - before < 4) return
      clearInterval(timer)
      late[0]?.()
    }, 5)
    t.after(() => clearInterval(timer))
    await obtaining
    assert.equal(judge.ca.stats().certificates, 1)
  })

  test('that says yes and shows nothing costs no failed validation', async (t) => {
    const { obtain, judge, events } = await scene(t, { broker: { onRegistered: () => undefined } })
    await assert.rejects(obtain(), {
      name: 'ValueNotShownError',
      message: /forge.example.net do not show what its broker registered within 120 s/,
    })
    assert.equal(judge.ca.stats().certificates, 0)
    assert.equal(judge.ca.stats().orders.invalid, 0)
    assert.ok(events.of('step').some(({ step, status }) => step === 'order' && status === 'failed'))
  })

  test('that shows the value of somebody else is not believed', async (t) => {
    const { obtain, dns } = await scene(t, {
      broker: { onRegistered: ({ peer }) => publish(dns, peer, 'x'.repeat(43)) },
    })
    await assert.rejects(obtain(), { name: 'ValueNotShownError' })
  })
})

/** Dies at a request of the CA: the answer gets lost, and so does the node. */
function dyingAt(path: RegExp, when: 'before' | 'after') {
  let armed = true
  const crash = (request: CaRequest) => {
    if (!armed || !path.test(request.path)) return false
    armed = false
    return true
  }
  return {
    disarm: () => void (armed = false),
    faults: {
      before: (request: CaRequest) => (when === 'before' && crash(request) ? ('drop' as const) : undefined),
      after: (request: CaRequest, answer: CaAnswer) =>
        when === 'after' && crash(request) ? ('drop' as const) : answer,
    },
  }
}

describe('an attempt that is broken off', () => {
  for (const step of ['proof', 'request', 'order'] as const) {
    test(`during "${step}" is gone on with, and one certificate is counted`, async (t) => {
      const killing = new AbortController()
      const kill = (event: NodeEvent) => {
        if (event.event === 'step' && event.step === step) killing.abort(new Error('killed'))
      }
      const { obtain, again, judge, dir } = await scene(t, { init: { emit: kill } })
      await assert.rejects(obtain(killing.signal), { message: 'killed' })
      // another process: nothing but the folder is left
      const issuer = again({ pending: createPendingKey({ dir, clock: hastyClock }), emit: () => undefined })
      const bundle = await issuer.obtain(new AbortController().signal)
      assert.equal(judge.ca.stats().certificates, 1)
      assert.equal(bundle.names.length, 1)
    })
  }

  for (const detail of ['validated', 'finalized', 'downloaded']) {
    test(`after "${detail}" fetches the same certificate, and registers nothing again`, async (t) => {
      const killing = new AbortController()
      const kill = (event: NodeEvent) => {
        if ('detail' in event && event.detail === detail) killing.abort(new Error('killed'))
      }
      const { obtain, again, judge, dir, broker, events } = await scene(t, { init: { emit: kill } })
      await obtain(killing.signal).catch((error: unknown) => assert.equal((error as Error).message, 'killed'))
      const issuer = again({ pending: createPendingKey({ dir, clock: hastyClock }), emit: events.emit })
      await issuer.obtain(new AbortController().signal)
      assert.equal(judge.ca.stats().certificates, 1)
      assert.equal(broker.registrations.length, 1)
      assert.ok(events.of('step').some(({ detail: told }) => told.includes('order: resumed')))
    })
  }

  test('before the certificate was stored fetches it again, and a stored one is never fetched twice', async (t) => {
    const { obtain, keep, judge } = await scene(t)
    const first = await obtain()
    // the keeper was killed before it wrote anything
    const same = await obtain()
    assert.equal(same.chainPem, first.chainPem)
    assert.equal(same.keyPem, first.keyPem)
    assert.equal(judge.ca.stats().certificates, 1)
    await keep(same)
    const renewed = await obtain()
    assert.notEqual(renewed.chainPem, first.chainPem)
    assert.equal(judge.ca.stats().certificates, 2)
  })

  test('where the CA lost the answer to the CSR is finished by the order', async (t) => {
    const dying = dyingAt(/finalize/, 'after')
    const { obtain, judge } = await scene(t, { ca: { faults: dying.faults } })
    await obtain()
    assert.equal(judge.ca.stats().certificates, 1)
  })

  test('B1 where a gateway refuses to give the certificate out goes on with the same order', async (t) => {
    let open = false
    const page = { status: 403, headers: { 'content-type': 'text/html' }, body: '<h1>Are you a robot?</h1>' }
    const faults = {
      after: (request: CaRequest, answer: CaAnswer) => (!open && /\/certificate\//.test(request.path) ? page : answer),
    }
    const { obtain, judge } = await scene(t, { ca: { faults } })
    await assert.rejects(obtain(), { name: 'AcmeTransportError', code: 'HTTP_403' })
    open = true
    await obtain()
    assert.equal(judge.ca.stats().certificates, 1)
  })

  test('by a clock that is three hours slow fetches the same certificate once the clock is right', async (t) => {
    let slowBy = 3 * 3_600_000
    const clock = { ...hastyClock, now: () => hastyClock.now() - slowBy }
    const { obtain, judge } = await scene(t, { init: { clock } })
    await assert.rejects(obtain(), { name: 'CertificateError', code: 'not-yet-valid' })
    await assert.rejects(obtain(), { name: 'CertificateError', code: 'not-yet-valid' })
    slowBy = 0
    await obtain()
    assert.equal(judge.ca.stats().certificates, 1)
  })

  test('by a certificate that cannot be used begins anew, and does not fetch that one again', async (t) => {
    let torn = true
    const leafAlone = (text: string) => text.slice(0, text.indexOf('-----END CERTIFICATE-----') + 25)
    const faults = {
      after(request: CaRequest, answer: CaAnswer) {
        if (!torn || !/\/certificate\//.test(request.path)) return answer
        torn = false
        return { ...answer, body: leafAlone(String(answer.body)) }
      },
    }
    const { obtain, judge } = await scene(t, { ca: { faults } })
    await assert.rejects(obtain(), { name: 'CertificateError' })
    await obtain()
    assert.equal(judge.ca.stats().certificates, 2)
  })

  test('makes a new account and a new order where the CA has forgotten both', async (t) => {
    const killing = new AbortController()
    const kill = (event: NodeEvent) => {
      if ('detail' in event && event.detail === 'challenge-set') killing.abort(new Error('killed'))
    }
    const [port = 0] = await freePorts(1)
    const ca = { port, dir: await temporaryDir(t) }
    const { obtain, again, judge, pending, broker } = await scene(t, { ca, init: { emit: kill } })
    await assert.rejects(obtain(killing.signal), { message: 'killed' })
    await judge.ca.stop()
    await judge.ca.start()
    await again({ pending, emit: () => undefined }).obtain(new AbortController().signal)
    assert.equal(judge.ca.stats().certificates, 1)
    assert.equal(broker.registrations.length, 2)
  })
})

function noted(request: CaRequest, replaced: unknown[]): undefined {
  if (!/new-?order/i.test(request.path)) return undefined
  const jws = JSON.parse(request.body) as { payload: string }
  const payload = JSON.parse(Buffer.from(jws.payload, 'base64url').toString('utf8')) as { replaces?: string }
  replaced.push(payload.replaces)
  return undefined
}
