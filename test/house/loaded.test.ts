// A command that is asked by scripts and by people every day loads what it needs: none of them libp2p, which takes longer to read than all
// that they do. What stands in `import` at the top is loaded; what a function fetches when it runs is not.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, test } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')

const IMPORT = /^(?:import|export)\s+(?!type\b)(?:([^'";]*?)\sfrom\s+)?'([^']+)'/gm

/** Packages that a file loads, with the way to each. */
function packagesOf(file: string): Map<string, string> {
  const packages = new Map<string, string>()
  const seen = new Set<string>()
  const visit = (path: string, way: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const here = `${way} < ${relative(ROOT, path)}`
    for (const [, clause = '', from = ''] of readFileSync(path, 'utf8').matchAll(IMPORT)) {
      const names = /^\{([^}]*)\}$/s
        .exec(clause.trim())?.[1]
        ?.split(',')
        .map((name) => name.trim()) ?? ['all']
      if (names.every((name) => name === '' || name.startsWith('type '))) continue
      if (from.startsWith('.')) visit(join(dirname(path), from), here)
      else if (!from.startsWith('node:'))
        packages.set(
          from
            .split('/')
            .slice(0, from.startsWith('@') ? 2 : 1)
            .join('/'),
          here,
        )
    }
  }
  visit(join(ROOT, file), '')
  return packages
}

const COMMANDS = ['status', 'peers', 'reachability', 'logs', 'join', 'open', 'confirm']
const HEAVY = ['libp2p', '@libp2p/gossipsub', '@libp2p/noise', '@peculiar/x509', 'acme-client', 'ws', 'electron']

describe('what a command loads', () => {
  for (const file of [
    ...['main/headless.ts', 'main/cli/commands.ts', ...COMMANDS.map((name) => `main/cli/commands/${name}.ts`)],
    ...['servers/cli.ts', 'servers/cli/init.ts', 'servers/cli/invite.ts'],
  ])
    test(`is none of libp2p and of what reads certificates: ${file}`, () => {
      const packages = packagesOf(file)
      assert.deepEqual(
        HEAVY.flatMap((name) => (packages.has(name) ? [`${name}${packages.get(name)}`] : [])),
        [],
      )
    })

  test('is all of it where a node runs', () => {
    assert.ok(packagesOf('main/cli/run-node.ts').has('libp2p'))
  })
})
