// `npm run faults`: does everything to an issuance that can go wrong and says what came of it. `-- --json` prints one array,
// `-- --write` makes docs/reliability.md anew, `-- --quick` leaves out what takes long. Ends with 1 where anything came out wrong.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { format } from 'prettier'
import { CATALOGUE, LEFT_OUT } from '../test/faults/catalogue.ts'
import { className, type Finding, find, type LeftOut } from '../test/faults/fault.ts'
import { histogramLines, issueMany, type LoadResult } from '../test/faults/load.ts'

const REPORT = join(import.meta.dirname, '..', 'docs', 'reliability.md')
const HISTOGRAM_CERTIFICATES = 1000

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean' }, write: { type: 'boolean' }, quick: { type: 'boolean' } },
})

const note = (text: string) => process.stderr.write(`${text}\n`)

/** Runs everything that can be run here, one after the other, so that no fault disturbs another. */
async function findAll(): Promise<{ readonly findings: readonly Finding[]; readonly leftOut: readonly LeftOut[] }> {
  const findings: Finding[] = []
  const leftOut: LeftOut[] = [...LEFT_OUT]
  let current = ''
  for (const fault of CATALOGUE) {
    const name = className(fault.class)
    const why = fault.skip ?? (flags.quick && fault.long ? 'it takes long' : undefined)
    if (name !== current) note(`${(current = name)} ...`)
    if (why === undefined) findings.push(await find(fault))
    else leftOut.push({ class: name, fault: fault.fault, why })
  }
  return { findings, leftOut }
}

function table(findings: readonly Finding[], leftOut: readonly LeftOut[], load: LoadResult | undefined): string {
  const lines: string[] = []
  for (const [name, all] of Map.groupBy(findings, (finding) => finding.class)) {
    const wrong = all.filter(({ ok }) => !ok)
    lines.push(`${name.padEnd(32)} ${String(all.length).padStart(4)} faults, ${all.length - wrong.length} as expected`)
    for (const { fault, outcome } of wrong) lines.push(`  WRONG  ${fault}: ${outcome}`)
  }
  if (load) lines.push('', ...loadLines(load))
  lines.push('', ...leftOut.map(({ class: name, fault, why }) => `left out: ${name}: ${fault}: ${why}`))
  const wrong = findings.filter(({ ok }) => !ok).length
  return [...lines, '', `${findings.length} faults, ${wrong} with another outcome than expected`].join('\n')
}

function loadLines(load: LoadResult): string[] {
  const { certificates, ms, requestsPerIssuance } = load
  return [
    `${certificates} certificates at once by one account: ${(ms / 1000).toFixed(1)} s, ${requestsPerIssuance.toFixed(2)} requests for each`,
    'when they would be renewed, counted from the start of the window that the CA gives:',
    ...histogramLines(load),
  ]
}

/** A word of a table cell. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('*', '\\*')

function rows(heading: readonly [string, string], all: readonly (readonly [string, string])[]): string {
  const lines = [heading, ['---', '---'], ...all.map(([left, right]) => [cell(left), cell(right)])]
  return lines.map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function markdown(findings: readonly Finding[], leftOut: readonly LeftOut[], load: LoadResult | undefined): string {
  const wrong = findings.filter(({ ok }) => !ok).length
  const parts = [
    '# What goes wrong, and what comes of it',
    `This page is made by \`npm run faults -- --write\`, which does each of these things to a real issuance and writes down what it saw; change the suite (\`test/faults/\`), not the page. The CA is our own with a clock that jumps over waits, or Debian's Pebble behind a proxy that spoils its answers (marked). "One certificate" is counted at the CA; where nothing is said of TXT values, none was left. How a certificate fares over fifty renewals in a row is measured by \`npm run soak\`.`,
    `${findings.length} faults were tried; ${wrong === 0 ? 'all ended as they should' : `${wrong} ended otherwise, and say so`}.`,
  ]
  for (const [name, all] of Map.groupBy(findings, (finding) => finding.class)) {
    parts.push(`## ${name.replace(/^\d+ /, '')}`)
    parts.push(
      rows(
        ['What goes wrong', 'What comes of it'],
        all.map(({ fault, outcome, ok }) => [fault, ok ? outcome : `**wrong**: ${outcome}`]),
      ),
    )
  }
  if (load) {
    parts.push('## A thousand at once', 'With one account at our own CA, in one process with it:')
    parts.push(['```text', ...loadLines(load), '```'].join('\n'))
  }
  parts.push('## Left out, and why')
  parts.push(
    rows(
      ['What', 'Why'],
      leftOut.map(({ class: name, fault, why }) => [`${name.replace(/^\d+ /, '')}: ${fault}`, why]),
    ),
  )
  return `${parts.join('\n\n')}\n`
}

const { findings, leftOut } = await findAll()
// The measured run is for people; a program that wants the findings has them already.
const load = flags.quick || (flags.json && !flags.write) ? undefined : await issueMany(HISTOGRAM_CERTIFICATES)
if (flags.write) {
  const settings = { parser: 'markdown', semi: false, singleQuote: true, printWidth: 120 }
  await writeFile(REPORT, await format(markdown(findings, leftOut, load), settings))
}
if (flags.json) {
  for (const { class: name, fault, why } of leftOut) note(`left out: ${name}: ${fault}: ${why}`)
  console.log(JSON.stringify(findings, undefined, 2))
} else console.log(table(findings, leftOut, load))
process.exitCode = findings.every(({ ok }) => ok) ? 0 : 1
