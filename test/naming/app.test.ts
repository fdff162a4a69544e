// The whole node with a name: switched on by the person, served under the name on the node's own port, found and verified by another node.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:https'
import { after, before, describe, test } from 'node:test'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApi } from '../../main/api/api.ts'
import { silentLog } from '../../core/log.ts'
import { systemClock } from '../../core/clock.ts'
import { makeNamingKey } from '../../core/nostr/keys.ts'
import { ApiError, type Input, type MethodName, type Output } from '../../proto/api/index.ts'
import { createProgram } from '../../main/program/create.ts'
import { relaysOf } from './support.ts'
import type { Program } from '../../main/program/program.ts'
import type { TestRelay } from '../support/nostr-relay.ts'
import type { IncomingMessage } from 'node:http'

/** A program as the window has it, over its API. */
async function person(urls: readonly string[]) {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-name-app-'))
  const flags = {
    dir,
    'listen.addresses': '/ip4/127.0.0.1/tcp/0',
    'listen.wss': '/ip4/127.0.0.1/tcp/0/tls/ws',
    'network.public': 'none',
    'reachability.mapPorts': 'false',
    'naming.relays': urls.join(','),
    'naming.allowPrivate': 'true',
    'naming.lan': 'false',
    'naming.resolver.port': '0',
    'naming.proxy.port': '0',
  }
  const program: Program = await createProgram({
    sources: { flags, env: {} },
    identityStore: 'file',
    asksByItself: false,
    clock: systemClock,
    log: () => silentLog,
    startSandbox: () => Promise.reject(new Error('no sandbox here')),
  })
  const api = createApi({
    ...{ program, log: silentLog, clock: systemClock, version: '0', host: 'headless', platform: 'linux' },
    can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
    desk: { quit: () => undefined },
  })
  await program.start()
  const call = async <Name extends MethodName>(name: Name, input: Input<Name>): Promise<Output<Name>> => {
    const answer = await api.dispatch(name, input, { kind: 'ipc', role: 'owner' })
    if (!answer.ok) throw new ApiError(answer.problem.code, answer.problem)
    return answer.output as Output<Name>
  }
  return {
    ...{ dir, program, call },
    state: () => api.state.snapshot().state,
    async stop() {
      api.stop()
      await program.stop()
      await rm(dir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

describe('a node that has a name', () => {
  let relays: readonly TestRelay[] = []
  let home: Awaited<ReturnType<typeof person>>
  let friend: Awaited<ReturnType<typeof person>>
  const ends: (() => unknown)[] = []

  before(async () => {
    relays = await relaysOf({ after: (end: () => unknown) => void ends.push(end) })
    const urls = relays.map(({ url }) => url)
    ;[home, friend] = await Promise.all([person(urls), person(urls)])
  })
  after(async () => {
    await Promise.all([home.stop(), friend.stop()])
    for (const end of ends) await end()
  })

  test('has nothing of it before it is asked for', () => {
    assert.deepEqual([home.state().name.state, home.state().name.npub], ['off', null])
  })

  test('publishes it at a click, serves it on its own port, and another node verifies it by its pin', async () => {
    await home.call('name.publish', {})
    const { name } = home.state()
    assert.deepEqual([name.state, name.publish, name.trouble], ['ready', true, null])
    const types = new Set(name.published?.records.map(({ type }) => type))
    assert.deepEqual([...types], ['A', 'SRV'], 'it listens by IPv4 alone, whatever addresses the machine has')
    assert.deepEqual(
      name.relays.map(({ state }) => state),
      ['kept', 'kept'],
    )
    const npub = name.npub ?? assert.fail('no name')
    const found = await friend.call('name.look', { name: `https://${npub.toUpperCase()}.nostr/` })
    assert.deepEqual([found.state, found.peerId], ['fresh', home.state().identity.peerId])
    const verified = await friend.call('name.verify', { name: npub })
    assert.ok(verified.ok, JSON.stringify(verified.findings))

    const port = found.pins[0]?.port ?? 0
    const asked = request({
      host: '127.0.0.1',
      port,
      servername: `${npub}.nostr`,
      rejectUnauthorized: false,
      headers: { host: `${npub}.nostr` },
    })
    asked.end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    let body = ''
    for await (const chunk of response) body += String(chunk)
    assert.equal(response.statusCode, 200)
    assert.match(body, /name that belongs to a key/)
    assert.ok(body.includes(`${npub}.nostr`))
    const { certPem } = await home.call('name.certificate', {})
    assert.match(certPem, /BEGIN CERTIFICATE/)
  })

  test('withdraws it, and stays withdrawn after a new start', async () => {
    const npub = home.state().name.npub ?? assert.fail('no name')
    await home.call('name.withdraw', {})
    assert.equal(home.state().name.published, null)
    assert.equal((await friend.call('name.look', { name: npub, fresh: true })).state, 'none')
    assert.equal((await friend.call('name.verify', { name: npub })).ok, false)
    assert.equal(home.state().name.publish, false)
  })

  test('takes a person’s own key and gives it back, and never writes it in the clear', async () => {
    const own = home.state().name.npub
    const nsec = 'nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5'
    await home.call('name.import', { nsec })
    assert.equal(home.state().name.npub, 'npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg')
    assert.equal(home.state().name.imported, true)
    const file = await readFile(join(home.dir, 'name-key.json'), 'utf8')
    assert.ok(!file.includes(nsec) && !file.includes('67dea2ed'))
    await home.call('name.import', { nsec: '' })
    assert.deepEqual([home.state().name.npub, home.state().name.imported], [own, false])
    await assert.rejects(home.call('name.import', { nsec: own ?? '' }), (error: unknown) => {
      assert.ok(error instanceof ApiError)
      assert.equal(error.problem.code, 'bad-name')
      assert.match(error.problem.detail ?? '', /public half/)
      return true
    })
  })

  test('a text that is no key costs the name nothing', async () => {
    await home.call('name.publish', {})
    const { published } = home.state().name
    assert.ok(published)
    await assert.rejects(home.call('name.import', { nsec: 'nsec1nothing' }), ApiError)
    assert.deepEqual(home.state().name.published, published)
    assert.equal((await friend.call('name.look', { name: home.state().name.npub ?? '', fresh: true })).state, 'fresh')
  })

  test('a key that cannot be opened is told, and another one can be taken in its place', async () => {
    const own = home.state().name.npub
    const broken = await person(relays.map(({ url }) => url))
    try {
      await writeFile(join(broken.dir, 'name-key.json'), '{"version":1,"nonce":"AAAA","sealed":"AAAA"}')
      await assert.rejects(broken.call('name.publish', {}), /import it again/)
      assert.equal(broken.state().name.npub, null, 'no other name takes its place unseen')
      await broken.call('name.import', { nsec: '' })
      assert.match(broken.state().name.npub ?? '', /^npub1/)
      assert.notEqual(broken.state().name.npub, own)
    } finally {
      await broken.stop()
    }
  })

  test('another identity is another name, and takes no key along that was sealed for the one earlier', async () => {
    const earlier = home.state().name.npub
    await home.call('name.import', { nsec: 'nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5' })
    await friend.program.exportIdentity('correct horse battery')
    const [file = ''] = await readdir(join(friend.dir, 'exports'))
    await home.program.importIdentity(await readFile(join(friend.dir, 'exports', file)), 'correct horse battery')
    assert.deepEqual(
      (await readdir(home.dir)).filter((name) => name === 'name-key.json'),
      [],
    )
    await home.call('name.wake', {})
    assert.notEqual(home.state().name.npub, earlier)
    await friend.call('name.wake', {})
    assert.equal(home.state().name.npub, friend.state().name.npub)
  })

  test('a text that is no name by key is told apart from a name that nobody has published', async () => {
    const codeOf = (name: string) =>
      friend.call('name.look', { name }).then(
        ({ state }) => state,
        (error: unknown) => (error instanceof ApiError ? error.problem.code : String(error)),
      )
    assert.equal(await codeOf('nobody.example'), 'bad-name')
    assert.equal(await codeOf('npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptq'), 'bad-name')
    assert.equal(await codeOf(makeNamingKey().npub), 'none')
  })

  test('switches its DNS server on and off', async () => {
    const { addresses } = await friend.call('name.resolver', { on: true })
    assert.match(addresses[0] ?? '', /^127\.0\.0\.1:\d+$/)
    assert.deepEqual(friend.state().name.resolver, { addresses })
    assert.deepEqual((await friend.call('name.resolver', { on: false })).addresses, [])
    assert.equal(friend.state().name.resolver, null)
  })
})
