// The common issuance tests against Pebble, then what only Pebble shows: real waiting, refused nonces, external accounts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AcmeProblem } from '../../core/acme/index.ts'
import { obtain, openSession } from '../support/issuance.ts'
import { describeIssuance } from '../support/issuance-suite.ts'
import { pebbleIsMissing, startPebble } from '../support/pebble.ts'

describeIssuance('Pebble without its waits', startPebble, pebbleIsMissing)

describe('Pebble as it comes', { skip: pebbleIsMissing ?? false }, () => {
  for (const nonceReject of [5, 30]) {
    test(`gives certificates although it waits and refuses ${nonceReject} of 100 nonces`, async () => {
      const pebble = await startPebble({ quick: false, nonceReject })
      const session = await openSession(pebble)
      try {
        const names = [['a.example.net'], ['*.b.example.net', 'b.example.net'], ['c.example.net']]
        await Promise.all(names.map((set) => obtain(pebble, session, set)))
        assert.equal(pebble.zone.records.size, 0)
      } finally {
        session.close()
        await pebble.stop()
      }
    })
  }

  test('gives an account to who has an external one, and to nobody else', async () => {
    const hmacKey = Buffer.from('a secret of thirty-two characters').toString('base64url')
    const pebble = await startPebble({ externalAccounts: { 'kid-1': hmacKey } })
    const bound = await openSession(pebble, { externalAccount: { kid: 'kid-1', hmacKey } })
    const unbound = await openSession(pebble)
    try {
      await obtain(pebble, bound, ['bound.example.net'])
      assert.equal((await unbound.directory()).meta?.externalAccountRequired, true)
      await assert.rejects(unbound.account(), (error) => {
        return error instanceof AcmeProblem && error.type === 'externalAccountRequired'
      })
    } finally {
      bound.close()
      unbound.close()
      await pebble.stop()
    }
  })
})
