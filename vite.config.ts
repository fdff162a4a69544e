// How the window's page is bundled. It is served under a policy without inline scripts, inline styles and foreign sources, so
// everything stays a file of its own; `scripts/build.ts` builds with this, and `npx vite` serves it while one works on the page.
import { join } from 'node:path'
import type { Plugin, UserConfig } from 'vite'
import { outputsAlone } from './scripts/build/methods.ts'
import { partedTexts } from './scripts/build/texts.ts'

/**
 * Vite wraps each dynamic import in a kilobyte that fetches the styles and hints of the imported file first. Ours have none (all styles
 * are one file, and there are no hints), so the import is left alone.
 */
const plainImports: Plugin = {
  name: 'plain-imports',
  enforce: 'pre',
  load: (id) => (id.endsWith('vite/preload-helper.js') ? 'export const __vitePreload = (load) => load()' : undefined),
}

/** Nobody reads the HTML that goes out: no comment, no space between elements. */
const lean: Plugin = {
  name: 'nodetrust-lean-html',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => html.replaceAll(/<!--[^]*?-->/g, '').replaceAll(/>\s+</g, '><'),
  },
}

const config: UserConfig = {
  root: join(import.meta.dirname, 'renderer'),
  // the same files are served as app://bundle/ and on loopback, and no path of theirs is known beforehand
  base: './',
  publicDir: false,
  plugins: [plainImports, partedTexts, outputsAlone, lean],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    sourcemap: false,
    // Electron, and browsers of the last two years
    target: ['chrome130', 'firefox130', 'safari18'],
    emptyOutDir: true,
    // the polyfill would be an inline script in old browsers and the hints save nothing on loopback
    modulePreload: false,
    // an inlined font or image would be a data: address, which the policy allows for images only
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // what the first drawing needs is one file; what comes later stands in renderer/views/late/
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'index', tags: ['$initial'] }] } } },
  },
}

export default config
