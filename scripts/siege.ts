// `npm run siege`: a network and two homes on loopback under everything at once that strangers can do, for two minutes and from 32
// addresses, while three honest ones prove, get, renew and visit. Says what each of their steps took in peace and under siege,
// the most memory of each process and what it wrote, and ends with 1 where a step failed, took 5 s longer than in peace, a
// process had more than 300 MiB, or strangers did nothing: a siege that nobody lays is no siege. `-- --json` prints one object,
// `-- --seconds N` and `-- --from N` make it shorter or longer.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { nodeFlags } from '../core/node-flags.ts'
import { writeNodeConfig } from '../servers/sandbox/node-config.ts'
import { type NodeProcess, startNode } from '../servers/sandbox/node-process.ts'
import type { SandboxNetwork } from '../servers/sandbox/network.ts'
import { type HomeFacts, portOf, type SiegeFacts, strangers } from './siege/facts.ts'
import { figuresOf, type ProcessFigures, type Watched, watch } from './siege/figures.ts'
import { beHonest, HONEST_STEPS, type HonestStep, type Taken } from './siege/honest.ts'

/** What the run came to. */
export interface SiegeResult {
  readonly ok: boolean
  readonly seconds: number
  readonly addresses: number
  /** Longest of each step, milliseconds. */
  readonly steps: readonly {
    readonly step: HonestStep
    readonly taken: number
    readonly peaceMs: number
    readonly siegeMs: number
    readonly failures: readonly string[]
    readonly ok: boolean
  }[]
  readonly processes: readonly (ProcessFigures & { readonly ok: boolean })[]
  /** What strangers did, by attack. */
  readonly attacks: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Attacks that did nothing, and strangers that ended too soon. */
  readonly idle: readonly string[]
}

type Network = Omit<SandboxNetwork, 'stop'>

const HOMES = 2
/** How much longer a step may take than in peace. */
const PATIENCE_MS = 5_000
const MEMORY_LIMIT_MIB = 300
const PEACE_MS = 10_000
/** How often somebody begins anew while the siege lasts. */
const NEW_ROUNDS = 3
/** In less, strangers who share a processor with everybody else may not get past their first handshake; then it is only told. */
const JUDGE_IDLE_FROM_S = 60
const VISIT_EVERY_MS = 2_000

const folder = join(import.meta.dirname, 'siege')
const note = (text: string) => process.stderr.write(`${text}\n`)

function startChild(file: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...nodeFlags(), join(folder, file), ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
}

async function firstLine<Value>(child: ChildProcess): Promise<Value> {
  if (!child.stdout) throw new TypeError('the process has no output')
  const lines = createInterface({ input: child.stdout })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('a process of the siege ended too soon')))
  const [line]: unknown[] = await Promise.race([once(lines, 'line'), ended])
  return JSON.parse(String(line)) as Value
}

async function startHome(network: Network, name: string): Promise<{ node: NodeProcess; facts: HomeFacts }> {
  const node = startNode(name, await writeNodeConfig(network, name, { connect: 'none' }))
  const { peerId, addresses } = await node.next('started')
  await node.next('certificate')
  const { addresses: told, listening } = await node.next('wss')
  const plain = addresses.find((address) => address.startsWith('/ip4/') && !address.includes('/ws')) ?? ''
  const host = /^\/dns[46]?\/([^/]+)\//.exec(told[0] ?? '')?.[1] ?? ''
  const withPeer = plain.includes('/p2p/') ? plain : `${plain}/p2p/${peerId}`
  return { node, facts: { peer: peerId, plain: withPeer, wss: portOf(listening[0] ?? ''), name: host } }
}

/** One time of peace or war: what each honest step took. */
async function live(
  network: Network,
  homes: readonly HomeFacts[],
  { ms, newEveryMs, firstHome }: { readonly ms: number; readonly newEveryMs: number; readonly firstHome: number },
): Promise<Taken[]> {
  const taken: Taken[] = []
  const over = new AbortController()
  const living = beHonest(
    { network, homes, signal: over.signal, onStep: (step) => void taken.push(tell(step)) },
    { newEveryMs, firstHome, visitEveryMs: VISIT_EVERY_MS },
  )
  await wait(ms)
  over.abort()
  await living
  return taken
}

function tell(step: Taken): Taken {
  if (step.failure !== undefined) note(`  ${step.who} cannot ${step.step}: ${step.failure}`)
  return step
}

function judge(peace: readonly Taken[], siege: readonly Taken[]): SiegeResult['steps'] {
  const longest = (all: readonly Taken[]) => Math.max(0, ...all.map(({ ms }) => ms))
  return HONEST_STEPS.map((step) => {
    const before = peace.filter((one) => one.step === step)
    const during = siege.filter((one) => one.step === step)
    const failures = [...before, ...during].flatMap(({ who, failure }) => (failure ? [`${who}: ${failure}`] : []))
    const peaceMs = longest(before)
    const siegeMs = longest(during)
    const ok = during.length > 0 && failures.length === 0 && siegeMs <= peaceMs + PATIENCE_MS
    return { step, taken: during.length, peaceMs, siegeMs, failures: [...new Set(failures)].slice(0, 5), ok }
  })
}

async function besiege(seconds: number, addresses: number): Promise<SiegeResult> {
  const children: ChildProcess[] = []
  const nodes: NodeProcess[] = []
  const own = (child: ChildProcess) => {
    children.push(child)
    return child
  }
  try {
    note('starting a network and two homes ...')
    const servers = own(startChild('network-process.ts', []))
    const network = await firstLine<Network>(servers)
    const homes: HomeFacts[] = []
    const watched: (Watched | undefined)[] = [await watch('servers', servers.pid)]
    for (let index = 0; index < HOMES; index++) {
      const { node, facts } = await startHome(network, `home-${index + 1}`)
      nodes.push(node)
      homes.push(facts)
      watched.push(await watch(`home ${index + 1}`, node.pid))
    }
    note(`peace for ${PEACE_MS / 1000} s ...`)
    const peace = await live(network, homes, { ms: PEACE_MS, newEveryMs: seconds * 1000, firstHome: 0 })

    note(`siege from ${addresses} addresses for ${seconds} s ...`)
    const facts = factsOf(network, homes)
    const all = strangers(addresses)
    // networks of their own: at a door that shares fairly those who hold sockets would keep out their accomplices, and nobody else
    const half = Math.ceil(all.length / 8) * 4
    const from = { sockets: all.slice(0, half), peers: all.length > half ? all.slice(half) : all }
    const attackers = (['sockets', 'peers'] as const).map((group) =>
      own(startChild('attackers.ts', [group, JSON.stringify({ facts, from: from[group] })])),
    )
    const counted = attackers.map((attacker) =>
      firstLine<SiegeResult['attacks']>(attacker).catch(() => ({ 'strangers that ended too soon': {} })),
    )
    const siege = await live(network, homes, {
      ms: seconds * 1000,
      newEveryMs: (seconds * 1000) / NEW_ROUNDS,
      firstHome: 1,
    })
    for (const attacker of attackers) attacker.stdin?.end()
    const attacks = Object.assign({}, ...(await Promise.all(counted))) as SiegeResult['attacks']

    const processes = (await Promise.all(watched.map((process) => judgeProcess(process)))).flat()
    const steps = judge(peace, siege)
    const idle = idleOf(attacks)
    const ok = (idle.length === 0 || seconds < JUDGE_IDLE_FROM_S) && [...steps, ...processes].every((one) => one.ok)
    return { ok, seconds, addresses, steps, processes, attacks, idle }
  } finally {
    await Promise.allSettled(nodes.map((node) => node.stop()))
    for (const child of children) child.stdin?.end()
    await Promise.allSettled(children.map((child) => endChild(child)))
  }
}

/** Whatever met nothing but errors was no attack. */
function idleOf(attacks: SiegeResult['attacks']): readonly string[] {
  return Object.entries(attacks).flatMap(([name, counts]) => {
    const did = Object.keys(counts).filter((what) => !what.startsWith('error') && what !== 'cut off')
    return did.length > 0 ? [] : [name]
  })
}

async function judgeProcess(one: Watched | undefined): Promise<SiegeResult['processes']> {
  if (!one) return []
  const found = await figuresOf(one)
  if (!found) return [{ name: `${one.name} (ended)`, peakMib: 0, writtenBytes: 0, ok: false }]
  return [{ ...found, ok: found.peakMib <= MEMORY_LIMIT_MIB }]
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const late = setTimeout(() => child.kill('SIGKILL'), 6_000)
  await once(child, 'exit')
  clearTimeout(late)
}

function factsOf(network: Network, homes: readonly HomeFacts[]): SiegeFacts {
  const ofIssue = (fits: (address: string) => boolean) => network.listening.issue.find(fits) ?? network.issue
  return {
    zone: network.zone,
    issue: ofIssue((address) => address.startsWith('/ip4/') && !address.includes('/ws')),
    issueWs: ofIssue((address) => address.includes('/ws')),
    proof: network.proof,
    dnsControl: network.dnsControl,
    dns: network.dns,
    broker: `http://${network.brokerListen}`,
    homes,
  }
}

function table({ ok, steps, processes, attacks, idle, seconds, addresses }: SiegeResult): string {
  const lines = [`${seconds} s from ${addresses} addresses`, '']
  lines.push(`${'step'.padEnd(10)}${'times'.padStart(7)}${'in peace'.padStart(11)}${'under siege'.padStart(13)}`)
  for (const { step, taken, peaceMs, siegeMs, failures, ok: fine } of steps) {
    const row = `${step.padEnd(10)}${String(taken).padStart(7)}${`${peaceMs} ms`.padStart(11)}${`${siegeMs} ms`.padStart(13)}`
    lines.push(fine ? row : `${row}  NOT OK ${failures.join('; ')}`)
  }
  lines.push('', `${'process'.padEnd(10)}${'most memory'.padStart(13)}${'written'.padStart(12)}`)
  for (const { name, peakMib, writtenBytes, ok: fine } of processes) {
    const row = `${name.padEnd(10)}${`${peakMib} MiB`.padStart(13)}${`${(writtenBytes / 1024 / 1024).toFixed(1)} MiB`.padStart(12)}`
    lines.push(fine ? row : `${row}  NOT OK`)
  }
  lines.push('')
  for (const [name, counts] of Object.entries(attacks)) {
    const told = Object.entries(counts).map(([what, count]) => `${what} ${count}`)
    lines.push(`${name}: ${told.join(', ') || 'nothing'}`)
  }
  if (idle.length > 0) lines.push('', `did nothing: ${idle.join('; ')}`)
  return [...lines, '', ok ? 'ok' : 'NOT OK'].join('\n')
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    seconds: { type: 'string', default: '120' },
    from: { type: 'string', default: '32' },
  },
})
const [seconds, addresses] = [Number(values.seconds), Number(values.from)]
if (
  !Number.isSafeInteger(seconds) ||
  seconds < 5 ||
  !Number.isSafeInteger(addresses) ||
  addresses < 1 ||
  addresses > 1000
) {
  process.stderr.write('usage: npm run siege [-- [--json] [--seconds N] [--from N]], N from 5, and from 1 to 1000\n')
  process.exitCode = 2
} else {
  const result = await besiege(seconds, addresses)
  console.log(values.json ? JSON.stringify(result) : table(result))
  process.exitCode = result.ok ? 0 : 1
}
