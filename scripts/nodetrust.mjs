#!/usr/bin/env node
// The `nodetrust` command: looks at the first word and hands over to the half of the house that knows it. The two halves
// never import each other, so the choice is made here.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepare, run } from './run.mjs'

const NODE_COMMANDS = [
  'node',
  'certificate',
  'status',
  'peers',
  'open',
  'confirm',
  'join',
  'reachability',
  'doctor',
  'logs',
  'record',
  'name',
  'resolver',
]

const [command, ...rest] = process.argv.slice(2)
// an invitation may hold a token, and everybody on this machine sees the words of a process: this one is short-lived or waits
// under another title, and the program gets it as a variable, which only its owner may read
const link = command === 'join' ? rest.findIndex((word) => /^(nodetrust|https?):/i.test(word)) : -1
if (link >= 0) [process.env.NODETRUST_INVITATION] = rest.splice(link, 1)
if (process.argv.some((word) => /^nodetrust:|token|passphrase|password|secret/i.test(word))) process.title = 'nodetrust'

// a host's check-up is the servers' half
const forNode = NODE_COMMANDS.includes(command) && !(command === 'doctor' && rest[0] === 'host')
// what a command can do is told by one place for all of them, and nothing is started for it
const help = rest.some((word) => word === '--help' || word === '-h')

// a node shows its page to browsers, and a clone has none before it was built; a node runs without one, too
const page = join(dirname(dirname(fileURLToPath(import.meta.url))), 'build', 'renderer', 'index.html')
if ((command === 'node' || command === 'open') && !help && !existsSync(page)) {
  process.stderr.write('nodetrust: building the page for browsers, once ...\n')
  if (!(await prepare('scripts/build.ts', ['renderer'])))
    process.stderr.write('nodetrust: it could not be built; the node goes on without its page.\n')
}

if (command === 'app' && !help) await run('scripts/app.ts', rest)
else
  await run(forNode && !help ? 'main/headless.ts' : 'servers/cli.ts', command === undefined ? [] : [command, ...rest])
