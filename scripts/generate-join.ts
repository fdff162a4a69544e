// Makes servers/join/script.ts: the script of an invitation's web page as text, out of renderer/join/join.ts and what it shares with the app.
// Servers run from their sources and have no bundler, so it lies in the tree. `--check` changes nothing and fails where it is not what
// would be made.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const root = join(import.meta.dirname, '..')
const target = join(root, 'servers', 'join', 'script.ts')

const HEADER = '// Made by `npm run join` from renderer/join/join.ts; do not edit.\n'

function made(): string {
  const [file] = buildSync({
    entryPoints: [join(root, 'renderer', 'join', 'join.ts')],
    ...{
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      target: 'es2022',
      charset: 'ascii',
      legalComments: 'none',
    },
  }).outputFiles
  if (!file) throw new Error('esbuild made nothing')
  // nothing in it may end the element that it stands in
  const code = file.text.trim().replaceAll('</', '<\\/')
  return `${HEADER}export const JOIN_SCRIPT =\n  ${JSON.stringify(code)}\n`
}

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== made()) {
    console.error(`${target} is not what renderer/join/join.ts makes: run \`npm run join\``)
    process.exitCode = 1
  }
} else writeFileSync(target, made())
