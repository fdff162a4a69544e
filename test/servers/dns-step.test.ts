// A DNS server that may lack challenge values says so (SERVFAIL) until its writers have told it everything again, and writers go on
// without one that says so and without no other.
import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import * as v from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { createResolver, RCODE, rcodeName, NoDnsAnswerError, DnsServerRefusedError } from '../../core/dns/index.ts'
import { silentLog } from '../../core/log.ts'
import { challengeName, id0Name } from '../../proto/names.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { ServersConfig } from '../../servers/config.ts'
import { issueValues } from '../../servers/dns/ca-identity.ts'
import { type DnsWriter, dnsClient } from '../../servers/dns/client.ts'
import { PATIENCE_MS } from '../../servers/dns/in-step.ts'
import { createPreCheck } from '../../servers/dns/pre-check.ts'
import { dnsRole } from '../../servers/dns/role.ts'
import type { Role } from '../../servers/role.ts'
import { queryOnce } from '../broker/queries.ts'
import { freePorts } from '../support/free-port.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { createClient, tellDns } from '../support/network.ts'

const ZONE = 'nt.example.net'
const VALUE = 'a'.repeat(43)
const OTHER = 'b'.repeat(43)
const within = () => AbortSignal.timeout(20_000)

type Client = Awaited<ReturnType<typeof createClient>>

/** One DNS server of the zone, which can be stopped, restored and started again at the same place. */
interface Server {
  readonly dir: string
  readonly section: { readonly control: string; readonly query: string }
  readonly control: string
  start(admins: readonly string[]): Promise<void>
  stop(): Promise<void>
  /** What it says of a challenge: its values, or the code of its refusal. */
  says(name: string): Promise<readonly string[] | string>
}

describe('B12 DNS servers and their writers', () => {
  let root: string
  let clock: ManualClock
  let clients: Client[]
  let writers: DnsWriter[]
  let servers: Server[]
  let name: string

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'nodetrust-step-'))
    clock = manualClock(Date.now())
    clients = [await createClient(), await createClient()]
    writers = []
    servers = []
    name = challengeName(id0Name(client(0).host.peerId, ZONE))
  })

  afterEach(async () => {
    await Promise.all(writers.map((writer) => writer.stop()))
    await Promise.all(clients.map((one) => one.stop()))
    await Promise.all(servers.map((server) => server.stop()))
    await rm(root, { recursive: true, force: true })
  })

  const client = (index: number): Client => {
    const one = clients[index]
    assert.ok(one)
    return one
  }
  const peerOf = (index: number) => client(index).host.peerId.toString()

  const makeServer = async (): Promise<Server> => {
    const [control = 0, listen = 0] = await freePorts(2)
    const dir = join(root, `dns-${servers.length}`)
    const address = `/ip4/127.0.0.1/tcp/${control}`
    let role: Role | undefined
    let peer = ''
    const resolver = createResolver({ servers: [{ host: '127.0.0.1', port: listen }], timeoutMs: 5_000 })
    const server: Server = {
      dir,
      get control() {
        return `${address}/p2p/${peer}`
      },
      get section() {
        return { control: `${address}/p2p/${peer}`, query: `127.0.0.1:${listen}` }
      },
      async start(admins) {
        const { dns: section } = v.parse(ServersConfig, {
          ...{ zone: ZONE, dir },
          dns: {
            ...{ listen: `127.0.0.1:${listen}`, control: [address], admins },
            nameServers: [{ name: `ns1.${ZONE}`, addresses: ['127.0.0.1'] }],
          },
        })
        assert.ok(section)
        role = dnsRole({ zone: ZONE, dir, section, clock, log: silentLog })
        peer = v.parse(v.string(), (await role.start())['peer'])
      },
      async stop() {
        await role?.stop()
        role = undefined
      },
      async says(asked) {
        try {
          return (await resolver.resolveTxt(asked)).filter((text) => text !== 'not set yet')
        } catch (error) {
          const [attempt] = error instanceof NoDnsAnswerError ? error.attempts : []
          if (attempt?.error instanceof DnsServerRefusedError) return rcodeName(attempt.error.rcode)
          throw error
        }
      },
    }
    servers.push(server)
    return server
  }

  const startServers = async (count: number): Promise<Server[]> => {
    for (let index = 0; index < count; index++) await (await makeServer()).start([peerOf(0), peerOf(1)])
    return servers
  }

  const startWriter = async (index = 0): Promise<DnsWriter> => {
    const writer = dnsClient(
      client(index).host,
      servers.map(({ control }) => control),
    )
    writers.push(writer)
    await writer.start()
    return writer
  }

  const until = async (server: Server, expected: readonly string[] | string, asked = name): Promise<void> => {
    const deadline = AbortSignal.timeout(30_000)
    for (;;) {
      const said = await server.says(asked)
      if (String(said) === String(expected)) return
      if (deadline.aborted) assert.deepEqual(said, expected)
      await setTimeout(20)
    }
  }

  const preCheck = (value: string, withinMs = 4_000) =>
    createPreCheck({ servers: servers.map(({ section }) => section), withinMs, clock: systemClock })(
      name,
      value,
      within(),
    )

  /** The writer is gone without a word: its machine, or the way to it. */
  const vanish = async (index = 0) => client(index).stop()

  it('B12 one that was restored from an older copy fails until its writer is there, and then knows what it had lost', async () => {
    const [server] = await startServers(1)
    assert.ok(server)
    const writer = await startWriter()
    await server.stop()
    await cp(server.dir, join(root, 'copy'), { recursive: true })
    await server.start([peerOf(0), peerOf(1)])
    await writer.set({ name, value: VALUE }, within())
    assert.deepEqual(await server.says(name), [VALUE])
    await server.stop()
    await rm(server.dir, { recursive: true })
    await cp(join(root, 'copy'), server.dir, { recursive: true })
    // nobody may reach it for the moment
    const away = clients[0]
    await writer.stop()
    await server.start([peerOf(0), peerOf(1)])
    assert.equal(await server.says(name), 'SERVFAIL')
    assert.ok(away)
    await writer.start()
    await until(server, [VALUE])
  })

  it('B12 one that lost its disk is told everything again, also who may issue', async () => {
    const [server] = await startServers(1)
    assert.ok(server)
    const writer = await startWriter()
    await writer.tellIssuers('peers', issueValues(['letsencrypt.org']), within())
    await writer.set({ name, value: VALUE }, within())
    await server.stop()
    const key = join(server.dir, 'dns.key')
    await cp(key, join(root, 'dns.key'))
    await rm(server.dir, { recursive: true })
    await cp(join(root, 'dns.key'), key)
    await server.start([peerOf(0), peerOf(1)])
    await until(server, [VALUE])
    const { host, port } = { host: '127.0.0.1', port: Number(server.section.query.split(':')[1]) }
    assert.deepEqual(await queryOnce({ host, port }, id0Name(client(1).host.peerId, ZONE), 'CAA'), [
      '0 issue "letsencrypt.org; validationmethods=dns-01"',
    ])
  })

  it('B12 one whose writer vanished fails where it knows nothing, and answers what it knows', async () => {
    const [server] = await startServers(1)
    assert.ok(server)
    const writer = await startWriter()
    await writer.set({ name, value: VALUE }, within())
    await vanish()
    const unknown = challengeName(id0Name(client(1).host.peerId, ZONE))
    await until(server, 'SERVFAIL', unknown)
    assert.deepEqual(await server.says(name), [VALUE])
  })

  it('B12 a writer that leaves is not waited for', async () => {
    const [server] = await startServers(1)
    assert.ok(server)
    const writer = await startWriter()
    await writer.stop()
    assert.deepEqual(await server.says(name), [])
  })

  it('B12 nobody is waited for who never was there, for longer than half a day, or is no admin any more', async () => {
    const [server] = await startServers(1)
    assert.ok(server)
    assert.deepEqual(await server.says(name), [])
    await startWriter()
    await vanish()
    await until(server, 'SERVFAIL')
    await server.stop()
    await server.start([peerOf(0)])
    assert.equal(await server.says(name), 'SERVFAIL')
    clock.set(clock.now() + PATIENCE_MS)
    assert.deepEqual(await server.says(name), [])
    await server.stop()
    await server.start([peerOf(1)])
    assert.deepEqual(await server.says(name), [])
  })

  it('B12 who sets values without a session is served as before, over restarts too', async () => {
    const [server] = await startServers(1)
    assert.ok(server)
    await tellDns(client(0).host, server.control, { action: nodetrust.Dns01Request.Action.SET, name, value: VALUE })
    await server.stop()
    await server.start([peerOf(0), peerOf(1)])
    assert.deepEqual(await server.says(name), [VALUE])
    assert.deepEqual(await server.says(challengeName(id0Name(client(1).host.peerId, ZONE))), [])
  })

  it('B12 of two writers the one that is there is served while the other is away', async () => {
    const [server] = await startServers(1)
    assert.ok(server)
    await startWriter(0)
    const other = await startWriter(1)
    await vanish(0)
    await until(server, 'SERVFAIL')
    await other.set({ name, value: OTHER }, within())
    assert.deepEqual(await server.says(name), [OTHER])
    await preCheck(OTHER)
  })

  it('B12 a writer goes on without a server that says that it is behind, and tells it later', async () => {
    const [first, second] = await startServers(2)
    assert.ok(first && second)
    const writer = await startWriter()
    // its control address is cut off while the world still reaches it: as if it had come back knowing another writer only
    await second.stop()
    await second.start([peerOf(1)])
    await tellDns(client(1).host, second.control, { action: nodetrust.Dns01Request.Action.SYNC, name: '', value: '' })
    await until(second, 'SERVFAIL')
    await assert.rejects(writer.set({ name, value: VALUE }, within()), /no admin/)
    assert.deepEqual(await first.says(name), [VALUE])
    await preCheck(VALUE)
  })

  it('B12 a value is set although one server cannot be reached, and that one has it when it is back', async () => {
    const [first, second] = await startServers(2)
    assert.ok(first && second)
    const writer = await startWriter()
    await second.stop()
    await writer.set({ name, value: VALUE }, within())
    await assert.rejects(preCheck(VALUE, 600), /does not show the value/)
    await second.start([peerOf(0), peerOf(1)])
    await until(second, [VALUE])
    await preCheck(VALUE)
  })

  it('B12 a writer does not go on when all are behind, or when one just lacks the value', async () => {
    const [first, second] = await startServers(2)
    assert.ok(first && second)
    await assert.rejects(preCheck(VALUE, 400), /does not show the value/)
    await startWriter(1)
    await vanish(1)
    await until(first, 'SERVFAIL')
    await until(second, 'SERVFAIL')
    await assert.rejects(preCheck(VALUE, 400), /answers? SERVFAIL/)
    assert.equal(RCODE.SERVFAIL, 2)
  })
})
