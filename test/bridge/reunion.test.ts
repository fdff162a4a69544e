// A page that stayed open and a node that was started anew: they know each other again, and nobody else is known by either.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import * as v from 'valibot'
import { KEY_LIFE_MS } from '../../main/bridge/reunion.ts'
import { HelloFrame, reunionText, type ReunionClaim, type ReunionKey, type Role } from '../../proto/api/index.ts'
import { manualClock } from '../support/manual-clock.ts'
import { bearer, openedSocket, openPage, post, startBridge, type TestBridge } from './support.ts'

const NONCE = 'n'.repeat(43)
const SECRET = 'bridge-secret.json'

/** What a page is told with its first frame. */
async function keyOf(started: TestBridge, role: Role = 'owner'): Promise<ReunionKey> {
  const page = await openedSocket(started, await openPage(started, role))
  const { hello } = v.parse(HelloFrame, await page.next())
  page.socket.close()
  assert.ok(hello.reunion)
  return hello.reunion
}

function prove(
  { id, key }: ReunionKey,
  by: ReunionClaim['by'],
  host: string,
  nodeNonce: string,
  pageNonce = NONCE,
): string {
  const text = reunionText({ by, host, id, pageNonce, nodeNonce })
  return createHmac('sha256', Buffer.from(key, 'base64url')).update(text).digest('base64url')
}

async function greet(port: number, { id }: ReunionKey): Promise<{ readonly nonce: string; readonly proof: string }> {
  const answer = await post(port, '/session/greet', { id, nonce: NONCE })
  assert.equal(answer.status, 200)
  return JSON.parse(answer.body)
}

const renew = (port: number, id: string, proof: string, nonce = NONCE) =>
  post(port, '/session/renew', { id, nonce, proof })

/** What an honest page does. @returns the status, what was said on the way, and the token that the page makes for itself */
async function meetAgain(port: number, key: ReunionKey) {
  const host = `127.0.0.1:${port}`
  const { nonce, proof } = await greet(port, key)
  const answer = await renew(port, key.id, prove(key, 'page', host, nonce))
  const token = prove(key, 'token', host, nonce)
  const said = [key.id, NONCE, nonce, proof, prove(key, 'page', host, nonce), answer.body].join(' ')
  return { same: proof === prove(key, 'node', host, nonce), status: answer.status, token, said }
}

describe('B19 a page that stayed open', () => {
  test('is known again by the node of its folder after a new start, and has the role that it had', async (t) => {
    const started = await startBridge(t)
    const { bridge, port } = started
    const keys = [await keyOf(started), await keyOf(started, 'viewer')]
    await bridge.stop()
    await bridge.start()
    const [owner, viewer] = await Promise.all(keys.map((key) => meetAgain(port, key)))
    assert.deepEqual([owner?.same, owner?.status, viewer?.same, viewer?.status], [true, 200, true, 200])
    for (const [met, role] of [[owner, 'owner'] as const, [viewer, 'viewer'] as const]) {
      assert.equal((await post(port, '/api/state.get', {}, [bearer(met?.token ?? '')])).status, 200)
      const page = await openedSocket(started, met?.token ?? '')
      assert.equal(v.parse(HelloFrame, await page.next()).hello.role, role)
      page.socket.close()
    }
    assert.equal((await post(port, '/api/network.leave', {}, [bearer(viewer?.token ?? '')])).status, 403)
  })

  test('leaves whoever passes on every word between the two with no token, also when he says it again', async (t) => {
    const started = await startBridge(t)
    const { bridge, port } = started
    const key = await keyOf(started)
    await bridge.stop()
    await bridge.start()
    const { status, token, said } = await meetAgain(port, key)
    assert.equal(status, 200)
    const heard: readonly string[] = said.match(/[A-Za-z0-9_-]{43}/g) ?? []
    assert.ok(heard.length >= 5 && !heard.includes(token), said)
    for (const word of new Set(heard)) {
      assert.equal((await post(port, '/api/state.get', {}, [bearer(word)])).status, 401, word)
    }
    const { nonce } = await greet(port, key)
    assert.equal((await renew(port, key.id, prove(key, 'page', `127.0.0.1:${port}`, nonce))).status, 401)
    assert.equal((await post(port, '/api/state.get', {}, [bearer(token)])).status, 200)
    // what was said to this start is nothing to the next one
    await bridge.stop()
    await bridge.start()
    assert.equal((await post(port, '/api/state.get', {}, [bearer(token)])).status, 401)
    assert.equal((await renew(port, key.id, prove(key, 'page', `127.0.0.1:${port}`, nonce))).status, 401)
  })

  test('is not another page, another role, older than a month, or one that only heard the node', async (t) => {
    const clock = manualClock()
    const started = await startBridge(t, { clock })
    const { port } = started
    const key = await keyOf(started, 'viewer')
    const { nonce, proof } = await greet(port, key)
    const host = `127.0.0.1:${port}`
    const good = prove(key, 'page', host, nonce)
    const owner = key.id.replace('viewer', 'owner')
    const younger = key.id.replace(/\.[0-9a-z]+\./, `.${(clock.now() + 1).toString(36)}.`)
    const tries: readonly (readonly [what: string, id: string, proof: string])[] = [
      ['the node’s own words', key.id, proof],
      ['made up', key.id, 'A'.repeat(43)],
      ['another role', owner, good],
      ['another role, proved with the key of this one', owner, prove({ ...key, id: owner }, 'page', host, nonce)],
      ['another age', younger, prove({ ...key, id: younger }, 'page', host, nonce)],
      ['another port', key.id, prove(key, 'page', `127.0.0.1:${port + 1}`, nonce)],
      ['a name that leads elsewhere too', key.id, prove(key, 'page', `localhost:${port}`, nonce)],
      ['another start', key.id, prove(key, 'page', host, NONCE)],
    ]
    for (const [what, id, said] of tries) assert.equal((await renew(port, id, said)).status, 401, what)
    clock.set(clock.now() + KEY_LIFE_MS)
    assert.equal((await renew(port, key.id, good)).status, 200)
    clock.set(clock.now() + 1)
    const fresh = 'm'.repeat(43)
    assert.equal((await renew(port, key.id, prove(key, 'page', host, nonce, fresh), fresh)).status, 401)
  })

  test('is told nothing that a node of another folder could say, nor one at another port', async (t) => {
    const [mine, other] = [await startBridge(t), await startBridge(t)]
    const key = await keyOf(mine)
    const stranger = await greet(other.port, key)
    assert.notEqual(stranger.proof, prove(key, 'node', `127.0.0.1:${other.port}`, stranger.nonce))
    // whoever has the port of this node asks it at its new one, and passes on what it says
    const passedOn = await greet(mine.port, key)
    assert.notEqual(passedOn.proof, prove(key, 'node', `127.0.0.1:${other.port}`, passedOn.nonce))
    assert.equal((await meetAgain(other.port, key)).status, 401)
  })

  test('and nobody else is given a key: the command line has its file', async (t) => {
    const started = await startBridge(t)
    const opened = await openedSocket(started, started.token)
    assert.deepEqual(Object.keys(v.parse(HelloFrame, await opened.next()).hello), ['api', 'role'])
    opened.socket.close()
  })

  test('cannot be asked for with what is no greeting, and guesses are slowed down', async (t) => {
    const { port } = await startBridge(t)
    const id = `owner.0.${'a'.repeat(43)}`
    for (const body of [
      '{}',
      '[]',
      'null',
      { id, nonce: 'x' },
      { id: 'root.0.a', nonce: NONCE },
      { id, nonce: NONCE, a: 1 },
    ]) {
      assert.equal((await post(port, '/session/greet', body)).status, 400, JSON.stringify(body))
    }
    const statuses: number[] = []
    for (let index = 0; index < 12; index++) statuses.push((await renew(port, id, 'A'.repeat(43))).status)
    assert.ok(statuses.includes(429), statuses.join(' '))
  })
})

describe('B20 the secret under those keys', () => {
  test('is for its owner alone, stays, and is not used once others could read it', async (t) => {
    const started = await startBridge(t)
    const { bridge, dir, port } = started
    const path = join(dir, SECRET)
    const first = await readFile(path, 'utf8')
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const key = await keyOf(started)
    await bridge.stop()
    await chmod(path, 0o644)
    await bridge.start()
    assert.notEqual(await readFile(path, 'utf8'), first)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.deepEqual(await meetAgain(port, key).then(({ same, status }) => [same, status]), [false, 401])
  })

  test('that is torn, rubbish or a folder keeps no bridge from starting', async (t) => {
    const { bridge, dir, port } = await startBridge(t)
    const path = join(dir, SECRET)
    for (const rubbish of ['', 'null', '{"secret":"short"}', '{"secret":7}', 'x'.repeat(10_000), undefined]) {
      await bridge.stop()
      if (rubbish === undefined) {
        await rm(path)
        await mkdir(path)
      } else await writeFile(path, rubbish, { mode: 0o600 })
      await bridge.start()
      assert.equal(bridge.port(), port)
      if (rubbish !== undefined) assert.match(await readFile(path, 'utf8'), /^\{"secret":"[A-Za-z0-9_-]{43}"\}\n$/)
    }
  })
})
