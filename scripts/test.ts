// `npm test`: installs what the suites need where that is possible, says what is missing and what is therefore left out,
// runs every test file and ends with one line of totals. Arguments narrow the run to files whose path contains them.
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { nodeFlags } from '../core/node-flags.ts'
import { installPackages } from './test/packages.ts'

const root = join(import.meta.dirname, '..')

/** One test file may take this long; the browser and the CA's deliberate delays are the slow ones. */
const FILE_TIMEOUT_MS = 300_000

interface Totals {
  passed: number
  failed: number
  readonly skipped: string[]
  readonly failures: string[]
}

/** What node:test tells about one test; its published types leave the nesting of causes open. */
interface Report {
  readonly name: string
  readonly nesting: number
  readonly file?: string
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details: { readonly type?: string; readonly duration_ms: number; readonly error?: Error }
}

async function runFiles(files: readonly string[]): Promise<Totals> {
  const totals: Totals = { passed: 0, failed: 0, skipped: [], failures: [] }
  const stream = run({
    files: [...files],
    concurrency: Math.max(2, availableParallelism()),
    timeout: FILE_TIMEOUT_MS,
    execArgv: nodeFlags(),
  })
  const trail = new Map<string, string[]>()
  stream.on('test:start', (test) => {
    const file = test.file ?? ''
    trail.set(file, [...(trail.get(file) ?? []).slice(0, test.nesting), test.name])
  })
  stream.on('test:pass', (test: Report) => {
    const isSkipped = test.skip !== undefined && test.skip !== false
    if (test.details.type === 'suite' && !isSkipped) return
    if (test.skip === undefined || test.skip === false) totals.passed++
    else
      totals.skipped.push(`${title(test)} (${test.skip === true || test.skip === '' ? 'no reason given' : test.skip})`)
  })
  stream.on('test:fail', (test: Report) => {
    const error = test.details.error
    const cause = causeOf(error)
    if (/subtests? failed/.test(cause)) return
    totals.failed++
    totals.failures.push(`${title(test)}\n${indent(cause)}`)
    console.log(`FAILED ${title(test)}\n${indent(cause)}`)
  })
  stream.on('test:stderr', (output) => void (process.env['TEST_OUTPUT'] && process.stderr.write(output.message)))
  stream.on('test:stdout', (output) => void (process.env['TEST_OUTPUT'] && process.stdout.write(output.message)))
  stream.on('test:complete', (test: Report) => {
    if (test.nesting === 0 && test.file !== undefined && test.name === test.file) {
      console.log(`${relative(root, test.file)}  ${(test.details.duration_ms / 1000).toFixed(1)} s`)
    }
  })
  const ended = Promise.withResolvers<void>()
  stream.once('end', ended.resolve)
  stream.resume()
  await ended.promise
  return totals
}

/** The error a test threw: node:test wraps it. */
function causeOf(error: Error | undefined): string {
  const inner = error?.cause instanceof Error ? error.cause : error
  return inner?.stack ?? inner?.message ?? 'no error given'
}

function title(test: Report): string {
  return `${test.file ? `${relative(root, test.file)}: ` : ''}${test.name}`
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}

const wanted = process.argv.slice(2)
const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()
  .map((file) => join(root, file))
if (files.length === 0) {
  console.log(`no test file matches ${wanted.join(' ')}`)
  process.exit(1)
}
installPackages((text) => console.log(text))
const began = performance.now()
const totals = await runFiles(files)
for (const skipped of totals.skipped) console.log(`left out: ${skipped}`)
if (totals.failures.length > 0)
  console.log(`\nfailed:\n${totals.failures.map((failure) => failure.split('\n')[0]).join('\n')}`)
console.log(`${files.length} files in ${((performance.now() - began) / 1000).toFixed(0)} s`)
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped.length} skipped`)
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1
