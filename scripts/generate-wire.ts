// Makes proto/wire/nodetrust.js and .d.ts from nodetrust.proto with protobufjs-cli. `--check` changes nothing and fails
// where the files in the tree are not what would be made.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const wire = join(root, 'proto', 'wire')
const cli = (name: string): string => join(root, 'node_modules', 'protobufjs-cli', 'bin', name)

/**
 * `--force-number` changes the types alone: the code would still make Long objects where that package is installed. All our
 * 64-bit fields are times in milliseconds, which a number holds exactly.
 */
function readNumbers(code: string): string {
  const helper = 'const $number = (value) => typeof value === "object" ? value.toNumber() : value;\n'
  return code
    .replaceAll('r.uint64()', '$number(r.uint64())')
    .replaceAll('$util.Long ? $util.Long.fromBits(0,0,true) : 0', '0')
    .replace('// Common aliases\n', `${helper}\n// Common aliases\n`)
}

const HEADER = '// Made by `npm run wire` from nodetrust.proto; do not edit.\n'

function generate(): { js: string; types: string } {
  const folder = mkdtempSync(join(tmpdir(), 'nodetrust-wire-'))
  try {
    const js = join(folder, 'nodetrust.js')
    const types = join(folder, 'nodetrust.d.ts')
    const run = (tool: string, args: string[]) =>
      execFileSync(process.execPath, [cli(tool), ...args], { stdio: 'pipe' })
    run('pbjs', [
      ...[
        '-t',
        'static-module',
        '-w',
        'es6',
        '--force-number',
        '--no-create',
        '--no-verify',
        '--no-convert',
        '--no-delimited',
      ],
      ...['--no-typeurl', '--no-beautify', '--es6', '--dependency', 'protobufjs/minimal.js', '-r', 'nodetrust'],
      ...['-o', js, join(wire, 'nodetrust.proto')],
    ])
    run('pbts', ['-o', types, js])
    return { js: HEADER + readNumbers(readFileSync(js, 'utf8')), types: HEADER + readFileSync(types, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const made = generate()
const targets = [
  [join(wire, 'nodetrust.js'), made.js],
  [join(wire, 'nodetrust.d.ts'), made.types],
] as const
if (process.argv.includes('--check')) {
  const stale = targets.filter(([path, content]) => readFileSync(path, 'utf8') !== content)
  for (const [path] of stale) process.stderr.write(`${path} is not what nodetrust.proto makes: run \`npm run wire\`\n`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const [path, content] of targets) writeFileSync(path, content)
}
