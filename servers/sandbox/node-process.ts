// A headless node as a process of its own, as anybody would run it: a configuration file in, events out, one JSON line
// each. The sandbox knows the node only by what it prints.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { nodeFlags } from '../../core/node-flags.ts'
import {
  type NodeEventFields,
  type NodeEventLine,
  type NodeEventName,
  parseNodeEventLine,
} from '../../proto/node-events.ts'

/** The node ended, or did not do in time what was waited for. */
export class NodeProcessError extends Error {
  override readonly name = 'NodeProcessError'
}

/** A running node. */
export interface NodeProcess {
  /**
   * Waits for an event, also one that was there already.
   *
   * @throws NodeProcessError where the node ends, reports a failure, or is not there in time
   */
  next<Name extends NodeEventName>(
    name: Name,
    fits?: (event: NodeEventFields[Name]) => boolean,
  ): Promise<NodeEventFields[Name]>
  readonly pid: number | undefined
  /** Everything so far. */
  readonly events: readonly NodeEventLine[]
  stop(): Promise<void>
}

const HEADLESS = join(import.meta.dirname, '..', '..', 'main', 'headless.ts')

/** How long one event may take: an issuance in a sandbox takes seconds, with a slow test CA some more. */
const EVENT_TIMEOUT_MS = 60_000

/** A node has 5 seconds to stop cleanly. */
const STOP_TIMEOUT_MS = 6_000

/**
 * Starts a node.
 *
 * @param label  for messages
 * @param configPath  its configuration file
 */
export function startNode(label: string, configPath: string): NodeProcess {
  // variables of the person who runs the sandbox are not meant for its nodes
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODETRUST_')))
  const args = [...nodeFlags(), HEADLESS, 'node', '--config', configPath, '--events']
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const events: NodeEventLine[] = []
  const waiting = new Set<() => void>()
  let complaint = ''
  const wake = () => {
    for (const waiter of waiting) waiter()
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseNodeEventLine(line)
    if (!event) return
    events.push(event)
    wake()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(-2_000)
  })
  child.once('exit', wake)
  // a sandbox that is killed must not leave its nodes behind
  const killChild = () => void child.kill('SIGKILL')
  process.once('exit', killChild)

  const check = (name: string): void => {
    const failure = events.find((event) => event.event === 'failed')
    if (failure?.event === 'failed') throw new NodeProcessError(`${label}: ${failure.code}: ${failure.message}`)
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new NodeProcessError(
        `${label} ended before "${name}" (exit ${child.exitCode ?? child.signalCode}): ${complaint.trim()}`,
      )
    }
  }

  return {
    events,
    pid: child.pid,
    async next(name, fits = () => true) {
      const find = () => events.find((event) => event.event === name && fits(fieldsOf(event, name)))
      const deadline = AbortSignal.timeout(EVENT_TIMEOUT_MS)
      for (;;) {
        const found = find()
        if (found) return fieldsOf(found, name)
        check(name)
        if (deadline.aborted) throw new NodeProcessError(`${label}: no "${name}" within ${EVENT_TIMEOUT_MS / 1000} s`)
        await nextWake(waiting, deadline)
      }
    },
    async stop() {
      process.off('exit', killChild)
      await stopChild(child)
    },
  }
}

/** The reader of the events has checked the name; their fields follow from it. */
function fieldsOf<Name extends NodeEventName>(event: NodeEventLine, _name: Name): NodeEventFields[Name] {
  return event as unknown as NodeEventFields[Name]
}

async function nextWake(waiting: Set<() => void>, deadline: AbortSignal): Promise<void> {
  const woken = Promise.withResolvers<void>()
  waiting.add(woken.resolve)
  deadline.addEventListener('abort', () => woken.resolve(), { once: true })
  await woken.promise
  waiting.delete(woken.resolve)
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = Promise.withResolvers<void>()
  child.once('exit', () => ended.resolve())
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended.promise
  clearTimeout(timer)
}
