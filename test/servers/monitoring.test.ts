// What Prometheus and Grafana get: figures that `promtool` has nothing to say to, alert rules that fire when they should and at no other
// time, and a dashboard in which every figure is one that the servers really have.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse, stringify } from 'yaml'
import { createOrderTiming } from '../../servers/issue/timing.ts'
import { figuresText } from '../../servers/admin/figures.ts'
import { initRoles } from '../../servers/cli/init.ts'
import { serveRoles, type Served } from '../../servers/cli/serve.ts'
import { ROOT } from '../support/command.ts'
import { freePorts } from '../support/free-port.ts'
import type { RunOrder } from '../../servers/issue/orders.ts'

const FOLDER = join(ROOT, 'packaging', 'monitoring')
const RULES = join(FOLDER, 'prometheus-rules.yml')
const DASHBOARD = join(FOLDER, 'grafana-dashboard.json')

const isThere = spawnSync('promtool', ['--version']).error === undefined
const skip = isThere ? false : 'promtool is not installed (Debian package prometheus)'

/** Figures of Prometheus itself and of its alerts. */
const NOT_OURS = new Set(['up', 'ALERTS'])

describe('C figures for Prometheus', () => {
  let dir = ''
  let served: Served | undefined
  let text = ''

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-figures-'))
    const { path } = await initRoles({ roles: ['all'], zone: 'nt.example.net', dir, address: '203.0.113.5' })
    const [dns, control, proof, issue, broker] = await freePorts(5)
    const config = parse(await readFile(path, 'utf8'))
    const tcp = (port: number | undefined) => [`/ip4/127.0.0.1/tcp/${port}`]
    Object.assign(config, { admin: '127.0.0.1:0', log: 'silent' })
    Object.assign(config.dns, { listen: `127.0.0.1:${dns}`, control: tcp(control) })
    Object.assign(config.proof, { listen: tcp(proof), announce: [] })
    Object.assign(config.issue, { listen: tcp(issue), announce: [] })
    Object.assign(config.broker, { listen: `127.0.0.1:${broker}` })
    const dnsPeer = /\/p2p\/.*/.exec(config.issue.dnsServers[0].control)?.[0] ?? ''
    for (const section of [config.issue, config.broker])
      section.dnsServers = [{ control: `${tcp(control)[0]}${dnsPeer}`, query: `127.0.0.1:${dns}` }]
    await writeFile(path, stringify(config))
    served = await serveRoles({ roles: ['all'], config: path, flags: {}, env: {} })
    text = await (await fetch(new URL('/metrics', served.admin))).text()
  })
  after(async () => {
    await served?.stop()
    await rm(dir, { recursive: true, force: true })
  })

  it('are what promtool expects: names, units, help, no sample twice', { skip }, async () => {
    const { code, output } = await promtool(['check', 'metrics'], text)
    assert.deepEqual({ code, output }, { code: 0, output: '' })
  })

  it('say what the process needs and which program it is', () => {
    assert.match(text, /^nodetrust_build_info\{version="[^"]+",node="24\.[^"]+"\} 1$/m)
    assert.match(text, /^process_cpu_seconds_total [0-9.]+$/m)
    for (const name of ['process_resident_memory_bytes', 'process_start_time_seconds'])
      assert.ok(Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]) > 1e6, name)
    if (process.platform === 'linux') assert.match(text, /^process_open_fds \d+\n(?:#.*\n)*process_max_fds \d+$/m)
    for (const role of ['dns', 'proof', 'issue', 'broker'])
      assert.match(text, new RegExp(`^nodetrust_role_attention\\{role="${role}"\\} [01]$`, 'm'))
  })

  it('are the ones that the alert rules and the dashboard ask for', async () => {
    const known = new Set(
      [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    )
    const asked = [...(await expressions())].flatMap(([where, expression]) =>
      namesIn(expression).map((name) => ({ where, name })),
    )
    assert.ok(asked.length > 30)
    assert.deepEqual(
      asked.filter(({ name }) => !known.has(name) && !NOT_OURS.has(name)),
      [],
    )
  })
})

describe('C alert rules', { skip }, () => {
  it('are rules that Prometheus takes', async () => {
    const { code, output } = await promtool(['check', 'rules', RULES])
    assert.equal(code, 0, output)
  })

  it('and the dashboard ask in words that Prometheus takes', async () => {
    const rules = [...(await expressions())].map(([, expr], index) => ({
      ...{ record: `asked_${index}` },
      expr: expr.replaceAll('$instance', 'host.*'),
    }))
    const folder = await mkdtemp(join(tmpdir(), 'nodetrust-asked-'))
    const path = join(folder, 'rules.yml')
    await writeFile(path, stringify({ groups: [{ name: 'asked', rules }] }))
    const { code, output } = await promtool(['check', 'rules', path])
    await rm(folder, { recursive: true })
    assert.equal(code, 0, output)
  })

  it('fire when something is wrong, and at no other time', async () => {
    const { code, output } = await promtool(['test', 'rules', join(FOLDER, 'prometheus-rules.test.yml')])
    assert.equal(code, 0, output)
  })

  it('have a test each', async () => {
    const { groups } = parse(await readFile(RULES, 'utf8'))
    const names: string[] = groups.flatMap(({ rules }: { rules: { alert: string }[] }) =>
      rules.map(({ alert }) => alert),
    )
    const tests = await readFile(join(FOLDER, 'prometheus-rules.test.yml'), 'utf8')
    assert.deepEqual(
      names.filter((name) => !new RegExp(`alertname: ${name}\\n +exp_alerts:\\n`).test(tests)),
      [],
    )
  })
})

describe('C the time that orders take', () => {
  const order = (signal = new AbortController().signal): Parameters<RunOrder>[0] =>
    // eslint-disable-next-line typescript/consistent-type-assertions -- what is measured looks at these two alone
    ({ signal, onStep: () => undefined }) as unknown as Parameters<RunOrder>[0]

  it('is counted by step and outcome, and by no word that a CA made up', async () => {
    let now = 0
    const timing = createOrderTiming({ now: () => now })
    const run = timing.measured(async ({ onStep }) => {
      for (const [step, ms] of [
        ['order', 400],
        ['validated', 3_000],
        ['made-up', 1],
        ['finalized', 90],
      ] as const) {
        now += ms
        onStep(step)
      }
      throw new Error('the CA fell over')
    })
    await assert.rejects(run(order()))
    await assert.rejects(run(order(AbortSignal.abort())))
    const text = figuresText(timing.figures())
    assert.match(text, /_step_duration_seconds_bucket\{step="order",le="0\.5"\} 2\n/)
    assert.match(text, /_step_duration_seconds_sum\{step="validated"\} 6\n/)
    assert.match(text, /_step_duration_seconds_bucket\{step="finalized",le="0\.1"\} 2\n/)
    assert.match(text, /_order_duration_seconds_count\{outcome="failed"\} 1\n/)
    assert.match(text, /_order_duration_seconds_count\{outcome="stopped"\} 1\n/)
    assert.match(text, /_order_duration_seconds_count\{outcome="issued"\} 0\n/)
    assert.doesNotMatch(text, /made-up/)
  })
})

async function expressions(): Promise<Map<string, string>> {
  const { groups } = parse(await readFile(RULES, 'utf8'))
  const all = new Map<string, string>()
  for (const { rules } of groups) for (const { alert, expr } of rules) all.set(alert, expr)
  const { panels } = JSON.parse(await readFile(DASHBOARD, 'utf8'))
  for (const { title, targets = [] } of panels)
    for (const [index, { expr }] of targets.entries()) all.set(`${title} ${index}`, expr)
  return all
}

/** Names of figures in an expression: words that are no function, label or grouping. */
function namesIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/\{[^}]*\}|"[^"]*"|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
  return [...bare.matchAll(/(?<![\w.])[a-zA-Z_:][\w:]*(?![\w:]*\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !/^(?:and|or|unless|bool|offset|by|e|inf|nan)$/i.test(name))
}

function promtool(
  args: readonly string[],
  input = '',
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('promtool', args)
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('error', reject).once('close', (code) => resolve({ code, output }))
    child.stdin.end(input)
  })
}
