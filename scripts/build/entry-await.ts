// Electron becomes ready only after the entry module has run to its end, with every module that it imports. An `await` outside of
// all functions that waits for Electron, anywhere among them, is an app that never opens: no window, no tray, no message. So the
// build of the desktop program has none at all.
import { transform, type Message, type TransformFailure } from 'esbuild'
import type { Plugin } from 'vite'

/** A place where a bundle waits outside of all functions. */
export interface EntryAwait {
  /** The module as the bundle names it; undefined where no name stands before. */
  readonly module: string | undefined
  /** The line itself. */
  readonly text: string
}

/** The comment that stands before each module in a bundle. */
const MODULE = /^\/\/ (\S+\.[cm]?[jt]sx?)$/

/**
 * Finds what is awaited outside of all functions: `await`, `for await` and `await using`.
 *
 * @param code  a bundle with the comments that name its modules
 */
export async function findEntryAwaits(code: string): Promise<EntryAwait[]> {
  const lines = code.split('\n')
  return (await refusedAsCommonJs(code)).map(({ location }) => {
    const named = lines.slice(0, location?.line ?? 0).findLast((line) => MODULE.test(line))
    return { module: MODULE.exec(named ?? '')?.[1], text: location?.lineText.trim() ?? '' }
  })
}

/** CommonJS has no such await, so a compiler that shall write it knows each one. */
async function refusedAsCommonJs(code: string): Promise<readonly Message[]> {
  try {
    await transform(code, { format: 'cjs', target: 'esnext', logLevel: 'silent', logLimit: 0 })
    return []
  } catch (error) {
    const { errors = [] } = error as Partial<TransformFailure>
    if (errors.length === 0 || errors.some(({ text }) => !text.startsWith('Top-level await'))) throw error
    return errors
  }
}

/** The plugin; what it finds is an error of the build. */
export function refuseEntryAwait(): Plugin {
  return {
    name: 'nodetrust-entry-await',
    async generateBundle(_options, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type !== 'chunk') continue
        const found = await findEntryAwaits(part.code)
        const places = found.map(({ module, text }) => `\n  ${module ?? part.fileName}: ${text}`)
        if (places.length > 0)
          throw new Error(
            `Electron never becomes ready while a module waits outside of all functions; put it into one:${places.join('')}`,
          )
      }
    },
  }
}
