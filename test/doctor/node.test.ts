// Each check of a node by itself: what it stands on goes in, a finding comes out. The whole, with real servers and a real router, is
// in namespaces.test.ts.
import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import * as v from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { cardText, doctorLines } from '../../main/doctor/card.ts'
import { checkClock } from '../../main/doctor/clock.ts'
import { doctorConfigOf } from '../../main/doctor/config.ts'
import { checkDialBack } from '../../main/doctor/dial-back.ts'
import { checkDisk } from '../../main/doctor/disk.ts'
import { DOCTOR_MS, runDoctor } from '../../main/doctor/doctor.ts'
import { checkKey } from '../../main/doctor/key.ts'
import { checkNetwork } from '../../main/doctor/network.ts'
import { checkPorts } from '../../main/doctor/ports.ts'
import { checkRouter } from '../../main/doctor/router.ts'
import { askServers, knock, placesOf } from '../../core/net/sign-of-life.ts'
import { judge, type ReachabilityFacts } from '../../main/reachability/verdict.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { type DoctorLine, doctorSum, FINDING_CODES, FINDINGS, isWell, NODE_CHECKS } from '../../proto/doctor.ts'
import { doctorEn } from '../../proto/text/doctor-en.ts'
import { manualClock } from '../support/manual-clock.ts'
import { FAKE_NODE } from '../support/fake-program.ts'
import { answer, NOW, situation } from './situation.ts'
import type { Situation } from '../../main/doctor/situation.ts'

const REACH: ReachabilityFacts = {
  ...{ network: 'public', serversReached: 1, localAddresses: ['192.168.7.2'], publicAddresses: ['20.0.0.1'] },
  ...{ gateway: '192.168.7.1', routerExternalIp: '20.0.0.1', routerWithoutOutside: false, router: 'mapped' },
  mappings: [{ protocol: 'upnp', external: 4430, internal: 4430, expires: undefined }],
  ...{ ports: { tcp: 4431, wss: 4430 }, portTaken: false, wssServed: true },
  dialBacks: [{ by: 'proof', address: '/ip4/20.0.0.1/tcp/4430', port: 'wss', outcome: 'reached' }],
}
const closed = {
  dialBacks: [{ by: 'proof', address: '/ip4/20.0.0.1/tcp/4430', port: 'wss', outcome: 'closed' }],
} as const
const reach = (change: Partial<ReachabilityFacts>) => () => ({
  ...FAKE_NODE,
  verdict: judge({ ...REACH, ...change }, NOW),
})

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-doctor-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  await chmod(dir, 0o700)
  return dir
}

describe('the clock', () => {
  const minute = 60_000
  for (const [what, off, code] of [
    ['is right within a minute', minute / 2, 'clock-good'],
    ['is off where it is ahead', 7 * minute, 'clock-off'],
    ['is off where it is behind', -7 * minute, 'clock-off'],
  ] as const) {
    test(what, async () => {
      const servers = Promise.resolve([answer('a', true, { here: NOW + off, there: NOW })])
      assert.equal((await checkClock(situation({ servers }))).code, code)
    })
  }

  test('is judged by the middle of what servers say: one of them may be wrong itself', async () => {
    const times = [0, 90 * minute, minute / 4].map((off) => answer('a', true, { here: NOW, there: NOW + off }))
    assert.equal((await checkClock(situation({ servers: Promise.resolve(times) }))).code, 'clock-good')
  })

  test('is not judged where no server tells the time', async () => {
    assert.equal((await checkClock(situation({ servers: Promise.resolve([answer('a', true)]) }))).code, 'clock-unknown')
  })

  test('is asked for by the head of an HTTP answer, and by nothing of a port without HTTP', async (t) => {
    const web = createHttpServer((_request, response) =>
      response.setHeader('date', 'Fri, 20 Nov 2026 12:00:00 GMT').end(),
    )
    const plain = createServer((socket) => socket.on('error', () => undefined))
    const ports = await Promise.all(
      [web, plain].map(async (server) => {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        t.after(() => server.close())
        const place = server.address()
        return typeof place === 'object' && place !== null ? place.port : 0
      }),
    )
    const places = placesOf([`/ip4/127.0.0.1/tcp/${ports[0]}/ws`, `/ip4/127.0.0.1/tcp/${ports[1]}`, 'no place'])
    const { signal } = new AbortController()
    const [first, second] = await askServers(places, undefined, { clock: systemClock, signal })
    assert.equal(first?.time?.there, NOW)
    assert.deepEqual([second?.ok, second?.time], [true, undefined])
  })
})

describe('the network', () => {
  for (const [what, servers, code] of [
    ['is good where all servers answer', [answer('1.2.3.4', true)], 'network-good'],
    [
      'is good where a silent way leads to a server that answers by another',
      [answer('a', false), answer('a', true)],
      'network-good',
    ],
    ['is inside where its servers are', [answer('127.0.0.1', true)], 'network-local'],
    ['says who does not answer where others do', [answer('a', true), answer('b', false)], 'network-some'],
    ['is asleep where a practice network does not run', [], 'network-asleep'],
  ] as const) {
    test(what, async () => {
      assert.equal((await checkNetwork(situation({ servers: Promise.resolve(servers) }))).code, code)
    })
  }

  test('a knock after somebody has left is refused, and ends nothing else', async () => {
    const left = new Error('left')
    await assert.rejects(knock({ host: '127.0.0.1', port: 1 }, undefined, AbortSignal.abort(left)), left)
    // a rejection that nobody waits for would fail this file here
    await new Promise(setImmediate)
  })

  test('is none where none was chosen', async () => {
    assert.equal((await checkNetwork(situation({ hasNetwork: false }))).code, 'network-none')
  })
})

describe('ports', () => {
  async function busyPort(t: TestContext, host = '::'): Promise<number> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    t.after(() => server.close())
    const place = server.address()
    return typeof place === 'object' && place !== null ? place.port : 0
  }
  const config = (ports: Situation['config']['ports']) => ({ ...situation().config, ports })

  test('are taken where another program has one and no node runs', async (t) => {
    const port = await busyPort(t)
    const finding = await checkPorts(situation({ config: config({ tcp: undefined, wss: port }) }))
    assert.deepEqual(finding, { code: 'ports-taken', params: { port: String(port) } })
  })

  test('are the app’s where the app has the folder and listens to no terminal', async (t) => {
    const port = await busyPort(t)
    const finding = await checkPorts(situation({ heldBy: 42, config: config({ tcp: port, wss: port }) }))
    assert.deepEqual(finding, { code: 'ports-held', params: { pid: 42 } })
  })

  test('do not answer where the running node’s own listener is gone', async () => {
    const node = () => ({ ...FAKE_NODE, ports: { tcp: 1, wss: 1 } })
    assert.equal((await checkPorts(situation({ node }))).code, 'ports-closed')
  })

  test('are good where the node listens on one address alone, and are not looked for at another', async (t) => {
    const listen = { addresses: ['/ip4/127.0.0.2/tcp/0'], wss: ['/ip4/127.0.0.2/tcp/0/tls/ws'] }
    const [tcp, wss] = [await busyPort(t, '127.0.0.2'), await busyPort(t, '127.0.0.2')]
    const node = () => ({ ...FAKE_NODE, ports: { tcp, wss } })
    const certificate = { names: [], chainPem: '', notBefore: 0, notAfter: NOW + 1 }
    const at = (hosts: string) => {
      const { hosts: read } = doctorConfigOf(
        v.parse(NodeConfigSchema, { listen: JSON.parse(JSON.stringify(listen).replaceAll('127.0.0.2', hosts)) }),
      )
      return checkPorts(situation({ node, certificate, config: { ...situation().config, hosts: read } }))
    }
    assert.equal((await at('127.0.0.2')).code, 'ports-good')
    assert.equal((await at('0.0.0.0')).code, 'ports-closed')
  })

  test('are taken where the look from outside found the port for browsers to be another’s', async (t) => {
    const port = await busyPort(t)
    const node = () => ({ ...reach({ portTaken: true })(), ports: { tcp: port, wss: port } })
    assert.equal((await checkPorts(situation({ node }))).code, 'ports-taken')
  })
})

describe('router and visitors', () => {
  const off = { router: 'not-asked', mappings: [] } as const
  for (const [what, change, router, door] of [
    ['a router that lets visitors in', {}, 'router-opened', 'door-good'],
    ['a door that is open without the router', { ...off }, 'router-not-needed', 'door-good'],
    ['a router that says no', { ...closed, router: 'refused', mappings: [] }, 'router-refused', 'door-router'],
    ['a router that is silent', { ...closed, router: 'none', mappings: [] }, 'router-silent', 'door-router'],
    ['a firewall behind a router that opened', { ...closed }, 'router-opened', 'door-firewall'],
    ['a carrier’s address', { ...closed, routerExternalIp: '100.64.0.2' }, 'router-carrier-nat', 'door-carrier-nat'],
    ['no address outside', { ...closed, publicAddresses: [] }, 'router-opened', 'door-no-address'],
    ['a network inside this computer', { network: 'local' }, 'router-local', 'door-local'],
    ['servers that are away', { serversReached: 0, dialBacks: [] }, 'router-opened', 'door-unknown'],
  ] as const) {
    test(what, async () => {
      const at = situation({ node: reach(change) })
      assert.deepEqual([(await checkRouter(at)).code, (await checkDialBack(at)).code], [router, door])
    })
  }

  test('a router that is not asked, because a person said so', async () => {
    const config = { ...situation().config, mapPorts: false }
    const finding = await checkRouter(situation({ config, node: reach({ ...closed, ...off }) }))
    assert.equal(finding.code, 'router-off')
  })

  test('a forge that came in when it gave the certificate', async () => {
    const names = ['*.k51qzi5uqu5dl2yn0d6xu8q5aqa61jh8zeyixz9tsju80n15ssiyew48912c63.forge.example.net']
    const bundle = { names, chainPem: '', notBefore: 0, notAfter: NOW + 1 }
    const made = reach({ nobodyToAsk: true, serversReached: 0, dialBacks: [] })()
    const certificate = { ...bundle, source: 'autotls' } as unknown as NonNullable<typeof made.certificate>
    const finding = await checkDialBack(situation({ certificate: bundle, node: () => ({ ...made, certificate }) }))
    assert.deepEqual(finding, { code: 'door-knocked', params: { forge: 'forge.example.net' } })
  })
})

describe('key and disk', () => {
  test('a key that others can read is named with its file', async (t) => {
    const dir = await folder(t)
    await writeFile(join(dir, 'peer.key'), 'x', { mode: 0o600 })
    assert.equal((await checkKey(situation({ dir }))).code, 'key-file')
    await chmod(join(dir, 'peer.key'), 0o644)
    assert.deepEqual(await checkKey(situation({ dir })), {
      code: 'key-readable',
      params: { file: join(dir, 'peer.key') },
    })
  })

  for (const [state, store, code] of [
    ['ready', 'keychain', 'key-keychain'],
    ['ready', 'passphrase-file', 'key-sealed'],
    ['locked', 'keychain', 'key-locked'],
    ['passphrase-needed', 'passphrase-file', 'key-locked'],
    ['missing', 'keychain', 'key-missing'],
    ['unavailable', 'keychain', 'key-unavailable'],
  ] as const) {
    test(`a key that is ${state} in the ${store}`, async () => {
      assert.equal((await checkKey(situation({ identity: { state, store, fellBack: false } }))).code, code)
    })
  }

  test('a folder that others may write is named, and a look leaves nothing in it', async (t) => {
    const dir = await folder(t)
    assert.equal((await checkDisk(situation({ dir }))).code, 'disk-good')
    await chmod(dir, 0o777)
    assert.equal((await checkDisk(situation({ dir }))).code, 'disk-open')
    await rm(dir, { recursive: true })
    assert.equal((await checkDisk(situation({ dir }))).code, 'disk-none')
    await mkdir(dir)
  })
})

describe('the whole', () => {
  test('ends in time whatever hangs, and says what was not looked at', async () => {
    const clock = manualClock(NOW)
    const told: string[] = []
    const running = runDoctor({
      ...situation({ clock, looked: new Promise(() => undefined), node: reach({}) }),
      log: silentLog,
      tell: (check, { code }) => void told.push(`${check} ${code}`),
    })
    for (let second = 0; second <= DOCTOR_MS; second += 1_000) await clock.advance(1_000)
    await running
    assert.ok(told.includes('router unchecked') && told.includes('dial-back unchecked'), told.join('\n'))
    assert.equal(told.length, NODE_CHECKS.length)
  })

  test('every finding has a sentence, and a remedy where something is wrong', () => {
    for (const code of FINDING_CODES) {
      assert.ok(`finding.${code}` in doctorEn, code)
      if (FINDINGS[code] === 'bad' || FINDINGS[code] === 'warning') assert.ok(`finding.${code}.do` in doctorEn, code)
    }
  })

  test('is not well where nothing was looked at, or nothing came of it', () => {
    const line = (status: DoctorLine['status']): DoctorLine => ({
      check: 'clock',
      status,
      title: 'Clock',
      say: '',
      todo: '',
    })
    assert.deepEqual(
      [[], [line('unknown')], [line('good')], [line('good'), line('warning')], [line('good'), line('bad')]].map(isWell),
      [false, false, true, true, false],
    )
    assert.equal(doctorSum([]), 'Nothing was looked at.')
    assert.equal(doctorSum([line('unknown')]), '1 not looked at, 0 well.')
    assert.equal(doctorSum([line('good')]), 'All is well.')
  })

  test('a card says peer and zone, and shortens addresses', () => {
    const findings = [
      { check: 'dial-back', code: 'door-good', params: { address: '/ip4/203.0.113.7/tcp/4430' } },
      { check: 'clock', code: null, params: {} },
    ] as const
    const peerId = FAKE_NODE.peerId
    const card = cardText([...findings], { version: '1', at: NOW, peerId, zone: 'nt.example.net' })
    assert.match(card, /203\.0\.x\.x/)
    assert.ok(!card.includes('203.0.113') && card.includes(peerId) && card.includes('nt.example.net'))
    assert.equal(doctorLines([...findings]).length, 1)
  })
})
