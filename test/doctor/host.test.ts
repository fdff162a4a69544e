// Checks of a host by themselves. The whole, with a zone above, a CA and a peer elsewhere, is in namespaces.test.ts.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import * as v from 'valibot'
import * as dnsPacket from 'dns-packet'
import { systemClock } from '../../core/clock.ts'
import { WeekSection } from '../../servers/config/week.ts'
import { checkWeek } from '../../servers/doctor/ca.ts'
import type { HostSituation } from '../../servers/doctor/look.ts'
import { openWeek } from '../../servers/quota/week.ts'
import { judged } from '../../servers/doctor/dns.ts'
import { checkDelegation, checkDs } from '../../servers/doctor/delegation.ts'
import { referralOf } from '../../servers/doctor/parent.ts'
import { startCommand } from '../support/command.ts'
import type { DnsServerAddress } from '../../core/dns/index.ts'

const ZONE = 'nt.example.net'
const PARENT = 'example.net'
const { signal } = new AbortController()

/** What a server of the zone above says to everything. */
interface Says {
  readonly flags?: number
  readonly answers?: readonly dnsPacket.Answer[]
  readonly authorities?: readonly dnsPacket.Answer[]
}

const soaOf = (name: string): dnsPacket.Answer => ({
  ...{ type: 'SOA', name },
  data: { ...{ mname: 'a.', rname: 'b.', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 } },
})
const nsOf = (name: string, data: string): dnsPacket.Answer => ({ type: 'NS', name, data })

const LED: Says = { authorities: [nsOf(ZONE, 'ns1.nt.example.net')] }
const NOTHING: readonly (readonly [what: string, says: Says])[] = [
  ['refuses', { flags: 5 }],
  ['fails', { flags: 2 }],
  ['knows no zone and says nothing', {}],
  ['knows no zone and leads to the root', { authorities: [nsOf('.', 'a.root-servers.net')] }],
]

async function serve(t: TestContext, says: Says): Promise<DnsServerAddress> {
  const socket = createSocket('udp4')
  socket.on('message', (message, { port, address }) => {
    const { id, questions } = dnsPacket.decode(message)
    const reply = dnsPacket.encode({
      ...{ type: 'response', id, flags: says.flags ?? 0, questions },
      ...{ answers: [...(says.answers ?? [])], authorities: [...(says.authorities ?? [])] },
    })
    socket.send(reply, port, address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  t.after(() => socket.close())
  return { host: '127.0.0.1', port: socket.address().port }
}

async function told(t: TestContext, ...all: readonly Says[]) {
  const servers: DnsServerAddress[] = []
  for (const says of all) servers.push(await serve(t, says))
  return await referralOf({ zone: ZONE, parent: PARENT, servers, signal })
}

describe('the zone above', () => {
  for (const [what, says] of NOTHING) {
    test(`a server that ${what} has said nothing: the next is asked`, async (t) => {
      const referral = await told(t, says, LED)
      assert.deepEqual([referral?.servers, referral?.signed], [['ns1.nt.example.net'], false])
    })

    test(`where every server ${what}, neither delegation nor DS is judged`, async (t) => {
      const referral = await told(t, says)
      assert.equal(referral, undefined)
      const at = { config: { zone: ZONE }, referral: Promise.resolve(referral) } as Parameters<
        typeof checkDelegation
      >[0]
      const lines = [...(await checkDelegation(at)), ...(await checkDs(at))]
      assert.deepEqual(
        lines.map(({ status }) => status),
        ['unknown', 'unknown'],
      )
    })
  }

  for (const [what, says] of [
    ['has no such name', { flags: 3, authorities: [soaOf(PARENT)] }],
    ['has nothing at that name', { authorities: [soaOf(PARENT)] }],
    ['answers of itself and has nothing', { flags: dnsPacket.AUTHORITATIVE_ANSWER }],
  ] as const satisfies readonly (readonly [string, Says])[]) {
    test(`a server that ${what} leads nowhere, and no other is asked`, async (t) => {
      const referral = await told(t, says, LED)
      assert.deepEqual([referral?.servers, referral?.parent], [[], PARENT])
    })
  }

  test('a DS record alone is an answer', async (t) => {
    const digest = { keyTag: 1, algorithm: 13, digestType: 2, digest: Buffer.alloc(32, 1) }
    const answers: readonly dnsPacket.Answer[] = [{ type: 'DS', name: ZONE, data: digest }]
    assert.deepEqual(await told(t, { answers }), { parent: PARENT, servers: [], glue: new Map(), signed: true })
  })
})

describe('the databases of the servers', () => {
  const look = (dir: string) =>
    checkWeek({ clock: systemClock, config: { dir, week: v.parse(WeekSection, {}) } } as HostSituation)
  const filesOf = async (dir: string) => {
    const files = (await readdir(dir)).sort()
    return await Promise.all(files.map(async (file) => [file, (await readFile(join(dir, file))).toString('base64')]))
  }

  for (const [what, prepare] of [
    ['that a server left', async (dir: string) => await openOf(dir).close()],
    ['that nobody has brought to this version', async (dir: string) => await writeFile(join(dir, 'week.sqlite'), '')],
  ] as const) {
    test(`one ${what} is looked at and left as it is`, async (t) => {
      const dir = await temporary(t)
      await prepare(dir)
      const before = await filesOf(dir)
      assert.equal((await look(dir))[0]?.status, 'good')
      assert.deepEqual(await filesOf(dir), before)
    })
  }

  test('one that a server has open is looked at as it is now', async (t) => {
    const dir = await temporary(t)
    const week = openOf(dir)
    t.after(() => week.close())
    assert.match((await look(dir))[0]?.say ?? '', /^0 of /)
  })
})

const openOf = (dir: string) => openWeek({ dir, section: undefined, directory: undefined, clock: systemClock })

async function temporary(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-look-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

describe('a DNS server of the zone', () => {
  const SILENT = { answers: false, why: 'no answer within 2500 ms' }
  const OTHER = { answers: true, why: 'it says NXDOMAIN' }
  const at = { zone: ZONE, name: 'ns1.nt.example.net', host: '192.0.2.53' }

  for (const [what, udp, tcp, say, todo] of [
    ['answers', undefined, undefined, /answers by UDP and by TCP/, /^$/],
    ['is silent', SILENT, SILENT, /does not answer: no answer within/, /UDP and TCP .*firewall/],
    ['is silent by TCP', undefined, SILENT, /by UDP, and not by TCP/, /^Let TCP .*firewall/],
    ['is silent by UDP', SILENT, undefined, /by TCP, and not by UDP/, /^Let UDP .*firewall/],
    [
      'serves another zone',
      OTHER,
      OTHER,
      /What answers at ns1.* does not serve nt\.example\.net: it says NXDOMAIN/,
      /port 53/,
    ],
    ['is another one by TCP', undefined, OTHER, /What answers by TCP at ns1/, /port 53/],
    ['is another one, and silent by TCP', OTHER, SILENT, /What answers at ns1/, /port 53/],
  ] as const)
    test(`that ${what} is told with what helps, and a firewall only where nobody answers`, () => {
      const line = judged({ ...at, udp, tcp })
      assert.match(line.say, say)
      assert.match(line.todo, todo)
      assert.equal(line.todo.includes('firewall'), [udp, tcp].includes(SILENT) && ![udp, tcp].includes(OTHER))
    })
})

describe('doctor host', () => {
  test('that is left with Ctrl-C while it waits for answers ends at once, as what was left', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-doctor-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    const config = join(dir, 'nodetrust.yaml')
    await writeFile(config, `zone: ${ZONE}\ndir: ${dir}\n`)
    const silent = createSocket('udp4')
    t.after(() => silent.close())
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve))
    const asked = new Promise<void>((resolve) => silent.once('message', () => resolve()))
    const resolver = `127.0.0.1:${silent.address().port}`
    const command = startCommand(['doctor', 'host', '--config', config, '--resolver', resolver])
    await asked
    command.child.kill('SIGINT')
    const { code, signal: by, stdout, stderr } = await command.ended
    assert.deepEqual([code, by, stderr], [130, null, ''])
    assert.doesNotMatch(stdout, /All is well/)
  })
})
