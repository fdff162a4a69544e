#!/usr/bin/env node
// The `nodetrust` command: looks at the first word and hands over to the half of the house that knows it. The two halves
// never import each other, so the choice is made here.
import { run } from './run.mjs'

const [command, ...args] = process.argv.slice(2)
if (command === 'app' || command === 'node' || command === 'certificate') run('main/headless.ts', [command, ...args])
else run('servers/cli.ts', process.argv.slice(2))
