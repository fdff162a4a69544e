// The processes of the DNS bench: servers on one core, generators on another, each ended by whoever started it.
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A server that listens, and how to end it. */
export interface MeasuredServer {
  readonly name: string
  readonly port: number
  /** CPU time it has used, in microseconds; undefined where the system does not say. */
  cpuMicroseconds(): number | undefined
  stop(): Promise<void>
}

export interface Load {
  readonly answered: number
  readonly lost: number
  readonly seconds: number
}

/** The path of a program, undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

const taskset = availableParallelism() > 1 ? findProgram('taskset') : undefined

/** The command, bound to a core where the system can do that. */
export function onCore(core: 0 | 1, command: string, args: readonly string[]): [string, string[]] {
  return taskset ? [taskset, ['-c', String(core), command, ...args]] : [command, [...args]]
}

/** Whether servers and generators have a core each. */
export const coresArePinned = taskset !== undefined

/** Starts one of the Node servers of server.ts. */
export async function startNodeServer(kind: 'ours' | 'echo'): Promise<MeasuredServer> {
  const [command, args] = onCore(0, process.execPath, [join(import.meta.dirname, 'server.ts'), kind])
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface(child.stdout), 'line')
  return measured(kind, child, Number(line))
}

/**
 * Starts Knot with synthrecord, which computes the same DNS2IP names.
 *
 * @param folder  for its configuration and files
 * @returns why not, where it cannot be started
 */
export async function startKnot(folder: string): Promise<MeasuredServer | string> {
  const knotd = findProgram('knotd')
  if (!knotd) return 'knotd is not installed (Debian package knot)'
  const port = await freePort()
  const config = join(folder, 'knot.conf')
  writeFileSync(
    join(folder, 'ip.zone'),
    `$ORIGIN ip.example.net.\n@ 86400 SOA ns1 hostmaster 1 86400 2400 604800 86400\n@ 86400 NS ns1\nns1 86400 A 192.0.2.53\n`,
  )
  writeFileSync(
    config,
    `server:
  rundir: ${folder}
  listen: 127.0.0.1@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: ${folder}
log:
  - target: stderr
    any: error
mod-synthrecord:
  - id: ip4
    type: forward
    prefix: ip4
    ttl: 604800
    network: 0.0.0.0/0
zone:
  - domain: ip.example.net
    file: ${join(folder, 'ip.zone')}
    module: mod-synthrecord/ip4
`,
  )
  const [command, args] = onCore(0, knotd, ['-c', config])
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const server = measured('knot', child, port)
  if (await answers(port)) return server
  await server.stop()
  return 'knotd did not answer'
}

function measured(name: string, child: ChildProcess, port: number): MeasuredServer {
  return {
    name,
    port,
    cpuMicroseconds: () => (child.pid === undefined ? undefined : cpuOf(child.pid)),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Ticks of Linux' process times are hundredths of a second on every platform Node runs on. */
const TICK_MICROSECONDS = 10_000

function cpuOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS
  } catch {
    return undefined
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

/** Asks until there is an answer, for five seconds. */
async function answers(port: number): Promise<boolean> {
  const query = Buffer.from('000000000001000000000000', 'hex')
  const name = Buffer.from('\x02ip\x07example\x03net\x00\x00\x06\x00\x01', 'latin1')
  for (let attempt = 0; attempt < 50; attempt++) {
    const socket = createSocket('udp4')
    try {
      socket.on('error', () => undefined)
      const reply = once(socket, 'message', { signal: AbortSignal.timeout(100) })
      socket.send(Buffer.concat([query, name]), port, '127.0.0.1')
      await reply
      return true
    } catch {
      continue
    } finally {
      socket.close()
    }
  }
  return false
}

/** Something that asks a server as fast as it answers. */
export interface Generator {
  /** What it is, for the report. */
  readonly name: string
  /** Whether it can keep a fast server busy, so that its queries per second tell about the server. */
  readonly ranksFastServers: boolean
  ask(port: number, file: QueryFile, seconds: number): Promise<Load>
}

/** The same questions twice: messages with their lengths before them, and lines for dnsperf. */
export interface QueryFile {
  readonly binary: string
  readonly text: string
}

const GENERATOR_SOCKETS = 16
const GENERATOR_IN_FLIGHT = 16

/** The best generator this machine has: our C program, dnsperf, or node:dgram. */
export function chooseGenerator(folder: string): Generator {
  const cc = findProgram('cc') ?? findProgram('gcc')
  if (cc && process.platform === 'linux') {
    const binary = join(folder, 'udpgen')
    execFileSync(cc, ['-O2', '-o', binary, join(import.meta.dirname, 'udpgen.c')])
    return {
      name: `udpgen.c (${GENERATOR_SOCKETS} sockets, ${GENERATOR_IN_FLIGHT} queries in flight on each)`,
      ranksFastServers: true,
      ask: (port, file, seconds) =>
        load(binary, [port, seconds, GENERATOR_SOCKETS, GENERATOR_IN_FLIGHT, file.binary].map(String)),
    }
  }
  const dnsperf = findProgram('dnsperf')
  if (dnsperf) {
    return {
      name: 'dnsperf, which tops out before the fast servers do: compare CPU time, not queries per second',
      ranksFastServers: false,
      async ask(port, file, seconds) {
        const args = ['-s', '127.0.0.1', '-p', port, '-d', file.text, '-l', seconds, '-c', 8, '-T', 1, '-q', 200]
        const [command, all] = onCore(1, dnsperf, args.map(String))
        const { stdout } = await run(command, all)
        const number = (label: string) => Number(new RegExp(`${label}:\\s+([0-9.]+)`).exec(stdout)?.[1] ?? 0)
        const answered = number('Queries completed')
        return { answered, lost: number('Queries lost'), seconds: number('Run time \\(s\\)') }
      },
    }
  }
  return {
    name: 'node:dgram, which is slower than the servers: compare CPU time, not queries per second',
    ranksFastServers: false,
    ask: (port, file, seconds) => nodeLoad('udp-client.ts', port, file, seconds),
  }
}

/** Asks over pipelined TCP. */
export function askOverTcp(port: number, file: QueryFile, seconds: number): Promise<Load> {
  return nodeLoad('tcp-client.ts', port, file, seconds)
}

function nodeLoad(script: string, port: number, file: QueryFile, seconds: number): Promise<Load> {
  return load(process.execPath, [join(import.meta.dirname, script), String(port), String(seconds), file.binary])
}

async function load(program: string, programArgs: readonly string[]): Promise<Load> {
  const [command, args] = onCore(1, program, programArgs)
  const { stdout } = await run(command, args)
  return JSON.parse(stdout) as Load
}
