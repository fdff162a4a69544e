// `npm run mutants`: breaks the code of each statement of docs/security.md on purpose, in a copy of the tree, and expects that the
// tests which the page names for it notice. A statement without a mutant, a mutant that does not apply any more, and one that no
// test notices are failures: the page would promise more than the tests show. `-- S9 B6` chooses, `-- --json` is for programs.
// One process at a time; a test file runs once on the unbroken tree, and then only what is named and only until something is red.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MUTANTS } from './mutants/all.ts'
import { copyTree } from './mutants/copy.ts'
import { placesOf, type Mutant } from './mutants/mutant.ts'
import { runTests, type Outcome } from './mutants/run-tests.ts'
import { readStatements, type Reference, referencesOf, type Statement, UNTESTED } from './mutants/statements.ts'

/** `noticed` and `not-here` are well; the others are failures. */
const VERDICTS = ['noticed', 'not-here', 'unnoticed', 'does-not-apply', 'does-not-load', 'red-before', 'none'] as const
type Verdict = (typeof VERDICTS)[number]

/** What came of one mutant. */
interface Result {
  readonly id: string
  readonly file: string
  readonly verdict: Verdict
  readonly by: string
  readonly ms: number
}

/** What a test file does on the unbroken tree. */
interface Unbroken {
  readonly outcomes: ReadonlyMap<string, Outcome>
  readonly ms: number
}

/** A statement's tests in one file. */
interface Tests {
  readonly file: string
  readonly titles: readonly string[]
  /** What all named tests of the file take, milliseconds. */
  readonly ms: number
  readonly outcomes: readonly (readonly [string, Outcome])[]
}

/** All named tests of a file together, on a machine that is busy. */
const UNBROKEN_TIMEOUT_MS = 300_000

/** A test file with a broken program may wait for what never comes: it has this long, and this many times what it takes unbroken. */
const PATIENCE_MS = 20_000
const PATIENCE_TIMES = 5

const root = join(import.meta.dirname, '..')
const json = process.argv.includes('--json')
const chosen = process.argv.slice(2).filter((word) => /^[A-Z]\d+$/.test(word))

/** Specs of the user interface run inside other files and with a browser; the statement's other tests are quicker. */
function isRunnable({ file }: Reference): boolean {
  return file.endsWith('.test.ts')
}

const statements = readStatements(root).filter(({ id }) => chosen.length === 0 || chosen.includes(id))
const references = new Map(statements.map((one) => [one.id, referencesOf(one).filter((each) => isRunnable(each))]))
const total = statements.reduce((sum, { id }) => sum + Math.max(1, MUTANTS[id]?.length ?? 0), 0)
const results: Result[] = []
const unbroken = new Map<string, Promise<Unbroken>>()
const startedAt = performance.now()

function tell(result: Result): void {
  results.push(result)
  if (json) return
  const { id, file, verdict, by, ms } = result
  const place = `${String(results.length).padStart(String(total).length)}/${total}`
  console.log(`${place} ${id.padEnd(4)} ${verdict.padEnd(15)} ${(ms / 1_000).toFixed(1).padStart(6)} s  ${file}  ${by}`)
}

/** Runs all tests of a file that any chosen statement names, once. */
function lookUnbroken(dir: string, file: string): Promise<Unbroken> {
  const known = unbroken.get(file)
  if (known) return known
  const run = async () => {
    const began = performance.now()
    const named = [...references.values()].flat().filter((one) => one.file === file)
    const titles = [...new Set(named.map(({ title }) => title))]
    const { outcomes, late } = await runTests(dir, file, { titles, timeoutMs: UNBROKEN_TIMEOUT_MS })
    // what did not run shows nothing: a file that does not load, or a title that the file no longer runs
    const missing = titles.filter((title) => !outcomes.has(title)).map((title) => [title, 'red'] as const)
    if (late) missing.push([`${file} was not done in time`, 'red'])
    return { outcomes: new Map([...outcomes, ...missing]), ms: performance.now() - began }
  }
  const running = run()
  unbroken.set(file, running)
  return running
}

/** A statement's tests, by file, those files first that are done soonest. */
async function testsOf(dir: string, { id }: Statement): Promise<readonly Tests[]> {
  const own = references.get(id) ?? []
  const tests: Tests[] = []
  for (const file of new Set(own.map((one) => one.file))) {
    const titles = own.filter((one) => one.file === file).map(({ title }) => title)
    const { outcomes, ms } = await lookUnbroken(dir, file)
    tests.push({ file, titles, ms, outcomes: [...outcomes].filter(([title]) => titles.includes(title)) })
  }
  return tests.toSorted((one, other) => one.ms - other.ms)
}

/** Runs a statement's tests, file by file, until one is red. */
async function look(dir: string, tests: readonly Tests[]): Promise<ReadonlyMap<string, Outcome>> {
  const all = new Map<string, Outcome>()
  for (const { file, titles, ms } of tests) {
    const timeoutMs = PATIENCE_MS + PATIENCE_TIMES * ms
    const { outcomes, late } = await runTests(dir, file, { titles, timeoutMs, untilRed: true })
    for (const [title, outcome] of outcomes) all.set(title, outcome)
    if (late) all.set(`${file} was not done in time`, 'red')
    if ([...all.values()].includes('red')) break
  }
  return all
}

async function judge(
  dir: string,
  { id }: Statement,
  tests: readonly Tests[],
  mutant: Mutant,
  isHere: boolean,
): Promise<void> {
  const path = join(dir, mutant.file)
  const began = performance.now()
  const told = (verdict: Verdict, by = '') =>
    tell({ id, file: mutant.file, verdict, by, ms: performance.now() - began })
  const whole = readFileSync(path, 'utf8')
  if (placesOf(mutant, whole) !== 1) return told('does-not-apply', JSON.stringify(mutant.find))
  if (!isHere) return told('not-here', 'its tests need another machine')
  writeFileSync(
    path,
    whole.replace(mutant.find, () => mutant.replace),
  )
  try {
    const outcomes = await look(dir, tests)
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
  if (mutants.length === 0) {
    const untested = references.get(id)?.length === 0 && UNTESTED.test(statement.shown)
    tell({ id, file: '', verdict: untested ? 'not-here' : 'none', by: statement.statement, ms: 0 })
    continue
  }
  const began = performance.now()
  const tests = await testsOf(copy.dir, statement)
  const before = tests.flatMap(({ outcomes }) => outcomes)
  const red = before.find(([, outcome]) => outcome === 'red')
  if (red) {
    const ms = performance.now() - began
    for (const { file } of mutants) tell({ id, file, verdict: 'red-before', by: red[0], ms })
    continue
  }
  const isHere = before.some(([, outcome]) => outcome === 'green')
  for (const mutant of mutants) await judge(copy.dir, statement, tests, mutant, isHere)
}

const bad = results.filter(({ verdict }) => verdict !== 'noticed' && verdict !== 'not-here')
const ok = bad.length === 0
if (json) console.log(JSON.stringify({ ok, results }))
else {
  for (const { id, file, verdict } of bad) console.log(`  ${id} ${verdict} ${file}`)
  const counts = VERDICTS.map((verdict) => [verdict, results.filter((one) => one.verdict === verdict).length] as const)
  const told = counts.filter(([, count]) => count > 0).map(([verdict, count]) => `${count} ${verdict}`)
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1)
  console.log(
    `${statements.length} statements, ${results.length} mutants: ${told.join(', ')}; ${minutes} minutes: ${ok ? 'ok' : 'not ok'}`,
  )
}
process.exit(ok ? 0 : 1)
