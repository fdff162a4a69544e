// The command line's side of the bridge: finds the running node by its runtime file and makes calls as a page would, with the
// answers checked against the contract.
import * as v from 'valibot'
import { whoHolds } from '../../core/lock.ts'
import { AnswerFrame, ApiError, METHODS } from '../../proto/api/index.ts'
import { BRIDGE_HOST } from '../bridge/request-checks.ts'
import { readRuntime } from '../bridge/runtime-file.ts'
import type { Client, Method, Output } from '../../proto/api/index.ts'

/** No node runs on this data folder. */
export class NoNodeError extends Error {
  override readonly name = 'NoNodeError'
}

/** A running node. */
export interface NodeClient extends Client {
  readonly pid: number
}

/** Longer than the method itself may take, so that its own answer wins. */
const GRACE_MS = 5_000

/**
 * Finds the running node of a data folder.
 *
 * @throws NoNodeError, FileError where the runtime file is somebody else's
 */
export async function findNode(dir: string): Promise<NodeClient> {
  const facts = await readRuntime(dir)
  if (!facts) {
    const pid = await whoHolds(dir)
    throw pid === undefined ? noNode(dir) : deaf(dir, pid)
  }
  const { port, token, pid } = facts
  return {
    pid,
    async call(name, input) {
      const method: Method = METHODS[name]
      const answer = await post(`http://${BRIDGE_HOST}:${port}/api/${name}`, {
        ...{ token, input, dir, timeoutMs: method.timeoutMs + GRACE_MS },
      })
      const parsed = v.safeParse(AnswerFrame, { id: 0, ...answer })
      if (!parsed.success) throw new ApiError('internal', { detail: 'the node is of another version' })
      if (!parsed.output.ok) throw new ApiError(parsed.output.problem.code, parsed.output.problem)
      const output = v.safeParse(method.output, parsed.output.output)
      if (!output.success) throw new ApiError('internal', { detail: 'the node is of another version' })
      return output.output as Output<typeof name>
    },
  }
}

interface Sent {
  readonly token: string
  readonly input: unknown
  readonly dir: string
  readonly timeoutMs: number
}

/** @throws NoNodeError where nobody answers */
async function post(url: string, { token, input, dir, timeoutMs }: Sent): Promise<object> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const answer: unknown = await response.json()
    return typeof answer === 'object' && answer !== null ? answer : {}
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError')
      throw new ApiError('timeout', { retryable: true })
    if (error instanceof SyntaxError) throw new ApiError('internal', { detail: 'the node gave no JSON' })
    throw noNode(dir, error)
  }
}

/** The app's window needs no listener, so the app has none before somebody asks for it; a node without a window may have none at all. */
function deaf(dir: string, pid: number): NoNodeError {
  return new NoNodeError(
    [
      `process ${pid} has ${dir} and listens to no terminal.`,
      'If it is the app: choose “Open in browser” in its settings, and try again.',
      'If it is a node without a window: it may still be starting, or `bridge.enabled` is false in its configuration.',
    ].join('\n'),
  )
}

function noNode(dir: string, cause?: unknown): NoNodeError {
  return new NoNodeError(`no node runs on ${dir}: start one with \`nodetrust node\``, { cause })
}
