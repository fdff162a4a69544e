// `nodetrust doctor` in a small internet: all well, all ticks; then things are broken one at a time, and each is found, named, and told
// with its remedy. The servers, the node, the router and the command are the real ones.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DELEGATION, startHomeLab, startHostLab, type HomeLab, type HostLab } from './lab.ts'
import { whyNoLab, type Talker } from '../support/namespaces.ts'
import type { DoctorLine } from '../../proto/doctor.ts'

const why = await whyNoLab()

/** One thing that is broken, and how it is told. */
interface Broken<At> {
  readonly title: string
  readonly breaks: (at: At) => Promise<unknown>
  readonly mends?: (at: At) => Promise<unknown>
  /** The line that names it. */
  readonly check: string
  readonly status?: DoctorLine['status']
  readonly says: RegExp
  readonly remedy: RegExp
}

async function look(
  talker: Talker,
  words: readonly string[] = [],
): Promise<{ readonly lines: readonly DoctorLine[]; readonly well: boolean }> {
  const { text } = await talker.say({ do: 'doctor', words })
  const { ok, findings }: { readonly ok: boolean; readonly findings: readonly DoctorLine[] } = JSON.parse(String(text))
  return { well: ok, lines: findings }
}

function assertTold<At>({ check, status = 'bad', says, remedy }: Broken<At>, lines: readonly DoctorLine[]): void {
  const line = lines.find((one) => one.check === check && one.status === status)
  const all = lines.map((one) => `${one.status} ${one.check}: ${one.say} -> ${one.todo}`).join('\n')
  assert.ok(line, `no line of ${check} that is ${status}:\n${all}`)
  assert.match(line.say, says)
  assert.match(line.todo, remedy)
}

const assertWell = (lines: readonly DoctorLine[]) =>
  assert.deepEqual(
    lines.filter(({ status }) => status !== 'good').map((line) => JSON.stringify(line)),
    [],
  )

const HOST_THINGS: readonly Broken<HostLab>[] = [
  {
    title: 'no delegation',
    breaks: ({ delegate }) => delegate([]),
    mends: ({ delegate }) => delegate(DELEGATION),
    ...{ check: 'delegation', says: /example\.net leads nowhere for nt\.example\.net/ },
    remedy: /Enter at example\.net: nt\.example\.net NS ns1\.nt\.example\.net/,
  },
  {
    title: 'glue that leads elsewhere',
    breaks: ({ delegate }) => delegate([DELEGATION[0], { ...DELEGATION[1], data: '20.0.1.9' }]),
    mends: ({ delegate }) => delegate(DELEGATION),
    ...{ check: 'glue', says: /20\.0\.1\.9; the configuration says 20\.0\.1\.2/ },
    remedy: /ns1\.nt\.example\.net A 20\.0\.1\.2/,
  },
  {
    title: 'a DS record for a zone that is not signed',
    breaks: ({ delegate }) => delegate([...DELEGATION, { name: 'nt', type: 'DS', data: '' }]),
    mends: ({ delegate }) => delegate(DELEGATION),
    ...{ check: 'ds', says: /says that nt\.example\.net is signed/, remedy: /Remove the DS record/ },
  },
  {
    title: 'a firewall that forgot DNS by TCP',
    breaks: ({ machine }) => machine.firewall(rejecting('tcp dport 53 reject with tcp reset')),
    mends: ({ machine }) => machine.firewall(''),
    ...{ check: 'dns', says: /by UDP, and not by TCP/, remedy: /Let TCP to port 53 of 20\.0\.1\.2/ },
  },
  {
    title: 'a firewall that forgot DNS by UDP',
    breaks: ({ machine }) => machine.firewall(rejecting('udp dport 53 reject')),
    mends: ({ machine }) => machine.firewall(''),
    ...{ check: 'dns', says: /by TCP, and not by UDP/, remedy: /Let UDP to port 53 of 20\.0\.1\.2/ },
  },
  {
    title: 'records that allow another CA',
    breaks: ({ host }) => host.say({ do: 'config', change: ['[ca.example]', '[other.example]'] }),
    mends: ({ host }) => host.say({ do: 'config', change: ['[other.example]', '[ca.example]'] }),
    ...{ check: 'caa', says: /allow ca\.example, not other\.example/, remedy: /issue "other\.example"/ },
  },
  {
    title: 'a port that is closed further out',
    breaks: ({ machine }) => machine.firewall(rejecting('iifname eth0 tcp dport 25893 reject with tcp reset')),
    mends: ({ machine }) => machine.firewall(''),
    ...{
      check: 'outside',
      says: /cannot come in: issue 25893/,
      remedy: /through the firewall of this machine and of your provider/,
    },
  },
  {
    title: 'a CA that does not answer',
    breaks: ({ world }) => world.say({ do: 'ca', open: false }),
    mends: ({ world }) => world.say({ do: 'ca', open: true }),
    ...{ check: 'ca', says: /198\.51\.100\.53 does not answer/, remedy: /go out by HTTPS/ },
  },
  {
    title: 'a backup that is old',
    breaks: ({ host }) => host.say({ do: 'backup', ms: 40 * 24 * 3_600_000 }),
    mends: ({ host }) => host.say({ do: 'backup', ms: 0 }),
    ...{ check: 'backup', status: 'warning', says: /40 days old/, remedy: /touch .*\/last-backup/ },
  },
  {
    title: 'a week that is used up',
    breaks: ({ host }) => host.say({ do: 'week' }),
    ...{ check: 'week', says: /50 of 50 new certificates .* have to wait/, remedy: /Known names renew as ever/ },
  },
]

const HOME_THINGS: readonly Broken<HomeLab & { readonly hosts: HostLab }>[] = [
  {
    title: 'a firewall at home',
    breaks: ({ home }) => home.firewall(rejecting('iifname eth0 tcp dport { 4430, 4431 } reject with tcp reset')),
    mends: ({ home }) => home.firewall(''),
    ...{ check: 'dial-back', says: /a firewall turns them away/, remedy: /Allow incoming TCP to 4430 and 4431/ },
  },
  {
    title: 'a clock that is two hours ahead',
    breaks: ({ node }) => node.say({ do: 'clock', ms: 2 * 3_600_000 }),
    mends: ({ node }) => node.say({ do: 'clock', ms: 0 }),
    ...{ check: 'clock', says: /This computer says .* the servers say/, remedy: /Set date and time/ },
  },
  {
    title: 'a key that others can read',
    breaks: ({ node }) => node.say({ do: 'key', ms: 0o644 }),
    mends: ({ node }) => node.say({ do: 'key', ms: 0o600 }),
    ...{ check: 'key', says: /can read the file .*peer\.key/, remedy: /chmod 600 .*peer\.key/ },
  },
  {
    title: 'a folder that others may write',
    breaks: ({ node }) => node.say({ do: 'folder', ms: 0o777 }),
    mends: ({ node }) => node.say({ do: 'folder', ms: 0o700 }),
    ...{ check: 'disk', says: /may change files in/, remedy: /chmod 700 / },
  },
  {
    title: 'a program that answers where browsers come in',
    breaks: async ({ node, home }) => {
      await node.say({ do: 'impostor' })
      await home.firewall(ruleset('ip nat', 'type nat hook output priority -100; tcp dport 4430 redirect to :4499'))
    },
    mends: ({ home }) => home.firewall(''),
    ...{
      check: 'certificate',
      says: /see another certificate than ours/,
      remedy: /Another program or a proxy answers there/,
    },
  },
  {
    title: 'name servers that are silent',
    breaks: ({ hosts }) => hosts.machine.firewall(rejecting('meta l4proto { tcp, udp } th dport 53 reject')),
    mends: ({ hosts }) => hosts.machine.firewall(''),
    ...{
      check: 'names',
      says: /name servers of nt\.example\.net do not answer/,
      remedy: /tell whoever runs nt\.example\.net/,
    },
  },
  {
    title: 'servers that are away',
    breaks: ({ hosts }) => hosts.machine.firewall(rejecting('tcp dport { 25892, 25893, 25894 } reject with tcp reset')),
    mends: ({ hosts }) => hosts.machine.firewall(''),
    ...{
      check: 'network',
      says: /No server of your network answers: 20\.0\.1\.2/,
      remedy: /tell whoever runs the network/,
    },
  },
]

/** Servers come back to see a home some times a minute, so what they see is broken before everything else. */
const NO_ROUTER: Broken<unknown> = {
  title: 'a router that opens nothing',
  breaks: async () => undefined,
  ...{ check: 'router', status: 'warning', says: /does not answer to UPnP, NAT-PMP or PCP/ },
  remedy: /pass on the ports 4430 and 4431/,
}

const rejecting = (rule: string) => ruleset('inet filter', `type filter hook input priority 0; ${rule}`)

function ruleset(table: string, rules: string): string {
  return `table ${table} {\n  chain it {\n    ${rules.replaceAll('; ', ';\n    ')}\n  }\n}`
}

describe('nodetrust doctor in a small internet', { skip: why ?? false, concurrency: 2 }, () => {
  test('of a host: all ticks where all is well, and ten things that are broken', async (t) => {
    const at = await startHostLab(t)
    const { host, peer } = at
    const asked = [`peer=${peer}`]

    const well = await look(host, asked)
    assertWell(well.lines)
    assert.equal(well.well, true)
    const { text } = await host.say({ do: 'text', words: asked })
    assert.match(String(text), /^✓ Delegation +example\.net leads to ns1\.nt\.example\.net\.$/m)
    assert.match(String(text), /\nAll is well\.$/)

    for (const thing of HOST_THINGS) {
      await thing.breaks(at)
      const broken = await look(host, asked)
      assertTold(thing, broken.lines)
      assert.equal(broken.well, thing.status === 'warning', thing.title)
      await thing.mends?.(at)
    }
  })

  test('of a node: all ticks where all is well, and eight things that are broken', async (t) => {
    const hosts = await startHostLab(t)
    const homeLab = await startHomeLab(t, hosts)
    const { node, router, upnp } = homeLab
    const box = upnp()

    const well = await look(node, ['--json'])
    assertWell(well.lines)

    await box.stop()
    // what it had opened alone: connections that are there go on
    for (const chain of ['upnp_forward', 'upnp_prerouting'])
      await router.run('nft', 'flush', 'chain', 'inet', 'filter', chain)
    const closed = await look(node, ['--json'])
    assertTold(NO_ROUTER, closed.lines)
    const { code, text } = await node.say({ do: 'doctor', words: ['--share'] })
    assert.equal(code, 1, String(text))
    assert.match(String(text), /✗ Visitors .*the router does not pass it on/)
    assert.ok(!String(text).includes('20.0.2.2') && !String(text).includes('192.168.77'), String(text))
    upnp()

    for (const thing of HOME_THINGS) {
      await thing.breaks({ ...homeLab, hosts })
      const broken = await look(node, ['--json'])
      assertTold(thing, broken.lines)
      assert.equal(broken.well, false, thing.title)
      await thing.mends?.({ ...homeLab, hosts })
    }
  })
})
