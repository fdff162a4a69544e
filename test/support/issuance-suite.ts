// What must hold at every CA: the same tests are run against our own and against Pebble, because a CA of ours that is tested
// by a client of ours alone proves little.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AcmeAccountGoneError,
  AcmeProblem,
  type AcmeSession,
  ChallengeFailedError,
  type Dns01,
  memoryAccountStore,
} from '../../core/acme/index.ts'
import { generateKeyPem, KEY_ALGORITHMS } from '../../core/x509/index.ts'
import { type Judge, obtain, openSession } from './issuance.ts'

const LONG_NAME = '*.k51qzi5uqu5dgdmqcqsdhwm3cdi4m5l3ddjhtabrdhvhfm0wqs3v5t5vk4xyza.nt.example.net'

/** Describes issuance from a CA; `skip` is why it cannot be run here. */
export function describeIssuance(what: string, start: () => Promise<Judge>, skip: string | undefined): void {
  describe(what, { skip: skip ?? false }, () => {
    let judge: Judge
    let session: AcmeSession

    before(async () => {
      judge = await start()
      session = await openSession(judge)
    })
    after(async () => {
      session.close()
      await judge.stop()
    })

    test('gives a certificate for one name, in the documented steps', async () => {
      const { steps, facts } = await obtain(judge, session, ['one.example.net'])
      assert.deepEqual(facts.names, ['one.example.net'])
      assert.deepEqual(
        steps.map(({ step }) => step),
        [
          'account',
          'order',
          'challenge-set',
          'challenge-told',
          'validated',
          'challenge-removed',
          'finalized',
          'downloaded',
          'verified',
        ],
      )
    })

    test('gives one certificate for a wildcard and its base name, with both TXT values at one place at once', async () => {
      const seen: number[] = []
      const dns01: Dns01 = {
        ...judge.zone,
        preCheck(name) {
          seen.push(judge.zone.records.get(name)?.length ?? 0)
          return Promise.resolve()
        },
      }
      const { facts } = await obtain(judge, session, ['*.both.example.net', 'both.example.net'], { dns01 })
      assert.deepEqual([...facts.names].sort(), ['*.both.example.net', 'both.example.net'])
      assert.deepEqual(seen, [2, 2])
      assert.equal(judge.zone.records.size, 0)
    })

    test('gives a certificate for a name that is too long for a common name', async () => {
      const { facts } = await obtain(judge, session, [LONG_NAME])
      assert.deepEqual(facts.names, [LONG_NAME])
    })

    test('gives a certificate for a name in mixed case', async () => {
      const { facts } = await obtain(judge, session, ['MiXed.example.net'])
      assert.deepEqual(facts.names, ['mixed.example.net'])
    })

    for (const algorithm of KEY_ALGORITHMS) {
      test(`gives a certificate for a key of ${algorithm}`, async () => {
        await obtain(judge, session, [`${algorithm}.example.net`], { algorithm })
      })

      test(`accepts an account key of ${algorithm}`, async () => {
        const other = await openSession(judge, { keyAlgorithm: algorithm })
        await obtain(judge, other, [`by-${algorithm}.example.net`])
        other.close()
      })
    }

    test('serves twenty orders of one new account at once', async () => {
      const other = await openSession(judge)
      const names = Array.from({ length: 20 }, (_, index) => `n${index}.many.example.net`)
      const all = await Promise.all(names.map((name) => obtain(judge, other, [name])))
      assert.equal(new Set(all.map(({ facts }) => facts.serial)).size, 20)
      assert.equal(judge.zone.records.size, 0)
      other.close()
    })

    test('says which name failed and why, and the TXT values are gone', async () => {
      const dns01: Dns01 = {
        ...judge.zone,
        set: (name, value, signal) => judge.zone.set(name, name.includes('bad') ? 'x'.repeat(43) : value, signal),
        remove: (name, value, signal) => judge.zone.remove(name, name.includes('bad') ? 'x'.repeat(43) : value, signal),
      }
      await assert.rejects(obtain(judge, session, ['good.example.net', 'bad.example.net'], { dns01 }), (error) => {
        assert.ok(error instanceof ChallengeFailedError)
        assert.equal(error.identifier, 'bad.example.net')
        assert.equal(error.problem.type, 'unauthorized')
        return true
      })
      assert.equal(judge.zone.records.size, 0)
    })

    test('knows the account again from what was stored', async () => {
      const store = memoryAccountStore()
      const first = await openSession(judge, { store })
      const { url } = await first.account()
      first.close()
      const second = await openSession(judge, { store })
      await obtain(judge, second, ['again.example.net'])
      assert.equal((await second.account()).url, url)
      second.close()
    })

    test('finds the account of a key whose address was never stored, without making another', async () => {
      const first = await openSession(judge)
      const { url, keyPem } = await first.account()
      first.close()
      const store = memoryAccountStore({ directoryUrl: judge.directoryUrl, keyPem })
      const second = await openSession(judge, { store })
      assert.equal((await second.account()).url, url)
      assert.equal((await store.load())?.url, url)
      second.close()
    })

    test('registers again, once, when the CA has lost the account', async () => {
      const keyPem = await generateKeyPem('ecdsa-p256')
      const stale = (await session.account()).url.replace(/[^/]+$/, '123456789')
      const store = memoryAccountStore({ directoryUrl: judge.directoryUrl, keyPem, url: stale })
      const other = await openSession(judge, { store })
      await Promise.all([obtain(judge, other, ['lost-a.example.net']), obtain(judge, other, ['lost-b.example.net'])])
      assert.notEqual((await store.load())?.url, stale)
      assert.equal((await store.load())?.keyPem, keyPem)
      other.close()
    })

    test('takes a new account key, and the store has it', async () => {
      const store = memoryAccountStore()
      const other = await openSession(judge, { store })
      await other.account()
      const newKeyPem = await generateKeyPem('ecdsa-p384')
      await other.changeKey(newKeyPem)
      await obtain(judge, other, ['rolled.example.net'])
      assert.equal((await store.load())?.keyPem, newKeyPem)
      other.close()
    })

    test('revokes for the account, once', async () => {
      const { chainPem } = await obtain(judge, session, ['revoked.example.net'])
      await session.revoke(chainPem, { reason: 4 })
      await assert.rejects(session.revoke(chainPem), (error) => error instanceof AcmeProblem && error.status === 400)
    })

    test("revokes for the certificate's own key", async () => {
      const { chainPem, privateKeyPem } = await obtain(judge, session, ['revoked-by-key.example.net'])
      const stranger = await openSession(judge)
      await stranger.revoke(chainPem, { keyPem: privateKeyPem })
      stranger.close()
    })

    test('goes on with an order that was left before finalizing', async () => {
      const orders: string[] = []
      const stop = new AbortController()
      const names = ['resumed.example.net']
      const first = obtain(judge, session, names, {
        signal: stop.signal,
        orderStore: { save: async (url) => void orders.push(url), clear: async () => undefined },
        onStep: ({ step }) => {
          if (step === 'validated') stop.abort(new Error('the machine went down'))
        },
      })
      await assert.rejects(first, { message: 'the machine went down' })
      const [orderUrl = ''] = orders
      const { orderUrl: finished } = await obtain(judge, session, names, { resume: { orderUrl } })
      assert.equal(finished, orderUrl)
    })

    test('gives the authorizations up where it is told to', async () => {
      const names = ['*.released.example.net', 'released.example.net']
      const { steps, orderUrl } = await obtain(judge, session, names, { releaseAuthorizations: true })
      const released = steps.find(({ step }) => step === 'released')
      assert.deepEqual(released?.step === 'released' && released.left, [])
      const { authorizations } = await session.order(orderUrl)
      const states = await Promise.all(authorizations.map((url) => session.authorization(url)))
      assert.deepEqual(
        states.map(({ status }) => status),
        ['deactivated', 'deactivated'],
      )
    })

    test('ends a deactivated account', async () => {
      const other = await openSession(judge)
      await other.deactivateAccount()
      await assert.rejects(obtain(judge, other, ['never.example.net']), (error) => {
        assert.ok(error instanceof AcmeAccountGoneError)
        return error.state === 'deactivated'
      })
      other.close()
    })
  })
}
