#!/usr/bin/env node
// The `nodetrust` command: looks at the first word and hands over to the half of the house that knows it. The two halves
// never import each other, so the choice is made here.
import { run } from './run.mjs'

const NODE_COMMANDS = ['node', 'certificate', 'status', 'peers', 'open', 'confirm', 'join', 'reachability']

const [command, ...rest] = process.argv.slice(2)
if (command === 'app') run('scripts/app.ts', rest)
else run(NODE_COMMANDS.includes(command) ? 'main/headless.ts' : 'servers/cli.ts', process.argv.slice(2))
