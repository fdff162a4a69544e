// Makes a bundle that Node keeps in as little memory as it can. A script stays in memory as long as its program runs: with a byte for
// each character where all of them are ASCII, and with two where one is not; and once an error was told, with a number for each line.
import { transform } from 'esbuild'
import type { Plugin } from 'vite'

/** Lines that a terminal shows when Node prints the one of an error. */
const LINE_LIMIT = 160
// oxlint-disable-next-line no-control-regex -- all that is ASCII
const NOT_ASCII = /[^\x00-\x7f]/g

/** The plugin: comments and needless spaces go away, names stay, because whoever reads a stack trace should find those of the source. */
export function smallBundle(): Plugin {
  return {
    name: 'nodetrust-small',
    enforce: 'post',
    async generateBundle(_options, bundle) {
      for (const part of Object.values(bundle)) if (part.type === 'chunk') part.code = await small(part.code)
    },
  }
}

async function small(code: string): Promise<string> {
  const { code: text } = await transform(code, {
    // the syntax is right already
    ...{ loader: 'js', format: 'esm', target: 'esnext', charset: 'ascii', legalComments: 'none' },
    ...{ minifyWhitespace: true, lineLimit: LINE_LIMIT },
  })
  // what is left stands in regular expressions, where an escape means the same
  return text.replace(NOT_ASCII, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
