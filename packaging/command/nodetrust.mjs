// Looks at the first word and hands over to the half of the house that knows it: the node, or the servers. Both are bundles
// beside this file; nothing has to be installed.
import { readFileSync } from 'node:fs'

const NODE_COMMANDS = [
  'app',
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

// everybody on this machine sees the words of a process; the program puts back those that are no secret
if (process.argv.some((word) => /nodetrust:|token|passphrase|password|secret/i.test(word))) process.title = 'nodetrust'

const [command, ...rest] = process.argv.slice(2)
// a host's check-up is the servers' half
const forNode = NODE_COMMANDS.includes(command) && !(command === 'doctor' && rest[0] === 'host')
// what a command can do is told by one place for all of them, and nothing is started for it
const help = rest.some((word) => word === '--help' || word === '-h')
if (command === '--version') {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${manifest.version}\n`)
} else {
  await import(forNode && !help ? '../build/headless.js' : '../build/servers/cli.js')
}
