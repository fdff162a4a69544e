// Puts the patches of packages (scripts/patches/list.ts) into bundles, so that what is packed runs the same code as the sources do.
import { sep } from 'node:path'
import { applyPatch, checkPatches, type Patch, PATCHES, patchesFor } from '../patches/list.ts'
import type { Plugin } from 'vite'

/** The plugin. @param root  the project's root; a patch that does not fit what is installed there is an error of the build */
export function patchPackages(root: string, patches: readonly Patch[] = PATCHES): Plugin {
  return {
    name: 'nodetrust-patches',
    enforce: 'pre',
    buildStart() {
      checkPatches(root, patches)
    },
    transform(code, id) {
      const fitting = patchesFor(id.split(sep).join('/'), patches)
      return fitting.length > 0 ? fitting.reduce((patched, patch) => applyPatch(patch, patched), code) : null
    },
  }
}
