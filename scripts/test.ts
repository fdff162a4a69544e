// `npm test`: installs what the suites need where that is possible, says what is missing and what is therefore left out,
// runs every test file and ends with one line of totals. Arguments narrow the run to files whose path contains them.
import { globSync } from 'node:fs'
import { join, relative } from 'node:path'
import { keepCompiled } from './test/compiled.ts'
import { needsElectron, prepareElectron } from './test/electron.ts'
import { bySlowness } from './test/order.ts'
import { exitCodeOf } from '../core/process-life.ts'
import { installPackages } from './test/packages.ts'
import { type FileResult, killAll, runFile } from './test/run-file.ts'
import { runSideBySide } from './test/side-by-side.ts'

const root = join(import.meta.dirname, '..')
const say = (text: string): void => console.log(text)

const wanted = process.argv.slice(2)
const files = bySlowness(
  globSync('test/**/*.test.ts', { cwd: root }).filter(
    (file) => wanted.length === 0 || wanted.some((part) => file.includes(part)),
  ),
).map((file) => join(root, file))
if (files.length === 0) {
  say(`no test file matches ${wanted.join(' ')}`)
  process.exit(1)
}
const began = performance.now()
installPackages(say)
if (needsElectron(files) && !(await prepareElectron(say))) {
  say('0 passed, 1 failed, 0 skipped')
  process.exit(1)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    killAll()
    process.exit(exitCodeOf(signal))
  })
keepCompiled()
const results: FileResult[] = []
await runSideBySide(files, async (file) => {
  const onOutput = (text: string) => void (process.env['TEST_OUTPUT'] && process.stdout.write(text))
  const result = await runFile(file, { root, onOutput, onFailure: say })
  results.push(result)
  const name = relative(root, file)
  const { seconds, cpu } = result
  say(`${name}  ${seconds.toFixed(1)} s${cpu > 0 ? `, ${cpu.toFixed(1)} s of a processor` : ''}`)
  for (const command of result.leftBehind) say(`left behind by ${name}, and ended: ${command}`)
})
tellSkipped()
const failures = results.flatMap((result) => result.failures)
if (failures.length > 0) say(`\nfailed:\n${failures.map((failure) => failure.split('\n')[0]).join('\n')}`)
say(`${files.length} files in ${((performance.now() - began) / 1000).toFixed(0)} s`)
const sum = (part: 'passed' | 'failed'): number => results.reduce((total, result) => total + result[part], 0)
const skipped = results.reduce((total, result) => total + result.skipped.length, 0)
say(`${sum('passed')} passed, ${sum('failed')} failed, ${skipped} skipped`)
process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1
// whatever still holds this process, such as the output of a file that did not end, is no reason to stay
setTimeout(() => process.exit(), 1_000).unref()

/** A line for each reason, because one that is missing can leave out a whole suite. */
function tellSkipped(): void {
  const titles = new Map<string, string[]>()
  for (const { title, reason } of results.flatMap((result) => result.skipped))
    titles.set(reason, [...(titles.get(reason) ?? []), title])
  for (const [reason, all] of titles) {
    const more = all.length > 1 ? ` and ${all.length - 1} more` : ''
    say(`left out: ${all[0]}${more} (${reason})`)
  }
}
