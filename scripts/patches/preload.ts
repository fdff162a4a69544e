// Puts the patches of packages in while Node loads them. `scripts/run.mjs` gives this file to Node with `--import`, so it runs
// before anything else of ours, and `core/node-flags.ts` hands it on to every process that is started from there. It ends the
// process where a patch does not fit.
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { applyPatch, checkPatches, PatchError, patchesFor } from './list.ts'

try {
  checkPatches(join(import.meta.dirname, '..', '..'))
} catch (error) {
  if (!(error instanceof PatchError)) throw error
  process.stderr.write(`nodetrust: ${error.message}\n`)
  process.exit(1)
}

// everybody on this machine sees the words of a process, and loading the packages takes a while; the program puts back those that
// are no secret (core/command-title.ts)
if (process.argv.some((word) => /nodetrust:|token|passphrase|password|secret/i.test(word))) process.title = 'nodetrust'

// core/patched.ts asks for it
Object.assign(globalThis, { NODETRUST_PATCHED: true })

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const patches = patchesFor(url)
    if (patches.length === 0) return loaded
    const { source } = loaded
    // Node gives the source of a CommonJS module to nobody; a patch for one would need another way
    if (source == null) throw new PatchError(`${url} cannot be patched: Node does not give its source`)
    const text = typeof source === 'string' ? source : new TextDecoder().decode(source)
    return { ...loaded, source: patches.reduce((patched, patch) => applyPatch(patch, patched), text) }
  },
})
