// The visit to ourselves says at which part it failed: a name that leads nowhere, a door where nobody is, a certificate of another root.
// What all of it looks like where it is well is seen in the window (test/ui, "practising").
import assert from 'node:assert/strict'
import { createServer } from 'node:tls'
import { describe, test, type TestContext } from 'node:test'
import { visitSelf } from '../../main/node/self-visit.ts'
import { createSelfVisits } from '../../main/program/self-visits.ts'
import { systemClock } from '../../core/clock.ts'
import { makeBundle, testAuthority } from './support.ts'
import type { LookupFunction } from 'node:net'

const NAME = '127-0-0-1.pabc.nt.example.net'
const PEER = '12D3KooWB3TYWnao4oSdF54eUcCPqFkFmNHhw6Vq37V96jwLVvp4'

const here: LookupFunction = (_, __, give) => give(null, [{ address: '127.0.0.1', family: 4 }])
const nowhere: LookupFunction = (name, _, give) => give(new Error(`getaddrinfo ENOTFOUND ${name}`), [])

/** What was told of a visit, each as `part status`. */
async function visit(port: number, more: { readonly lookup?: LookupFunction; readonly trustAnchorPem?: string }) {
  const told: string[] = []
  let last = ''
  await visitSelf({
    ...{ url: `https://${NAME}:${port}/`, peerId: PEER, lookup: here, ...more, signal: AbortSignal.timeout(20_000) },
    onPart(part, status, detail) {
      told.push(`${part} ${status}`)
      last = detail
    },
  })
  return { told, last }
}

/** A listener with a certificate of this authority. */
async function listener(t: TestContext, authority: Awaited<ReturnType<typeof testAuthority>>): Promise<number> {
  const { keyPem, chainPem } = await makeBundle({ authority, names: [NAME] })
  const server = createServer({ key: keyPem, cert: chainPem })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

describe('a visit to ourselves', () => {
  test('ends at a name that leads nowhere', async () => {
    const { told, last } = await visit(9, { lookup: nowhere })
    assert.deepEqual(told, ['name now', 'name failed'])
    assert.match(last, /ENOTFOUND/)
  })

  test('ends at a name that nobody answers for: by its own limit, and by whoever asked', async () => {
    const silent: LookupFunction = () => undefined
    const told: string[] = []
    const onPart = (part: string, status: string) => void told.push(`${part} ${status}`)
    const init = { url: `https://${NAME}:9/`, peerId: PEER, lookup: silent, onPart }
    await visitSelf({ ...init, signal: new AbortController().signal, partMs: 1 })
    assert.deepEqual(told.splice(0), ['name now', 'name failed'])
    const person = new AbortController()
    const visiting = visitSelf({ ...init, signal: person.signal })
    person.abort(new Error('the program stops'))
    await visiting
    assert.deepEqual(told, ['name now'])
  })

  test('ends at a door where nobody is', async () => {
    const { told } = await visit(9, {})
    assert.deepEqual(told.slice(-2), ['handshake now', 'handshake failed'])
  })

  test('ends at a certificate that leads to another root than the visitor trusts', async (t) => {
    const port = await listener(t, await testAuthority())
    const { rootPem } = await testAuthority()
    const { told } = await visit(port, { trustAnchorPem: rootPem })
    assert.deepEqual(told.slice(-3), ['handshake done', 'chain now', 'chain failed'])
  })

  test('ends at a door that speaks TLS and nothing of ours', async (t) => {
    const authority = await testAuthority()
    const port = await listener(t, authority)
    const running = visit(port, { trustAnchorPem: authority.rootPem })
    const { told } = await running
    assert.deepEqual(told.slice(-3), ['chain done', 'ping now', 'ping failed'])
  })
})

describe('the visit that a person has asked for', () => {
  const node = {}
  const network = { trustAnchor: undefined, resolver: undefined }
  const visited = { node, url: `https://${NAME}:9/`, peerId: PEER, network }

  test('is one at a time, and is nothing to the next node', async () => {
    const begun: AbortSignal[] = []
    const desk = createSelfVisits({
      ...{ clock: systemClock, changed: () => undefined },
      async visit({ onPart, signal }) {
        begun.push(signal)
        onPart('name', 'now', '')
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
        onPart('name', 'done', 'late')
      },
    })
    desk.begin(visited)
    desk.begin(visited)
    await Promise.resolve()
    assert.equal(begun.length, 1)
    assert.equal(desk.current(node)?.parts[0]?.status, 'now')
    const other = {}
    assert.equal(desk.current(other), undefined)
    desk.begin({ ...visited, node: other })
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual([begun.length, begun[0]?.aborted], [2, true])
    assert.equal(desk.current(other)?.parts[0]?.status, 'now', 'what the first one says late is not heard')
    desk.stop()
    assert.equal(begun[1]?.aborted, true)
  })

  test('that comes to no end is called failed', async () => {
    const over = Promise.withResolvers<void>()
    const desk = createSelfVisits({
      clock: systemClock,
      changed: () => desk.current(node)?.parts[0]?.status === 'failed' && over.resolve(),
      visit: async ({ onPart }) => onPart('name', 'now', ''),
    })
    desk.begin(visited)
    await over.promise
    assert.equal(desk.current(node)?.parts[0]?.detail, 'it took too long')
  })
})
