// Whether the packages that this process has loaded are patched (scripts/patches/list.ts says what happens without). Whoever
// starts an entry file by hand gets them unpatched and would never notice, so every entry file asks here before it does anything.

declare global {
  /** Set by scripts/patches/preload.ts where sources run; true inside of bundles, which scripts/build.ts makes patched. */
  var NODETRUST_PATCHED: boolean | undefined
}

/** This process was started in a way that leaves the patches out. */
export class UnpatchedError extends Error {
  override readonly name = 'UnpatchedError'
}

/**
 * Refuses to go on without the patches.
 *
 * @param file  the entry file, relative to the project's root
 * @throws UnpatchedError, with the command that works
 */
export function demandPatches(file: string): void {
  if (globalThis.NODETRUST_PATCHED === true) return
  throw new UnpatchedError(
    `${file} was started without the patches of packages, so strangers could keep it busy. ` +
      `Start it as \`bin/nodetrust …\`, or by \`node scripts/run.mjs ${file} …\``,
  )
}
