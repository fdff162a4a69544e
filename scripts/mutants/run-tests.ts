// Runs named tests of one file and says what became of each. Other tests of the file are left out, which is what makes a mutant
// cheap; a file that does not even load is told apart from a test that noticed something.
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

/** Runs tests of a file in a copy of the tree. @param titles  of tests or suites */
export function runTests(
  dir: string,
  file: string,
  titles: readonly string[],
  timeoutMs: number,
): Promise<FileOutcome> {
  const preload = pathToFileURL(join(dir, 'scripts', 'patches', 'preload.ts')).href
  const patterns = titles.map((title) => `--test-name-pattern=${title.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}`)
  const flags = [...nodeFlags([`--import=${preload}`]), '--test', '--test-reporter=tap']
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, FORCE_COLOR: undefined }
  const child = spawn(process.execPath, [...flags, ...patterns, file], {
    ...{ cwd: dir, env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
  })
  let text = ''
  let late = false
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  const timer = setTimeout(() => {
    late = true
    endGroup(child.pid)
  }, timeoutMs)
  return new Promise((resolve) => {
    child.once('close', () => {
      clearTimeout(timer)
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

/** Reads TAP version 13 as node:test writes it: suites are indented like tests, `#` in a title is escaped. */
export function outcomesOf(text: string, titles: readonly string[]): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>()
  for (const [, not, rest = ''] of text.matchAll(/^ *(not )?ok \d+ - (.*)$/gm)) {
    const [, name = '', directive] = /^((?:\\.|[^#\\])*?)(?: +# +(SKIP|TODO|time).*)?$/.exec(rest) ?? []
    const title = name.replaceAll(/\\(.)/g, '$1')
    if (!titles.includes(title) || outcomes.get(title) === 'red') continue
    outcomes.set(title, not === undefined ? (directive === 'SKIP' ? 'skipped' : 'green') : 'red')
  }
  return outcomes
}
