// `nodetrust init` and `nodetrust serve` as a self-hoster types them: what they print, what they write, how they end.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import * as v from 'valibot'
import { parse, stringify } from 'yaml'
import { findCommand, readWords, UsageError } from '../../core/commands/index.ts'
import { WrittenSchema } from '../../servers/cli/init/written.ts'
import { init as initCommand } from '../../servers/cli/init.ts'
import { serveRoles } from '../../servers/cli/serve.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { freePorts } from '../support/free-port.ts'

const ZONE = 'nt.example.net'
/** `nodetrust init …` as its entry file runs it, without a process; what a process makes of it is tested where it matters. */
async function initHere(words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const printed: string[] = []
  try {
    const { command, rest } = findCommand(['init', ...words])
    await initCommand(readWords(command, rest), (text) => void printed.push(text))
    return { code: 0, stdout: printed.join('\n'), stderr: '' }
  } catch (error) {
    const stderr = error instanceof Error ? error.message : String(error)
    return { code: error instanceof UsageError ? 2 : 1, stdout: '', stderr }
  }
}

/** `nodetrust serve all`, without a process. */
async function serveHere(config: string): Promise<{ readonly code: number; readonly stderr: string }> {
  try {
    await (await serveRoles({ roles: ['all'], config, flags: {}, env: {} })).stop()
    return { code: 0, stderr: '' }
  } catch (error) {
    return { code: 1, stderr: error instanceof Error ? error.message : String(error) }
  }
}

const ALL_ROLES = ['dns', 'proof', 'issue', 'ca', 'broker']

describe('nodetrust', () => {
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-cli-'))
  })

  afterEach(() => rm(dir, { recursive: true, force: true }))

  const words = (...args: string[]) => [...args, '--zone', ZONE, '--dir', dir]
  const init = (...args: string[]) => initHere(words(...args))

  /** A configuration on loopback and free ports, from what init wrote. */
  const onLoopback = async (change: (config: ReturnType<typeof parse>) => void = () => undefined): Promise<string> => {
    const path = join(dir, 'nodetrust.yaml')
    const config = parse(await readFile(path, 'utf8'))
    const [dns, control, proof, issue, ca, broker, admin] = await freePorts(7)
    const tcp = (port: number | undefined) => `/ip4/127.0.0.1/tcp/${port}`
    if (config.dns) Object.assign(config.dns, { listen: `127.0.0.1:${dns}`, control: [tcp(control)] })
    if (config.proof) Object.assign(config.proof, { listen: [tcp(proof)], announce: [] })
    if (config.issue) Object.assign(config.issue, { listen: [tcp(issue)], announce: [] })
    if (config.ca) Object.assign(config.ca, { port: ca, resolver: `127.0.0.1:${dns}` })
    if (config.broker) Object.assign(config.broker, { listen: `127.0.0.1:${broker}` })
    if (config.admin) config.admin = `127.0.0.1:${admin}`
    change(config)
    await writeFile(path, stringify(config))
    return path
  }

  for (const role of ALL_ROLES) {
    it(`init ${role} writes a commented configuration and a key that only its owner can read`, async () => {
      const { code, stdout, stderr } = await init(role)
      assert.equal(code, 0, stderr)
      const text = await readFile(join(dir, 'nodetrust.yaml'), 'utf8')
      assert.ok(text.split('\n').filter((line) => line.trim().startsWith('#')).length > 5, 'comments')
      const shared = role === 'ca' ? [] : role === 'issue' || role === 'broker' ? ['admin', 'week'] : ['admin']
      assert.deepEqual(Object.keys(parse(text)), ['zone', 'dir', 'log', ...shared, role])
      assert.equal((await stat(join(dir, `${role}.key`))).mode & 0o777, 0o600)
      assert.match(stdout, /12D3KooW/)
    })
  }

  it('B13 init takes no zone that is none, says why and what a zone is, and writes nothing', async () => {
    const own = join(dir, 'own')
    for (const [zone, why] of [
      ['203.0.113.5', /is an IP address/],
      ['https://nt.example.net/', /is a URL/],
      ['nt.example.net:53', /has a port/],
      ['localhost', /never has/],
      ['*.example.net', /is a wildcard/],
    ] as const) {
      const { code, stderr } = await initHere(['dns', '--zone', zone, '--dir', own])
      assert.equal(code, 2, zone)
      assert.match(stderr, why)
      assert.match(stderr, /is no zone: .*a domain of yours that its parent delegates to your DNS server/)
    }
    await assert.rejects(stat(own))
  })

  it('C init --metrics writes an address and a token that serve takes, and Prometheus gets the figures by it', async () => {
    const [port] = await freePorts(1)
    const made = await init('proof', '--metrics', `127.0.0.1:${port}`)
    assert.equal(made.code, 0, made.stderr)
    const tokenPath = join(dir, 'metrics.token')
    assert.equal((await stat(tokenPath)).mode & 0o777, 0o600)
    const own = parse(await readFile(join(dir, 'nodetrust.yaml'), 'utf8')).admin
    assert.deepEqual(own.metrics, { listen: `127.0.0.1:${port}`, tokenFile: tokenPath })
    const command = startCommand(['serve', 'proof', '--config', await onLoopback((given) => (given.admin = own))])
    const { metrics } = JSON.parse(await command.line((line) => line.includes('"metrics"')))
    const token = (await readFile(tokenPath, 'utf8')).trim()
    const text = await (await fetch(metrics, { headers: { authorization: `Bearer ${token}` } })).text()
    assert.match(text, /^coredns_forge_info\{/m)
    assert.equal((await fetch(metrics)).status, 401)
    command.child.kill('SIGTERM')
    assert.equal((await command.ended).code, 0)
    const wrong = await initHere(['dns', '--zone', ZONE, '--dir', join(dir, 'own'), '--metrics', 'everywhere'])
    assert.match(wrong.stderr, /no address with a port/)
  })

  it('B13 init mends a zone that was typed in capitals and with a dot at its end', async () => {
    const { code } = await initHere(['dns', '--zone', 'NT.Example.NET.', '--dir', join(dir, 'own')])
    assert.equal(code, 0)
    assert.equal(parse(await readFile(join(dir, 'own', 'nodetrust.yaml'), 'utf8')).zone, ZONE)
  })

  it('init all makes roles that know each other', async () => {
    const { code } = await init('all', '--address', '203.0.113.5')
    assert.equal(code, 0)
    const config = parse(await readFile(join(dir, 'nodetrust.yaml'), 'utf8'))
    assert.equal(config.dns.admins.length, 2, 'the issue server and the broker')
    assert.ok(config.issue.dnsServers[0].control.startsWith('/ip4/127.0.0.1/tcp/25891/p2p/12D3KooW'))
    assert.equal(config.issue.dnsServers[0].query, '127.0.0.1:53')
    assert.match(config.issue.proofServers[0].peer, /^12D3KooW/)
    assert.deepEqual(config.dns.nameServers, [{ name: `ns1.${ZONE}`, addresses: ['203.0.113.5'] }])
    assert.equal(config.issue.acme.directory, 'letsencrypt')
  })

  it('init of a machine with an IPv6 address listens and is announced there', async () => {
    await init('all', '--address', '2001:4860::53')
    const config = parse(await readFile(join(dir, 'nodetrust.yaml'), 'utf8'))
    assert.equal(config.dns.listen, '[::]:53')
    assert.deepEqual(config.dns.nameServers, [{ name: `ns1.${ZONE}`, addresses: ['2001:4860::53'] }])
    assert.deepEqual(config.proof.listen, ['/ip6/::/tcp/25892'])
    assert.deepEqual(config.issue.announce[0], `/dns6/ns1.${ZONE}/tcp/25893`)
    assert.deepEqual(config.issue.proofServers[0].addresses, [`/dns6/ns1.${ZONE}/tcp/25892`])
  })

  it('init refuses a flag that it does not know', async () => {
    const { code, stderr } = await runCommand(['init', ...words('all', '--adress', '203.0.113.5')])
    assert.equal(code, 2)
    assert.match(stderr, /no flag "--adress" for .*nodetrust init; did you mean --address\?/)
    assert.deepEqual(await readdir(dir), [])
  })

  it('init --json is one object for programs, also of what --change changed, and asks for nothing', async () => {
    const made = await runCommand(['init', ...words('proof', 'issue', '--json')])
    assert.equal(made.code, 0, made.stderr)
    assert.equal(made.stdout.trim().split('\n').length, 1)
    const written = v.parse(WrittenSchema, JSON.parse(made.stdout))
    assert.deepEqual(Object.keys(written.identities), ['proof', 'issue'])
    assert.match(written.identities['issue'] ?? '', /^12D3KooW/)
    assert.deepEqual([written.path, written.changed], [join(dir, 'nodetrust.yaml'), null])
    assert.match(written.missing.join(), /issue\.dnsServers/)
    assert.equal(written.next, `nodetrust serve proof issue --config ${written.path}`)
    const whole = join(dir, 'whole')
    await initHere(['all', '--zone', ZONE, '--dir', whole])
    const changed = await initHere(['--change', '--ca', 'staging', '--dir', whole, '--json'])
    assert.equal(changed.code, 0, changed.stderr)
    assert.match(v.parse(WrittenSchema, JSON.parse(changed.stdout)).changed?.join() ?? '', /come from staging/)
    const asked = await initHere(['proof', '--dir', join(dir, 'other'), '--json'])
    assert.deepEqual([asked.code, asked.stdout], [2, ''])
    assert.match(asked.stderr, /--zone is missing/)
  })

  it('init says what has to be filled in', async () => {
    const { stdout } = await init('issue')
    assert.match(stdout, /issue\.proofServers.*\n.*issue\.dnsServers/)
  })

  it('init makes a new identity each time, and never writes over a configuration', async () => {
    const first = await runCommand(['init', ...words('proof')])
    assert.equal(first.code, 0, first.stderr)
    const again = await runCommand(['init', ...words('proof')])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /is there already/)
    const other = await initHere(['proof', '--zone', ZONE, '--dir', join(dir, 'other')])
    const peer = (output: string) => /12D3KooW\w+/.exec(output)?.[0]
    assert.notEqual(peer(other.stdout), peer(first.stdout))
  })

  it('serves what init wrote, says where, and stops within 5 seconds of SIGTERM', async () => {
    await init(...ALL_ROLES)
    const config = await onLoopback()
    const command = startCommand(['serve', 'all', '--config', config])
    const lines = await Promise.all(ALL_ROLES.map((role) => command.line((line) => line.includes(`"role":"${role}"`))))
    assert.match(lines[0] ?? '', /"dns":"127\.0\.0\.1:\d+"/)
    assert.match(lines[3] ?? '', /"directory":"https:/)
    const { admin } = JSON.parse(await command.line((line) => line.includes('"admin":')))
    const health = await fetch(new URL('/health', admin))
    assert.deepEqual((await health.text()).match(/^[a-z]+/gm), ['dns', 'proof', 'issue', 'broker'])
    const asked = performance.now()
    command.child.kill('SIGTERM')
    const { code, stderr } = await command.ended
    assert.equal(code, 0, stderr)
    assert.ok(performance.now() - asked < 5_000)
  })

  it('runs without a page for its operator where something else has the port', async () => {
    await init('proof')
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const bound = taken.address()
    const port = typeof bound === 'object' && bound ? bound.port : 0
    const config = await onLoopback((given) => Object.assign(given, { admin: `127.0.0.1:${port}` }))
    const command = startCommand(['serve', 'proof', '--config', config])
    await command.line((line) => line.includes('"role":"proof"'))
    command.child.kill('SIGTERM')
    const { code, stderr } = await command.ended
    taken.close()
    assert.equal(code, 0)
    assert.match(stderr, new RegExp(`port ${port} for the operator.*run without it`))
  })

  it('stops within 5 seconds even when a client holds a connection without a word', async () => {
    await init('proof')
    const config = await onLoopback()
    const command = startCommand(['serve', 'proof', '--config', config])
    const line = await command.line((text) => text.includes('"role":"proof"'))
    const port = Number(/tcp\/(\d+)/.exec(line)?.[1])
    const { connect } = await import('node:net')
    const silent = connect(port, '127.0.0.1')
    await new Promise((resolve) => silent.once('connect', resolve))
    const asked = performance.now()
    command.child.kill('SIGTERM')
    assert.equal((await command.ended).code, 0)
    assert.ok(performance.now() - asked < 5_000)
    silent.destroy()
  })

  it('says addresses that can be dialled, also configured ones', async () => {
    await init('proof')
    const config = await onLoopback((given) =>
      Object.assign(given.proof, { announce: ['/dns4/proof.example.net/tcp/25892'] }),
    )
    const served = await serveRoles({ roles: ['proof'], config, flags: {}, env: {} })
    await served.stop()
    const { peer, addresses } = served.facts.get('proof') ?? {}
    assert.deepEqual(addresses, [`/dns4/proof.example.net/tcp/25892/p2p/${String(peer)}`])
  })

  it('keeps its identity over a restart', async () => {
    await init('proof')
    const config = await onLoopback()
    const peer = async () => {
      const served = await serveRoles({ roles: ['proof'], config, flags: {}, env: {} })
      await served.stop()
      return String(served.facts.get('proof')?.['peer'])
    }
    const first = await peer()
    assert.match(first, /^12D3KooW/)
    assert.equal(await peer(), first)
  })

  it('takes values from variables and flags, flags last', async () => {
    await init('proof')
    const config = await onLoopback()
    const [one, other] = await freePorts(2)
    const args = ['serve', 'proof', '--config', config, `--proof.listen=[/ip4/127.0.0.1/tcp/${other}]`]
    const command = startCommand(args, { NODETRUST_PROOF__LISTEN: `[/ip4/127.0.0.1/tcp/${one}]` })
    const line = await command.line((text) => text.includes('"role":"proof"'))
    assert.ok(line.includes(`/tcp/${other}/`))
    command.child.kill('SIGTERM')
    await command.ended
  })

  const BAD: readonly [what: string, change: (config: ReturnType<typeof parse>) => void, says: RegExp][] = [
    [
      'a wrong type',
      (config) => Object.assign(config.proof, { listen: 25_892 }),
      /`proof\.listen` in .*nodetrust\.yaml line \d+: expected a list, got 25892/,
    ],
    [
      'an unknown key',
      (config) => Object.assign(config.proof, { lisen: [] }),
      /unknown key `proof\.lisen` in .*nodetrust\.yaml line \d+/,
    ],
    ['a missing key', (config) => delete config.proof.listen, /`proof\.listen` is missing/],
    [
      'an address that is none',
      (config) => Object.assign(config.proof, { listen: ['localhost:25892'] }),
      /proof\.listen\.0`.*expected a multiaddr/,
    ],
    [
      'a class that is none',
      (config) => Object.assign(config.proof, { addressClasses: ['everywhere'] }),
      /addressClasses\.0`.*"public"/,
    ],
    [
      'a zone that is none',
      (config) => Object.assign(config, { zone: 'not a zone' }),
      /`zone`.*expected a lower-case DNS name/,
    ],
  ]

  for (const [what, change, says] of BAD) {
    it(`refuses a configuration with ${what}, and says where`, async () => {
      await init('proof')
      const config = await onLoopback(change)
      const served = serveRoles({ roles: ['proof'], config, flags: {}, env: {} })
      await assert.rejects(served, { name: 'ConfigError', message: says })
    })
  }

  it('refuses a variable it does not know by its name', async () => {
    await init('proof')
    const { code, stderr } = await runCommand(['serve', 'proof', '--config', await onLoopback()], {
      NODETRUST_PROOF__LISEN: '[]',
    })
    assert.match(stderr, /unknown key `proof\.lisen` in the variable NODETRUST_PROOF__LISEN/)
    assert.equal(code, 2)
  })

  it('refuses a file that is no YAML', async () => {
    const config = join(dir, 'broken.yaml')
    await writeFile(config, 'zone: [\n')
    const { code, stderr } = await runCommand(['serve', 'proof', '--config', config])
    assert.match(stderr, /is not YAML/)
    assert.equal(code, 2)
  })

  it('refuses roles it does not know or has no section for', async () => {
    await init('proof')
    const config = join(dir, 'nodetrust.yaml')
    assert.match(
      (await runCommand(['serve', 'poof', '--config', config])).stderr,
      /no role "poof"; did you mean proof\?\nexpected dns, proof, issue, broker, nostr-relay, ca/,
    )
    assert.match((await runCommand(['serve', 'dns', '--config', config])).stderr, /no section "dns"/)
    assert.match((await initHere(['poof', '--zone', ZONE, '--dir', dir])).stderr, /no role "poof"/)
    assert.match((await initHere(['dns', '--zone', '-', '--dir', dir])).stderr, /is no zone/)
    const own = join(dir, 'own')
    assert.match((await initHere(['dns', '--zone', ZONE, '--dir', own, '--address', '::'])).stderr, /no address/)
    assert.match((await runCommand(['init', 'dns', '--dir', dir])).stderr, /--zone is missing/)
    assert.match((await runCommand(['sreve'])).stderr, /no command "sreve"/)
  })

  for (const role of ['dns', 'proof', 'issue', 'ca'] as const) {
    it(`says that a port is in use when ${role} cannot have it, and leaves nothing running`, async () => {
      await init(...ALL_ROLES)
      const holder = createServer()
      await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
      const bound = holder.address()
      const port = typeof bound === 'object' && bound ? bound.port : 0
      const config = await onLoopback((given) => {
        if (role === 'dns') given.dns.listen = `127.0.0.1:${port}`
        else if (role === 'ca') given.ca.port = port
        else given[role].listen = [`/ip4/127.0.0.1/tcp/${port}`]
      })
      // one as a process, which ends; the others here, where what went on running would keep this file from its end
      const { code, stderr } =
        role === 'dns' ? await runCommand(['serve', 'all', '--config', config]) : await serveHere(config)
      holder.close()
      assert.equal(code, 1)
      assert.match(stderr, /in use|EADDRINUSE/)
      assert.match(stderr, new RegExp(String(port)))
      const files = await readdir(dir)
      assert.ok(!files.some((file) => file.endsWith('.tmp')), files.join())
    })
  }
})
