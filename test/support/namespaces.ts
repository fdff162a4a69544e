// Small internets for tests: Linux network namespaces with cables between them, a firewall, and programs that run inside.
// Nothing of it touches the machine's own network, and all of it goes away after the test. Needs root and Linux.
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { nodeFlags } from '../../core/node-flags.ts'
import type { TestContext } from 'node:test'

const run = promisify(execFile)

/** A namespace: a machine as far as the network is concerned. */
export interface Machine {
  /** Runs a command in it and gives what it prints. */
  run(program: string, ...args: readonly string[]): Promise<string>
  /** Replaces the firewall. */
  firewall(rules: string): Promise<void>
  /** Sends everything it knows no way for to this address. */
  route(gateway: string): Promise<void>
  /** Passes packets on between its cables. */
  forward(): Promise<void>
  /** Starts a program that is stopped after the test. */
  start(program: string, ...args: readonly string[]): Program
  /** Starts a script of ours that answers lines of JSON with lines of JSON. */
  talk(script: string, init: unknown): Talker
}

export interface Program {
  /** Waits for its end. */
  stop(): Promise<void>
  /** What it has printed so far. */
  output(): string
}

export interface Talker extends Program {
  /** Sends a line and gives the next one that comes; an answer with `error` rejects. */
  say(command: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>
}

/** Machines and the cables between them. */
export interface Lab {
  machine(): Promise<Machine>
  /**
   * Joins two machines by a cable with addresses at its ends.
   *
   * @param a  machine, name of its interface, and its addresses with prefix lengths
   */
  cable(a: CableEnd, b: CableEnd): Promise<void>
}

export type CableEnd = readonly [machine: Machine, name: string, ...addresses: string[]]

const PROGRAMS = [
  { name: 'ip', debian: 'iproute2' },
  { name: 'nft', debian: 'nftables' },
  { name: 'miniupnpd', debian: 'miniupnpd' },
] as const

let machines = 0

/** Why there can be no lab here; undefined where there can. */
export async function whyNoLab(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are there on Linux only'
  if (process.getuid?.() !== 0) return 'making network namespaces needs root'
  const missing = PROGRAMS.find(({ name }) => program(name) === undefined)
  if (missing) return `${missing.name} is not installed (Debian package ${missing.debian})`
  const name = newName()
  try {
    await ip('netns', 'add', name)
    await ip('netns', 'exec', name, program('nft') ?? 'nft', 'add', 'table', 'inet', 'probe')
    return undefined
  } catch (error) {
    return `this machine makes no network namespaces with a firewall: ${String(error).slice(0, 200)}`
  } finally {
    await ip('netns', 'del', name).catch(() => undefined)
  }
}

/** A lab that goes away after the test. */
export function createLab(t: TestContext): Lab {
  const names = new Map<Machine, string>()
  const nameOf = (machine: Machine) => names.get(machine) ?? ''
  return {
    async machine() {
      const name = newName()
      await ip('netns', 'add', name)
      const running: Program[] = []
      t.after(async () => {
        await Promise.all(running.map((one) => one.stop()))
        await ip('netns', 'del', name)
      })
      await ip('-n', name, 'link', 'set', 'lo', 'up')
      const inside = (what: string, args: readonly string[]) => ['netns', 'exec', name, program(what) ?? what, ...args]
      const machine: Machine = {
        run: (what, ...args) => ip(...inside(what, args)),
        async firewall(rules) {
          const child = execFile(program('ip') ?? 'ip', inside('nft', ['-f', '-']))
          child.stdin?.end(`flush ruleset\n${rules}`)
          let said = ''
          child.stderr?.on('data', (text: string) => (said += text))
          const code = await new Promise((resolve) => child.once('close', resolve))
          if (code !== 0) throw new Error(`nft: ${said}`)
        },
        route: async (gateway) =>
          void (await ip(
            '-n',
            name,
            ...(gateway.includes(':') ? ['-6'] : []),
            'route',
            'add',
            'default',
            'via',
            gateway,
          )),
        forward: async () =>
          void (await ip(...inside('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']))),
        start(what, ...args) {
          const started = start(inside(what, args))
          running.push(started)
          return started
        },
        talk(script, init) {
          const flags = [...nodeFlags(), script, JSON.stringify(init)]
          const talker = talk(inside(process.execPath, flags))
          running.push(talker)
          return talker
        },
      }
      names.set(machine, name)
      return machine
    },
    async cable([a, nameA, ...addressesA], [b, nameB, ...addressesB]) {
      const [left, right] = [nameOf(a), nameOf(b)]
      await ip('link', 'add', nameA, 'netns', left, 'type', 'veth', 'peer', 'name', nameB, 'netns', right)
      for (const [machine, name, addresses] of [
        [left, nameA, addressesA],
        [right, nameB, addressesB],
      ] as const) {
        for (const address of addresses) {
          // without the wait for a second owner of an IPv6 address
          await ip('-n', machine, 'addr', 'add', address, 'dev', name, ...(address.includes(':') ? ['nodad'] : []))
        }
        await ip('-n', machine, 'link', 'set', name, 'up')
      }
    },
  }
}

/** Short, because names of interfaces and namespaces are; its own for each process, because tests run side by side. */
function newName(): string {
  return `nt${process.pid}-${++machines}`
}

async function ip(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(program('ip') ?? 'ip', [...args], { timeout: 20_000 })
  return stdout
}

function program(name: string): string | undefined {
  if (name.includes('/')) return name
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

const STOP_MS = 5_000
const OUTPUT_CHARACTERS = 20_000

function launch(args: readonly string[]) {
  const child = spawn(program('ip') ?? 'ip', [...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  const keep = (text: string) => void (output = (output + text).slice(-OUTPUT_CHARACTERS))
  child.stderr.setEncoding('utf8').on('data', keep)
  child.stdin.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    child,
    keep,
    ended,
    output: () => output,
    async stop() {
      child.stdin.end()
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

function start(args: readonly string[]): Program {
  const launched = launch(args)
  launched.child.stdout.setEncoding('utf8').on('data', launched.keep)
  return launched
}

function talk(args: readonly string[]): Talker {
  const launched = launch(args)
  const { child } = launched
  const lines: string[] = []
  const waiting: ((line: string | undefined) => void)[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const next = waiting.shift()
    if (next) next(line)
    else lines.push(line)
  })
  child.once('close', () => waiting.splice(0).forEach((next) => next(undefined)))
  return {
    stop: () => launched.stop(),
    output: () => launched.output(),
    async say(command) {
      child.stdin.write(`${JSON.stringify(command)}\n`)
      const line = lines.shift() ?? (await new Promise<string | undefined>((resolve) => waiting.push(resolve)))
      if (line === undefined) throw new Error(`the program ended: ${launched.output()}`)
      const answer: unknown = JSON.parse(line)
      if (typeof answer !== 'object' || answer === null) throw new Error(`no answer: ${line}`)
      if ('error' in answer) throw new Error(String(answer.error))
      return { ...answer }
    },
  }
}
