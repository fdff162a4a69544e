// Keeps paths true in a bundle: a source file that finds something by its own folder (`import.meta.dirname`) finds it from the
// bundle too, as if it still lay below the package's root. A package keeps its bundles in `build/`, as the project does.
import { dirname, join, relative, sep } from 'node:path'
import type { Plugin } from 'vite'

/** Where a bundle is made and will lie. */
export interface PathsInit {
  /** The project's root. */
  readonly root: string
  /** The bundle, relative to the package's root, such as build/servers/cli.js. */
  readonly output: string
}

/** The sandbox starts nodes by their source file, which a package does not have; the bundle of it stands in. */
const HEADLESS = {
  file: 'servers/sandbox/node-process.ts',
  source: `join(import.meta.dirname, '..', '..', 'main', 'headless.ts')`,
  bundle: `join(import.meta.dirname, '..', '..', 'build', 'headless.js')`,
} as const

/** The folders whose files may ask where they are. */
const OURS = /^(?:proto|core|main|servers|preload)\//

/** The plugin; a source it has to know and does not find as expected is an error of the build. */
export function keepPaths({ root, output }: PathsInit): Plugin {
  const up = posix(relative(dirname(output), '.'))
  return {
    name: 'nodetrust-paths',
    enforce: 'pre',
    transform(code, id) {
      const file = posix(relative(root, id))
      if (!OURS.test(file) || !code.includes('import.meta.')) return null
      const other = /import\.meta\.(?:url|filename)/.exec(code)?.[0]
      if (other) throw new Error(`${file} uses ${other}, which is another file in a bundle: use import.meta.dirname`)
      let text = code
      if (file === HEADLESS.file) {
        if (!text.includes(HEADLESS.source))
          throw new Error(`${file} does not find the node as scripts/build/paths.ts expects`)
        text = text.replace(HEADLESS.source, HEADLESS.bundle)
      }
      const folder = join(up, dirname(file)).split(sep).join('/')
      return text
        .replaceAll('import.meta.dirname', () => `nodetrustPath(import.meta.dirname, '${folder}')`)
        .replace(/^/, text.includes('import.meta.dirname') ? `import { join as nodetrustPath } from 'node:path'\n` : '')
    },
  }
}

function posix(path: string): string {
  return path.split(sep).join('/')
}
