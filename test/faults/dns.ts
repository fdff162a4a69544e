// Class 1: what the CA sees in DNS is not what it should see. The CA asks a server that lies, through a real resolver and over
// real sockets; Pebble, with a resolver of its own, judges the commonest of the same lies.
import type { Answer } from 'dns-packet'
import { createResolver } from '../../core/dns/index.ts'
import type { Dns01 } from '../../core/acme/index.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { QUICK_POLL } from '../support/issuance.ts'
import { freePorts } from '../support/free-port.ts'
import { pebbleIsMissing } from '../support/pebble.ts'
import { createTxtZone, type TxtZone } from '../support/txt-zone.ts'
import { type Asked, startDnsAnswerer, type Lie } from './dns-answerer.ts'
import type { Fault } from './fault.ts'
import { type IssueOptions, leftIn, type OwnWorld, withOwnCa, withPebble, type World } from './world.ts'

const NOT_FOUND = 'the CA did not validate *.faults.example.net (unauthorized)'
const NO_ANSWER = 'the CA did not validate *.faults.example.net (dns)'
/** How long the CA waits for DNS here; a lie that is late comes after it, by whatever way it asks. */
const PATIENCE_MS = 300
const LATE_MS = 900

const txt = ({ name }: Asked, ...data: (string | readonly string[])[]): Answer[] =>
  data.map((one) => ({ type: 'TXT', name, ttl: 1, data: typeof one === 'string' ? one : [...one] }))
const stale = (index: number) => `${index}`.padStart(43, 's')
const valuesOf = ({ truth }: Asked) => truth.map((answer) => (answer.type === 'TXT' ? String(answer.data) : ''))

interface Case {
  readonly fault: string
  readonly expected: string
  readonly lie: (asked: Asked) => Lie | undefined
  /** What Pebble of Debian 12 makes of it, where that is another thing or worth a run. */
  readonly pebble?: string
}

const LIES: readonly Case[] = [
  {
    fault: 'another TXT value',
    expected: NOT_FOUND,
    lie: (asked) => ({ answers: txt(asked, stale(1)) }),
    pebble: NOT_FOUND,
  },
  { fault: 'no TXT value (NOERROR)', expected: NOT_FOUND, lie: () => ({ answers: [] }) },
  {
    fault: 'a stale value beside the right one',
    expected: 'one certificate',
    lie: (asked) => ({ answers: [...txt(asked, stale(1)), ...asked.truth] }),
    pebble: 'one certificate',
  },
  {
    fault: 'the value cut into two strings',
    expected: 'one certificate',
    lie: (asked) => ({ answers: valuesOf(asked).flatMap((v) => txt(asked, [v.slice(0, 20), v.slice(20)])) }),
  },
  {
    fault: 'a reply above 512 bytes (cut, asked again over TCP)',
    expected: 'one certificate',
    lie: (asked) => ({ answers: [...txt(asked, ...Array.from({ length: 12 }, (_, n) => stale(n))), ...asked.truth] }),
  },
  {
    fault: 'a reply above 1232 bytes (cut, asked again over TCP)',
    expected: 'one certificate',
    lie: (asked) => ({ answers: [...txt(asked, ...Array.from({ length: 40 }, (_, n) => stale(n))), ...asked.truth] }),
  },
  {
    fault: 'FORMERR as long as it asks with EDNS',
    expected: 'one certificate',
    lie: ({ edns }) => (edns ? { rcode: 1, answers: [] } : undefined),
  },
  {
    fault: 'silence as long as it asks with EDNS',
    expected: 'one certificate',
    lie: ({ edns }) => (edns ? { silent: true } : undefined),
  },
  {
    fault: 'silence by UDP, and answers by TCP',
    expected: 'one certificate',
    lie: ({ transport }) => (transport === 'udp' ? { silent: true } : undefined),
  },
  { fault: 'NXDOMAIN', expected: NO_ANSWER, lie: () => ({ rcode: 3, answers: [] }) },
  { fault: 'SERVFAIL', expected: NO_ANSWER, lie: () => ({ rcode: 2, answers: [] }), pebble: NOT_FOUND },
  { fault: 'REFUSED', expected: NO_ANSWER, lie: () => ({ rcode: 5, answers: [] }) },
  { fault: 'silence', expected: NO_ANSWER, lie: () => ({ silent: true }) },
  { fault: 'an answer that comes too late', expected: NO_ANSWER, lie: () => ({ lateMs: LATE_MS }) },
  { fault: 'an answer to another question (wrong id)', expected: NO_ANSWER, lie: () => ({ wrongId: true }) },
  { fault: 'garbage', expected: NO_ANSWER, lie: () => ({ bytes: Buffer.from('garbage') }), pebble: NOT_FOUND },
  {
    fault: 'a CNAME in front of the value',
    expected: 'one certificate',
    lie: (asked) => ({
      answers: [
        { type: 'CNAME', name: asked.name, data: 'elsewhere.example.net' },
        ...txt({ ...asked, name: 'elsewhere.example.net' }, ...valuesOf(asked)),
      ],
    }),
  },
  {
    fault: 'the name in the answer in another case than asked (0x20)',
    expected: 'one certificate',
    lie: (asked) => ({ answers: txt({ ...asked, name: asked.name.toUpperCase() }, ...valuesOf(asked)) }),
  },
]

/** A CA that asks these servers, one after the other where one does not answer. */
async function withServers(
  lies: readonly ((asked: Asked) => Lie | undefined)[],
  work: (world: OwnWorld, zone: TxtZone, ports: readonly number[]) => Promise<string>,
): Promise<string> {
  const zone = createTxtZone()
  const servers = await Promise.all(lies.map((lie) => startDnsAnswerer(zone, lie)))
  const ports = servers.map(({ port }) => port)
  const resolver = createResolver({
    servers: ports.map((port) => ({ host: '127.0.0.1', port })),
    timeoutMs: PATIENCE_MS,
  })
  try {
    return await withOwnCa({}, (world) => work({ ...world, judge: { ...world.judge, zone } }, zone, ports), {
      resolver,
    })
  } finally {
    await Promise.all(servers.map((server) => server.close()))
  }
}

/** Like the world's own, with the values in this zone; sockets need real waits, whatever date it is. */
async function tellIn(world: World, zone: TxtZone, options: IssueOptions = {}): Promise<string> {
  const clock: Clock = { now: () => world.clock.now(), sleep: (ms, signal) => systemClock.sleep(ms, signal) }
  const told = await world.tell({ dns01: zone, clock, poll: QUICK_POLL, ...options })
  return [told, ...leftIn({ ...world.judge, zone })].join(', ')
}

async function withPebbleAsking(lie: (asked: Asked) => Lie | undefined): Promise<string> {
  const zone = createTxtZone()
  const server = await startDnsAnswerer(zone, lie)
  try {
    return await withPebble({}, (world) => tellIn(world, zone), { dnsPort: server.port })
  } finally {
    await server.close()
  }
}

export const DNS_FAULTS: readonly Fault[] = [
  ...LIES.map(({ fault, expected, lie }): Fault => ({
    class: 1,
    fault: `the CA gets ${fault}`,
    expected,
    run: () => withServers([lie], (world, zone) => tellIn(world, zone)),
  })),
  ...LIES.flatMap(({ fault, pebble, lie }): Fault[] =>
    pebble === undefined
      ? []
      : [
          {
            class: 1,
            fault: `the CA gets ${fault} (Pebble)`,
            expected: pebble,
            skip: pebbleIsMissing,
            run: () => withPebbleAsking(lie),
          },
        ],
  ),
  {
    class: 1,
    fault: 'two values at one name at once (a wildcard and its base)',
    expected: 'one certificate',
    run: () =>
      withServers([() => undefined], (world, zone) =>
        tellIn(world, zone, { names: ['*.faults.example.net', 'faults.example.net'] }),
      ),
  },
  {
    class: 1,
    fault: 'the first of two servers does not answer',
    expected: 'one certificate',
    run: () => withServers([() => ({ silent: true }), () => undefined], (world, zone) => tellIn(world, zone)),
  },
  {
    class: 1,
    fault: 'one of two servers has an old zone, and the pre-check asks every one',
    expected: 'stopped before the CA looked: 127.0.0.1 does not have it',
    run: () =>
      withServers([() => undefined, () => ({ answers: [] })], async (world, zone, ports) => {
        const dns01: Dns01 = {
          ...zone,
          async preCheck(name, value) {
            for (const port of ports) {
              const one = createResolver({ servers: [{ host: '127.0.0.1', port }], timeoutMs: PATIENCE_MS })
              if (!(await one.resolveTxt(name)).includes(value)) throw new Error('127.0.0.1 does not have it')
            }
          },
        }
        const told = await tellIn(world, zone, { dns01 })
        return world.requests.includes('POST challenge') ? told : `stopped before the CA looked: ${told}`
      }),
  },
  {
    class: 1,
    fault: 'the value is taken away before the CA looks',
    expected: NO_ANSWER,
    run: () =>
      withOwnCa({}, (world) =>
        world.tell({
          dns01: {
            ...world.judge.zone,
            preCheck: (name, value) => world.judge.zone.remove(name, value, AbortSignal.timeout(1000)),
          },
        }),
      ),
  },
  {
    class: 1,
    fault: "another client's value stands at our name",
    expected: 'one certificate, its value is untouched',
    run: () =>
      withOwnCa({}, async (world) => {
        const { zone } = world.judge
        await zone.set('_acme-challenge.faults.example.net', stale(1), undefined)
        await world.issue()
        const left = [...zone.records.values()].flat()
        const untouched = left.length === 1 && left[0] === stale(1)
        return `${world.certificates() === 1 ? 'one certificate' : 'not one certificate'}, its value is ${untouched ? 'untouched' : 'gone'}`
      }),
  },
  {
    class: 1,
    fault: 'our DNS server restarts between setting and checking',
    expected: 'one certificate',
    async run() {
      const zone = createTxtZone()
      const [port = 0] = await freePorts(1)
      let server = await startDnsAnswerer(zone, () => undefined, port)
      const resolver = createResolver({ servers: [{ host: '127.0.0.1', port }], timeoutMs: PATIENCE_MS })
      const restart = async () => {
        await server.close()
        server = await startDnsAnswerer(zone, () => undefined, port)
      }
      try {
        return await withOwnCa({}, (world) => tellIn(world, zone, { dns01: { ...zone, preCheck: restart } }), {
          resolver,
        })
      } finally {
        await server.close()
      }
    },
  },
]
