// A small internet for check-ups: everybody's resolver and the zone above, a CA, a peer that looks from outside, a host with a zone's
// servers, and a home behind a router that opens ports.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLab, type Lab, type Machine, type Program, type Talker } from '../support/namespaces.ts'
import type { TestContext } from 'node:test'

const CHILD = join(import.meta.dirname, 'child.ts')
const INTERNET = join(import.meta.dirname, '..', 'self-hosting', 'internet.ts')

/** Where everybody's resolver, the CA and the peer are. */
export const WORLD = '198.51.100.53'
export const HOST = '20.0.1.2'
export const HOME = '20.0.2.2'
export const NS = 'ns1.nt.example.net'

/** What the zone above says when all is well. */
export const DELEGATION = [
  { name: 'nt', type: 'NS', data: NS },
  { name: 'ns1.nt', type: 'A', data: HOST },
] as const

/** The host's half. */
export interface HostLab {
  readonly lab: Lab
  readonly outside: Machine
  readonly machine: Machine
  readonly world: Talker
  readonly host: Talker
  /** Of the peer elsewhere. */
  readonly peer: string
  /** Tells the zone above what it says of ours. */
  readonly delegate: (records: readonly unknown[]) => Promise<void>
}

/** Makes it; everything goes away after the test. */
export async function startHostLab(t: TestContext): Promise<HostLab> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-doctor-'))
  t.after(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  const lab = createLab(t)
  const [outside, machine] = [await lab.machine(), await lab.machine()]
  await lab.cable([outside, 'tohost', '20.0.1.1/24'], [machine, 'eth0', `${HOST}/24`])
  await outside.run('ip', 'addr', 'add', `${WORLD}/32`, 'dev', 'lo')
  await outside.forward()
  await machine.route('20.0.1.1')
  const registrar = outside.talk(INTERNET, { address: WORLD })
  const world = outside.talk(CHILD, { role: 'world', dir, address: WORLD })
  const delegate = async (records: readonly unknown[]) => void (await registrar.say({ records }))
  await delegate(DELEGATION)
  const { peer } = await world.say({ do: 'peer' })
  const host = machine.talk(CHILD, { role: 'host', dir: join(dir, 'servers'), address: HOST, resolver: `${WORLD}:53` })
  return { lab, outside, machine, world, host, peer: String(peer), delegate }
}

/** A home with a node, and its router. */
export interface HomeLab {
  readonly home: Machine
  readonly router: Machine
  readonly node: Talker
  /** Of the node. */
  readonly dir: string
  /** The router's program that opens ports. */
  readonly upnp: () => Program
}

/** Makes it, beside a host. */
export async function startHomeLab(t: TestContext, { lab, outside, host }: HostLab): Promise<HomeLab> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-doctor-'))
  t.after(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  const [router, home] = [await lab.machine(), await lab.machine()]
  await lab.cable([home, 'eth0', '192.168.77.2/24'], [router, 'lan', '192.168.77.1/24'])
  await lab.cable([router, 'wan', `${HOME}/24`], [outside, 'tohome', '20.0.2.1/24'])
  await home.route('192.168.77.1')
  await router.route('20.0.2.1')
  await router.forward()
  await router.firewall(ROUTER)
  const upnp = () => router.start('miniupnpd', '-d', '-f', join(dir, 'upnp.conf'), '-P', join(dir, 'upnp.pid'))
  await writeFile(join(dir, 'upnp.conf'), UPNP.join('\n'))
  const { issue } = await host.say({ do: 'peers' })
  const addresses = [`/ip4/${HOST}/tcp/25893/p2p/${String(issue)}`, `/ip4/${HOST}/tcp/25894/ws/p2p/${String(issue)}`]
  const node = home.talk(CHILD, {
    ...{ role: 'node', dir: join(dir, 'node'), issue: addresses, resolver: `${WORLD}:53`, seenAs: HOME },
  })
  return { home, router, node, dir: join(dir, 'node'), upnp }
}

/** What nft calls a NAT router; miniupnpd fills three of the chains. */
const ROUTER = `table inet filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname != wan accept
    jump upnp_forward
  }
  chain input {
    type filter hook input priority 0; policy accept;
    iifname wan ct state new drop
  }
  chain prerouting {
    type nat hook prerouting priority -100;
    jump upnp_prerouting
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    oifname wan masquerade
  }
  chain upnp_forward { }
  chain upnp_prerouting { }
  chain upnp_postrouting { }
}`

const UPNP = [
  ...['ext_ifname=wan', 'listening_ip=lan', 'http_port=0', 'secure_mode=yes', 'enable_natpmp=yes', 'enable_upnp=yes'],
  ...['uuid=12345678-1234-1234-1234-123456789abc', 'upnp_table_name=filter', 'upnp_nat_table_name=filter'],
  ...['upnp_forward_chain=upnp_forward', 'upnp_nat_chain=upnp_prerouting'],
  ...['upnp_nat_postrouting_chain=upnp_postrouting', 'allow 1024-65535 0.0.0.0/0 1024-65535'],
  'deny 0-65535 0.0.0.0/0 0-65535',
]
