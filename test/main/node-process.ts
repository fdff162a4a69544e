// A node as a process of its own that a test watches and kills at any moment.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { nodeFlags } from '../../core/node-flags.ts'
import { type NodeEventLine, parseNodeEventLine } from '../../proto/node-events.ts'
import { cleanEnv } from '../support/command.ts'
import type { TestContext } from 'node:test'

const HEADLESS = join(import.meta.dirname, '..', '..', 'main', 'headless.ts')

/** A running node. */
export interface WatchedNode {
  /** The first event that fits, also one that was there already; fails where the node ends before it. */
  line(fits: (line: NodeEventLine) => boolean): Promise<NodeEventLine>
  /** kill -9; settles when the process has gone. */
  kill(): Promise<void>
}

/** Starts a node; it is killed after the test. */
export function startNode(t: TestContext, config: string): WatchedNode {
  const words = [...nodeFlags(), HEADLESS, 'node', '--config', config, '--events']
  const child = spawn(process.execPath, words, { env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  const lines: NodeEventLine[] = []
  const waiting = new Set<(line: NodeEventLine) => void>()
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = parseNodeEventLine(text)
    if (!line) return
    lines.push(line)
    for (const waiter of waiting) waiter(line)
  })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    line(fits) {
      const found = lines.find(fits)
      if (found) return Promise.resolve(found)
      const { promise, resolve, reject } = Promise.withResolvers<NodeEventLine>()
      waiting.add((line) => {
        if (fits(line)) resolve(line)
      })
      void gone.then(() => reject(new Error(`the node ended: ${complaint} ${JSON.stringify(lines.at(-1))}`)))
      return promise
    },
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
  }
}
