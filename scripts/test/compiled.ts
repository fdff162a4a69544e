// What Node makes of the sources before it runs them (types taken away, code compiled) is kept for the time of a run: hundreds of processes
// read the same thousand files, and that is a third of all that a run costs. The folder is new for each run and for its user alone, since
// what lies there is run.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where Node looks (module.enableCompileCache, Node 22.1). */
const VARIABLE = 'NODE_COMPILE_CACHE'

/** From now on every process that is started from here has it; whoever set the variable has chosen, and keeps, a folder of their own. */
export function keepCompiled(env: NodeJS.ProcessEnv = process.env): void {
  if (env[VARIABLE] !== undefined) return
  const folder = mkdtempSync(join(tmpdir(), 'nodetrust-compiled-'))
  env[VARIABLE] = folder
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
}
