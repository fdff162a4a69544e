// How the window's page is bundled. It is served under a policy without inline scripts, inline styles and foreign sources, so
// everything stays a file of its own; `scripts/build.ts` builds with this, and `npx vite` serves it while one works on the page.
import { join } from 'node:path'
import type { UserConfig } from 'vite'

const config: UserConfig = {
  root: join(import.meta.dirname, 'renderer'),
  // the same files are served as app://bundle/ and on loopback, and no path of theirs is known beforehand
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    sourcemap: false,
    // all of these know what the styles are written in
    cssTarget: ['chrome130', 'firefox130', 'safari18'],
    emptyOutDir: true,
    // the polyfill would be an inline script in old browsers and the hints save nothing on loopback
    modulePreload: false,
    // an inlined font or image would be a data: address, which the policy allows for images only
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
}

export default config
