// Reachability in small internets: a node behind a real router (miniupnpd) that opens ports, refuses them, has forgotten
// them or stands behind a carrier's; with a public address of its own; and with a firewall in the way.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, describe, test } from 'node:test'
import { createLab, type Lab, type Machine, type Program, type Talker, whyNoLab } from '../support/namespaces.ts'

const CHILD = join(import.meta.dirname, 'child.ts')
const why = await whyNoLab()

const SERVER_IP = '20.0.0.2'
const SERVER_IP6 = '2600:1::2'

/** A server outside, by its addresses. */
async function server(machine: Machine, ...ips: readonly string[]): Promise<readonly string[]> {
  const { peer } = await machine.talk(CHILD, { role: 'server' }).say({ do: 'peer' })
  return ips.map((ip) => `/ip${ip.includes(':') ? 6 : 4}/${ip}/tcp/4431/p2p/${String(peer)}`)
}

/** What nft calls a NAT router; miniupnpd fills three of the chains. */
function router(outside: string): string {
  return `table inet filter {
    chain forward {
      type filter hook forward priority 0; policy drop;
      ct state established,related accept
      iifname != ${outside} accept
      jump upnp_forward
    }
    chain input {
      type filter hook input priority 0; policy accept;
      iifname ${outside} ct state new drop
    }
    chain prerouting {
      type nat hook prerouting priority -100;
      jump upnp_prerouting
    }
    chain postrouting {
      type nat hook postrouting priority 100;
      oifname ${outside} masquerade
    }
    chain upnp_forward { }
    chain upnp_prerouting { }
    chain upnp_postrouting { }
  }`
}

interface Upnpd {
  readonly natPmp?: boolean
  readonly upnp?: boolean
  readonly allow?: boolean
}

async function miniupnpd(t: TestContext, machine: Machine, options: Upnpd = {}): Promise<() => Program> {
  const { natPmp = true, upnp = true, allow = true } = options
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-upnpd-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  const config = [
    ...['ext_ifname=wan', 'listening_ip=lan', 'listening_ip=lan2', 'http_port=0', 'secure_mode=yes'],
    ...[`enable_natpmp=${natPmp ? 'yes' : 'no'}`, `enable_upnp=${upnp ? 'yes' : 'no'}`],
    ...['uuid=12345678-1234-1234-1234-123456789abc', 'upnp_table_name=filter', 'upnp_nat_table_name=filter'],
    ...['upnp_forward_chain=upnp_forward', 'upnp_nat_chain=upnp_prerouting'],
    'upnp_nat_postrouting_chain=upnp_postrouting',
    ...(allow ? ['allow 1024-65535 0.0.0.0/0 1024-65535'] : []),
    'deny 0-65535 0.0.0.0/0 0-65535',
  ]
  await writeFile(join(dir, 'conf'), config.join('\n'))
  return () => machine.start('miniupnpd', '-d', '-f', join(dir, 'conf'), '-P', join(dir, 'pid'))
}

interface Home {
  readonly outside: Machine
  readonly router: Machine
  readonly home: Machine
  readonly node: Talker
}

/** A home behind a router; `carrier` puts another one in front of it. */
async function home(
  lab: Lab,
  options: {
    readonly carrier?: boolean
    readonly mapPorts?: boolean
    readonly before?: (router: Machine) => Promise<void>
  },
): Promise<Home> {
  const [outside, box, inner] = [await lab.machine(), await lab.machine(), await lab.machine()]
  await lab.cable([inner, 'eth0', '192.168.77.2/24'], [box, 'lan', '192.168.77.1/24'])
  await inner.route('192.168.77.1')
  await box.forward()
  await box.firewall(router('wan'))
  if (options.carrier) {
    const carrier = await lab.machine()
    await lab.cable([box, 'wan', '100.64.0.2/24'], [carrier, 'lan', '100.64.0.1/24'])
    await lab.cable([carrier, 'wan', '20.0.0.1/24'], [outside, 'eth0', `${SERVER_IP}/24`])
    await box.route('100.64.0.1')
    await carrier.forward()
    await carrier.firewall(router('wan'))
  } else await lab.cable([box, 'wan', '20.0.0.1/24'], [outside, 'eth0', `${SERVER_IP}/24`])
  await options.before?.(box)
  const addresses = await server(outside, SERVER_IP)
  const node = inner.talk(CHILD, { role: 'node', server: addresses, mapPorts: options.mapPorts ?? true })
  return { outside, router: box, home: inner, node }
}

async function check(node: Talker) {
  const answer = await node.say({ do: 'check' })
  assert.ok(Number(answer['ms']) < 15_500, `took ${String(answer['ms'])} ms`)
  return answer as {
    readonly status: string
    readonly reason?: string
    readonly ms: number
    readonly steps: readonly string[]
    readonly facts: {
      readonly publicAddresses: readonly string[]
      readonly routerExternalIp?: string
      readonly router: string
      readonly mappings: readonly { readonly protocol: string; readonly external: number; readonly internal: number }[]
      readonly dialBacks: readonly { readonly address: string; readonly outcome: string }[]
    }
  }
}

/** Ports that the router passes on, as its firewall tells. */
async function passedOn(box: Machine): Promise<readonly number[]> {
  const rules = await box.run('nft', 'list', 'chain', 'inet', 'filter', 'upnp_prerouting')
  return [...rules.matchAll(/dport (\d+) dnat ip to 192\.168\.77\.2/g)]
    .map(([, port]) => Number(port))
    .sort((a, b) => a - b)
}

describe('a node with a public address', { skip: why ?? false, concurrency: 2 }, () => {
  async function direct(t: TestContext): Promise<Pick<Home, 'home' | 'node'>> {
    const lab = createLab(t)
    const [outside, own] = [await lab.machine(), await lab.machine()]
    await lab.cable(
      [own, 'eth0', '20.0.0.3/24', '2600:1::3/64'],
      [outside, 'eth0', `${SERVER_IP}/24`, `${SERVER_IP6}/64`],
    )
    const addresses = await server(outside, SERVER_IP, SERVER_IP6)
    return { home: own, node: own.talk(CHILD, { role: 'node', server: addresses }) }
  }

  test('is reachable by IPv4 and IPv6, before and after it serves its certificate, and announces no probe', async (t) => {
    const { node } = await direct(t)
    const before = await check(node)
    assert.equal(before.status, 'reachable')
    assert.deepEqual(before.facts.publicAddresses.toSorted(), ['20.0.0.3', '2600:1::3'])
    assert.deepEqual(
      before.facts.dialBacks.map(({ address, outcome }) => `${address} ${outcome}`).sort(),
      ['/ip4/20.0.0.3/tcp/4430', '/ip4/20.0.0.3/tcp/4431', '/ip6/2600:1::3/tcp/4430', '/ip6/2600:1::3/tcp/4431'].map(
        (address) => `${address} reached`,
      ),
    )
    const { announced } = await node.say({ do: 'announced' })
    assert.ok(Array.isArray(announced) && announced.every((text) => !String(text).includes('4430')))
    await node.say({ do: 'serve' })
    const after = await check(node)
    assert.equal(after.status, 'reachable')
    assert.deepEqual(
      after.facts.dialBacks.filter(({ address }) => address.endsWith('4430')).map(({ outcome }) => outcome),
      ['open', 'open'],
    )
  })

  test('hears of the firewall that turns visitors away, and when it does not any more', async (t) => {
    const { home: own, node } = await direct(t)
    await own.firewall(
      `table inet f {
        chain input {
          type filter hook input priority 0; policy drop;
          iifname lo accept
          ct state established,related accept
          meta l4proto icmpv6 accept
        }
      }`,
    )
    const shut = await check(node)
    assert.deepEqual([shut.status, shut.reason], ['unreachable', 'firewall'])
    await own.firewall('')
    assert.equal((await check(node)).status, 'reachable')
  })

  test('hears that another program has the port', async (t) => {
    const { node } = await direct(t)
    await node.say({ do: 'occupy', port: 4430 })
    const { status, reason } = await check(node)
    assert.deepEqual([status, reason], ['unreachable', 'port-taken'])
  })
})

describe('a node behind a router', { skip: why ?? false, concurrency: 2 }, () => {
  test('is let in by the router, also after that was switched off and on, and gives the ports back', async (t) => {
    let daemon: Program | undefined
    let start: (() => Program) | undefined
    const { node, router: box } = await home(createLab(t), {
      async before(machine) {
        start = await miniupnpd(t, machine)
        daemon = start()
      },
    })
    const first = await check(node)
    assert.equal(first.status, 'reachable', JSON.stringify(first))
    assert.equal(first.facts.routerExternalIp, '20.0.0.1')
    assert.deepEqual(await passedOn(box), [4430, 4431])
    assert.deepEqual(first.steps.slice(0, 1), ['addresses'])
    assert.equal(first.steps.at(-1), 'verdict')
    await node.say({ do: 'start' })
    await check(node)

    await daemon?.stop()
    await box.firewall(router('wan'))
    assert.deepEqual(await passedOn(box), [])
    start?.()
    await node.say({ do: 'keep', ms: 10 * 60_000 })
    assert.deepEqual(await passedOn(box), [4430, 4431])

    const { ms } = await node.say({ do: 'stop' })
    assert.ok(Number(ms) < 3_000, `took ${String(ms)} ms`)
    assert.deepEqual(await passedOn(box), [])
  })

  test('is let in by a router that speaks UPnP alone', async (t) => {
    const { node, router: box } = await home(createLab(t), {
      async before(machine) {
        ;(await miniupnpd(t, machine, { natPmp: false }))()
      },
    })
    const { status, facts } = await check(node)
    assert.equal(status, 'reachable', JSON.stringify(facts))
    assert.deepEqual(
      facts.mappings.map(({ protocol }) => protocol),
      ['upnp', 'upnp'],
    )
    await node.say({ do: 'stop' })
    assert.deepEqual(await passedOn(box), [])
  })

  test('announces the port that the router chose where its own is another machine’s', async (t) => {
    const lab = createLab(t)
    const other = await lab.machine()
    const { node } = await home(lab, {
      async before(machine) {
        await lab.cable([other, 'eth0', '192.168.78.2/24'], [machine, 'lan2', '192.168.78.1/24'])
        await other.route('192.168.78.1')
        ;(await miniupnpd(t, machine))()
      },
    })
    const first = other.talk(CHILD, { role: 'mapper' })
    assert.equal((await first.say({ do: 'map', port: 4430 }))['outcome'], 'mapped')
    await node.say({ do: 'serve' })
    const { status, facts } = await check(node)
    assert.equal(status, 'reachable', JSON.stringify(facts))
    const external = facts.mappings.find(({ internal }) => internal === 4430)?.external
    assert.ok(external !== undefined && external !== 4430)
    const { announced } = await node.say({ do: 'announced' })
    assert.ok(Array.isArray(announced))
    assert.match(String(announced[0]), new RegExp(`^/dns4/20-0-0-1\\..*/tcp/${external}/tls/ws$`))
  })

  test('hears that the router refuses', async (t) => {
    const { node } = await home(createLab(t), {
      async before(machine) {
        // by UPnP alone: asked by PCP for what it may not give, this one tries all 65535 ports and says nothing meanwhile
        ;(await miniupnpd(t, machine, { allow: false, natPmp: false }))()
      },
    })
    const { status, reason, facts } = await check(node)
    assert.deepEqual([status, reason], ['unreachable', 'router-refused'], JSON.stringify(facts))
  })

  test('hears that the router takes no wishes', async (t) => {
    const { node } = await home(createLab(t), {})
    const { status, reason, facts } = await check(node)
    assert.deepEqual([status, reason, facts.router], ['unreachable', 'no-router-control', 'none'])
    assert.deepEqual(facts.publicAddresses, ['20.0.0.1'])
  })

  test('learns from a forge’s broker where it is to be dialled, where nobody else is there to say', async (t) => {
    const lab = createLab(t)
    const [outside, box, inner] = [await lab.machine(), await lab.machine(), await lab.machine()]
    await lab.cable([inner, 'eth0', '192.168.77.2/24'], [box, 'lan', '192.168.77.1/24'])
    await lab.cable([box, 'wan', '20.0.0.1/24'], [outside, 'eth0', `${SERVER_IP}/24`])
    await inner.route('192.168.77.1')
    await box.forward()
    await box.firewall(router('wan'))
    await outside.talk(CHILD, { role: 'broker' }).say({ do: 'peer' })
    const node = inner.talk(CHILD, { role: 'node', broker: `http://${SERVER_IP}:8080` })
    const answer = await node.say({ do: 'check' })
    assert.deepEqual(answer['told'], ['/ip4/20.0.0.1/tcp/4431'], JSON.stringify(answer))
    assert.equal(answer['status'], 'unknown', 'whether that leads here is found out by registering')
  })

  test('asks no router where that is switched off', async (t) => {
    const { node, router: box } = await home(createLab(t), {
      mapPorts: false,
      async before(machine) {
        ;(await miniupnpd(t, machine))()
      },
    })
    const { status, reason, facts } = await check(node)
    assert.deepEqual([status, reason, facts.router], ['unreachable', 'no-router-control', 'not-asked'])
    assert.deepEqual(await passedOn(box), [])
  })

  test('hears that the provider lets many homes share one address', async (t) => {
    const { node } = await home(createLab(t), {
      carrier: true,
      async before(machine) {
        ;(await miniupnpd(t, machine))()
      },
    })
    const { status, reason, facts } = await check(node)
    assert.deepEqual([status, reason], ['unreachable', 'carrier-nat'], JSON.stringify(facts))
  })
})
