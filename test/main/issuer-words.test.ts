// An issue server that writes escape sequences into every text of the protocol: none of them leaves the part that reads the wire.
import assert from 'node:assert/strict'
import { type TestContext, before, describe, it } from 'node:test'
import { createPendingKey } from '../../main/certificates/pending.ts'
import { createNodetrustIssuer } from '../../main/issuers/nodetrust/flow.ts'
import { agreedZone } from '../../main/issuers/nodetrust/zone.ts'
import { ErrorCode } from '../../proto/problem.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { type IssueScript, type ProofScript, startIssueServer, startProofServer } from './nodetrust-servers.ts'
import { collectEvents, manualClock, startHost, temporaryDir, testAuthority, ZONE } from './support.ts'
import type { Authority } from '../../servers/ca/authority.ts'

const EVIL = '\u001b]0;PWN\u0007\u001b[2Jx\u009b31m\u202egnp\u2028\r\nState         FORGED'
const STEERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

let authority: Authority

before(async () => {
  authority = await testAuthority()
})

/** @returns everything that was told, and the words of the failure, where it was one */
async function told(t: TestContext, issue: IssueScript, proof: ProofScript = {}, name = 'proof'): Promise<string[]> {
  const listed = { ...(await startProofServer(t, proof)), name }
  const server = await startIssueServer(t, authority, [listed], issue)
  const host = await startHost(t)
  const [events, clock, dir] = [collectEvents(), manualClock(), await temporaryDir(t)]
  const issuer = createNodetrustIssuer({
    ...{ pending: createPendingKey({ dir, clock }), host, issue: server.addresses, names: ['identity', 'ip'] },
    ...{ algorithms: ['ecdsa-p256'], agreed: agreedZone({ dir, server: 'x' }) },
    ...{ trustAnchorPem: authority.rootPem, clock, emit: events.emit },
  })
  const failure = await issuer.obtain(new AbortController().signal).then(
    () => [],
    (error: unknown) => [String(error)],
  )
  return [
    ...events.of('step').map(({ detail }) => detail),
    ...events.of('note').map(({ message }) => message),
    ...failure,
  ]
}

describe('A13 the words of an issue server', () => {
  const scripts: readonly (readonly [string, IssueScript, ProofScript?, string?])[] = [
    ['the name of a proof server', {}, {}, EVIL],
    ['the zone', { info: { zone: EVIL + ZONE } }],
    ['a granted name', { grant: (grant) => ({ grant: { ...grant, names: [EVIL] } }) }],
    ['what was left out', { grant: (grant) => ({ grant: { ...grant, leftOut: [{ name: EVIL, reason: EVIL }] } }) }],
    ['a refusal', { grant: () => ({ problem: { code: ErrorCode.NOT_AUTHORIZED, message: EVIL } }) }],
    [
      'its progress',
      {
        beforeCertificate: (wire) =>
          wire.write(nodetrust.IssueServerMessage, { progress: { step: EVIL, detail: EVIL } }),
      },
    ],
    [
      'a proof server’s refusal',
      {},
      {
        async answer(wire) {
          await wire.write(nodetrust.ProofResponse, { problem: { code: ErrorCode.NOT_AUTHORIZED, message: EVIL } })
          await wire.close()
        },
      },
    ],
  ]
  for (const [what, issue, proof, name] of scripts)
    it(`steer nothing by ${what}`, async (t) => {
      const texts = await told(t, issue, proof, name)
      assert.match(texts.join('|'), /FORGED/i)
      for (const text of texts) assert.doesNotMatch(text, STEERS)
    })

  it('steer nothing by the chain, whose faults are told', async (t) => {
    const chain = async () => `-----BEGIN CERTIFICATE-----\n${EVIL}\n-----END CERTIFICATE-----`
    for (const text of await told(t, { chain })) assert.doesNotMatch(text, STEERS)
  })
})
