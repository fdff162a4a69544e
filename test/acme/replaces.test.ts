// A renewal says which certificate it replaces (RFC 9773 section 5), which is a hint. A CA that does not like it, in whatever way and
// whenever it says so, still gives the certificate.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { always, before, problem, times } from '../faults/spoil.ts'
import { withOwnCa } from '../faults/world.ts'

describe('a renewal that the CA does not take for one', () => {
  const REPLACES = 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE'
  const page = (status: number, headers: Readonly<Record<string, string>> = {}) => ({
    status,
    headers: { 'content-type': 'text/html', ...headers },
    body: '<html>no</html>',
  })
  for (const [what, answer] of Object.entries({
    'a page with 200': page(200),
    'JSON that is no order': { status: 200, headers: {}, body: { error: 'unknown member "replaces"' } },
    'a redirect': page(302, { location: 'https://ca.example/' }),
    'a page with 500 that asks to wait': page(500, { 'retry-after': '3600' }),
    'a page with 403 that asks to wait': page(403, { 'retry-after': '3600' }),
  })) {
    test(`B6 (${what}) is made without \`replaces\``, async () => {
      await withOwnCa(before(times(1, 'new-order'), answer), async (world) => {
        await world.issue({ replaces: REPLACES })
        assert.equal(world.certificates(), 1)
      })
    })
  }

  test('B6 no sooner than with the CSR is made without `replaces`', async () => {
    await withOwnCa(before(times(1, 'finalize'), problem(409, 'alreadyReplaced')), async (world) => {
      await world.issue({ replaces: REPLACES })
      assert.equal(world.certificates(), 1)
    })
  })

  for (const [what, answer] of Object.entries({
    'a page with 429': page(429),
    'a page with 503 that asks to wait': page(503, { 'retry-after': '3600' }),
    'a limit': problem(429, 'rateLimited', { 'retry-after': '3600' }),
  })) {
    test(`B6 (${what}) is not asked for again at once`, async () => {
      await withOwnCa(before(always('new-order'), answer), async (world) => {
        await assert.rejects(world.issue({ replaces: REPLACES }))
        assert.equal(world.requests.filter((one) => one === 'POST new-order').length, 1)
      })
    })
  }
})
