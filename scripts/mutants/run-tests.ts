// Runs named tests of one file and says what became of each. Other tests of the file are left out, and the first red one ends the run,
// which is what makes a mutant cheap; a file that does not even load is told apart from a test that noticed something.
import { spawn } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { nodeFlags } from '../../core/node-flags.ts'
import { join } from 'node:path'

/** What became of a test or suite. */
export type Outcome = 'green' | 'red' | 'skipped'

/** What became of the tests of a file, by title; empty where none was reached. */
export interface FileOutcome {
  readonly outcomes: ReadonlyMap<string, Outcome>
  /** It was ended, because it took too long: something waited for what never came. */
  readonly late: boolean
}

/** What a run is told. */
export interface RunInit {
  /** Of tests or suites. */
  readonly titles: readonly string[]
  readonly timeoutMs: number
  /** Ends the run as soon as one is red; what the others would have said stays unknown. @default false */
  readonly untilRed?: boolean | undefined
}

/** Tests that are done leave the process within a moment; what a broken program holds open would keep it for ever. */
const LINGER_MS = 2_000

/** Runs tests of a file in a copy of the tree. */
export function runTests(dir: string, file: string, init: RunInit): Promise<FileOutcome> {
  const { titles, timeoutMs, untilRed = false } = init
  const preload = pathToFileURL(join(dir, 'scripts', 'patches', 'preload.ts')).href
  const patterns = titles.map((title) => `--test-name-pattern=${title.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}`)
  const flags = [...nodeFlags([`--import=${preload}`]), '--test', '--test-reporter=tap']
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, FORCE_COLOR: undefined }
  const child = spawn(process.execPath, [...flags, ...patterns, file], {
    ...{ cwd: dir, env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
  })
  let text = ''
  let late = false
  let linger: NodeJS.Timeout | undefined
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8')
    const outcomes = outcomesOf(text, titles)
    if (untilRed && [...outcomes.values()].includes('red')) endGroup(child.pid)
    if (outcomes.size === new Set(titles).size) linger ??= setTimeout(() => endGroup(child.pid), LINGER_MS)
  })
  const timer = setTimeout(() => {
    late = true
    endGroup(child.pid)
  }, timeoutMs)
  return new Promise((resolve) => {
    child.once('close', () => {
      clearTimeout(timer)
      clearTimeout(linger)
      endGroup(child.pid)
      resolve({ outcomes: outcomesOf(text, titles), late })
    })
  })
}

/** The test's own processes go with it. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

/**
 * Reads TAP version 13 as node:test writes it: suites are indented like tests, `#` in a title is escaped. A suite is red as soon as
 * anything in it is.
 */
export function outcomesOf(text: string, titles: readonly string[]): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>()
  const trail: string[] = []
  for (const [, indent = '', begun, not, rest = ''] of text.matchAll(
    /^( *)(?:# Subtest: (.*)|(not )?ok \d+ - (.*))$/gm,
  )) {
    const depth = indent.length / 4
    if (begun !== undefined) {
      trail.splice(depth, trail.length, unescaped(begun))
      continue
    }
    const [, name = '', directive] = /^((?:\\.|[^#\\])*?)(?: +# +(SKIP|TODO|time).*)?$/.exec(rest) ?? []
    const isRed = not !== undefined && directive !== 'TODO'
    const title = unescaped(name)
    for (const one of isRed ? [...trail.slice(0, depth), title] : [title]) {
      if (!titles.includes(one) || outcomes.get(one) === 'red') continue
      outcomes.set(one, isRed ? 'red' : directive === 'SKIP' ? 'skipped' : 'green')
    }
  }
  return outcomes
}

function unescaped(name: string): string {
  return name.replaceAll(/\\(.)/g, '$1')
}
