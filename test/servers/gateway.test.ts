// Something stands before the CA and answers in its place: the order at the issue server stays as it is, the same client that comes
// back gets the certificate that is signed already, and the zone's week counts what the CA counts.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { converse, countedCa, createClient, isProblem, keptCsr, startNetwork } from '../support/network.ts'
import type { CaAnswer } from '../../servers/ca/http.ts'

const page = (status: number): CaAnswer => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: `<html><title>${status}</title></html>`,
})

const ANSWERS: readonly (readonly [what: string, path: RegExp, answer: CaAnswer])[] = [
  ['429 for the certificate', /^\/certificate\//, page(429)],
  ['403 for the certificate', /^\/certificate\//, page(403)],
  ['200 and a page for the certificate', /^\/certificate\//, page(200)],
  ['404 for the order', /^\/order\/[^/]+$/, page(404)],
]

describe('a gateway before the CA of an issue server', () => {
  for (const [what, path, answer] of ANSWERS) {
    it(`B1 that answers ${what} costs no second certificate`, async (t) => {
      let open = false
      const { startCa, ca } = countedCa({
        after: (request, given) => {
          // the certificate is signed when its order is valid
          const signed = ca().stats().certificates > 0
          return !open && signed && path.test(request.path) ? answer : given
        },
      })
      const network = await startNetwork({ startCa })
      t.after(() => network.stop())
      const client = await createClient()
      t.after(() => client.stop())
      const csr = keptCsr()
      await assert.rejects(converse(client.host, network, { csr }), isProblem('CA_UNAVAILABLE', /no usable answer/))
      open = true
      await converse(client.host, network, { csr })
      assert.equal(ca().issued().length, 1)
    })
  }
})
