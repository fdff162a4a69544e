// `npm run mutants`: breaks the code of each statement of docs/security.md on purpose, in a copy of the tree, and expects that the
// tests which the page names for it notice. A statement without a mutant, a mutant that does not apply any more, and one that no
// test notices are failures: the page would promise more than the tests show. `-- S9 B6` chooses, `-- --json` is for programs.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MUTANTS } from './mutants/all.ts'
import { copyTree } from './mutants/copy.ts'
import { placesOf, type Mutant } from './mutants/mutant.ts'
import { runTests, type Outcome } from './mutants/run-tests.ts'
import { readStatements, type Reference, referencesOf, type Statement, UNTESTED } from './mutants/statements.ts'

/** What came of one mutant. */
interface Result {
  readonly id: string
  readonly file: string
  /** `noticed` and `not-here` are well; the others are failures. */
  readonly verdict: 'noticed' | 'not-here' | 'unnoticed' | 'does-not-apply' | 'does-not-load' | 'red-before' | 'none'
  readonly by: string
  readonly ms: number
}

/** A test file with a broken program may wait for what never comes; the slowest named tests take half a minute. */
const TIMEOUT_MS = 150_000

const root = join(import.meta.dirname, '..')
const json = process.argv.includes('--json')
const chosen = process.argv.slice(2).filter((word) => /^[A-Z]\d+$/.test(word))

/** Specs of the user interface run inside other files and with a browser; the statement's other tests are quicker. */
function isRunnable({ file }: Reference): boolean {
  return file.endsWith('.test.ts')
}

const statements = readStatements(root).filter(({ id }) => chosen.length === 0 || chosen.includes(id))
const results: Result[] = []

function tell(result: Result): void {
  results.push(result)
  if (json) return
  const { id, file, verdict, by, ms } = result
  console.log(`${id.padEnd(4)} ${verdict.padEnd(15)} ${(ms / 1_000).toFixed(1).padStart(6)} s  ${file}  ${by}`)
}

/** Runs a statement's tests, file by file, until one is red. */
async function look(dir: string, references: readonly Reference[]): Promise<ReadonlyMap<string, Outcome>> {
  const all = new Map<string, Outcome>()
  for (const file of new Set(references.map((one) => one.file))) {
    const titles = references.filter((one) => one.file === file).map(({ title }) => title)
    const { outcomes, late } = await runTests(dir, file, titles, TIMEOUT_MS)
    for (const [title, outcome] of outcomes) all.set(title, outcome)
    if (late) all.set(`${file} was not done in time`, 'red')
    if ([...all.values()].includes('red')) break
  }
  return all
}

async function judge(
  dir: string,
  { id }: Statement,
  references: readonly Reference[],
  mutant: Mutant,
  isHere: boolean,
): Promise<void> {
  const path = join(dir, mutant.file)
  const began = performance.now()
  const told = (verdict: Result['verdict'], by = '') =>
    tell({ id, file: mutant.file, verdict, by, ms: performance.now() - began })
  const whole = readFileSync(path, 'utf8')
  if (placesOf(mutant, whole) !== 1) return told('does-not-apply', JSON.stringify(mutant.find))
  if (!isHere) return told('not-here', 'its tests need another machine')
  writeFileSync(
    path,
    whole.replace(mutant.find, () => mutant.replace),
  )
  try {
    const outcomes = await look(dir, references)
    const red = [...outcomes].find(([, outcome]) => outcome === 'red')
    if (red) return told('noticed', red[0])
    told(outcomes.size === 0 ? 'does-not-load' : 'unnoticed', mutant.replace.trim().slice(0, 80))
  } finally {
    writeFileSync(path, whole)
  }
}

const copy = await copyTree(root)
process.once('exit', copy.remove)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

for (const statement of statements) {
  const { id } = statement
  const mutants = MUTANTS[id] ?? []
  const references = referencesOf(statement).filter((reference) => isRunnable(reference))
  if (mutants.length === 0) {
    const untested = references.length === 0 && UNTESTED.test(statement.shown)
    tell({ id, file: '', verdict: untested ? 'not-here' : 'none', by: statement.statement, ms: 0 })
    continue
  }
  const began = performance.now()
  const before = await look(copy.dir, references)
  const red = [...before].find(([, outcome]) => outcome === 'red')
  if (red) {
    tell({ id, file: '', verdict: 'red-before', by: red[0], ms: performance.now() - began })
    continue
  }
  const isHere = [...before.values()].includes('green')
  for (const mutant of mutants) await judge(copy.dir, statement, references, mutant, isHere)
}

const bad = results.filter(({ verdict }) => verdict !== 'noticed' && verdict !== 'not-here')
const ok = bad.length === 0
if (json) console.log(JSON.stringify({ ok, results }))
else {
  console.log(`${results.length} mutants, ${bad.length} not as they should be${ok ? '' : ':'}`)
  for (const { id, file, verdict } of bad) console.log(`  ${id} ${verdict} ${file}`)
}
process.exit(ok ? 0 : 1)
