// A function that is handed to somebody who calls it with more than it expects takes the index for its own second parameter. The
// linter refuses that for arrays; what it does not know (Array.from) and the functions that would suffer are looked for here.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, before, describe, it } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')
const ROOMS = ['proto', 'core', 'servers', 'main', 'preload', 'renderer']

/** `Array.from(list, name)` calls with an index as `map` does. (`replace` gives groups as well: that is what is wanted there.) */
const BARE_CALLBACK = [/\bArray\.from\((?:[^(),]|\([^()]*\))+, (?!String\b|Number\b|Boolean\b)[a-z]\w*(?:\.\w+)*\)/g]

/** A function of one thing and an optional number: handed to map it would take the index for the number. */
const OPTIONAL_NUMBER = [
  /\bfunction \w+(?:<[^>]*>)?\(\s*[^(),]+(?:\([^()]*\))?[^(),]*,\s*\w+(?:\?: number| = [0-9A-Z][\w.]*|: number = [^,)]+)\s*[,)]/g,
  /\bconst \w+ = (?:async )?\(\s*(?:\{[^}]*\})?[^(),]+,\s*\w+(?:\?: number| = [0-9A-Z][\w.]*|: number = [^,)]+)\s*[,)]/g,
]

function sources(room: string): string[] {
  return readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => join(ROOT, room, path))
}

function findings(text: string, patterns: readonly RegExp[]): string[] {
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([found]) => found.replaceAll(/\s+/g, ' ')))
}

function inAllRooms(patterns: readonly RegExp[]): string[] {
  return ROOMS.flatMap((room) => sources(room)).flatMap((path) =>
    findings(readFileSync(path, 'utf8'), patterns).map((found) => `${relative(ROOT, path)}: ${found}`),
  )
}

describe('A5 a function that is handed on', () => {
  let folder = ''

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'nodetrust-callbacks-'))
    cpSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  it('is refused by the linter bare in what calls it with an index', () => {
    const methods = ['map', 'flatMap', 'filter', 'forEach', 'find', 'some', 'every']
    const paths = ROOMS.flatMap((room) => methods.map((method) => ({ method, path: `${room}/x-${method}.ts` })))
    for (const { method, path } of paths) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      const given = '(texts: string[], parse: (text: string) => boolean)'
      writeFileSync(join(folder, path), `export const given = ${given} => texts.${method}(parse)\n`)
    }
    const { stdout } = spawnSync(join(ROOT, 'node_modules', '.bin', 'oxlint'), ['-c', '.oxlintrc.json', '-f', 'unix'], {
      cwd: folder,
      encoding: 'utf8',
    })
    const refused = stdout.split('\n').filter((line) => line.includes('no-array-callback-reference'))
    const missing = paths.filter(({ path }) => !refused.some((line) => line.startsWith(path)))
    assert.deepEqual(missing, [], stdout)
  })

  it('is written with the parameter that it takes, where the linter does not look', () => {
    assert.deepEqual(inAllRooms(BARE_CALLBACK), [])
    assert.equal(findings('Array.from(list, parse)', BARE_CALLBACK).length, 1)
  })

  it('has its optional numbers by name, if it takes one thing besides', () => {
    assert.deepEqual(inAllRooms(OPTIONAL_NUMBER), [])
    const examples = [
      'function prefixOf(ip: IpAddress, bytes = 7): string {',
      'export async function read(path: string, maxBytes?: number): Promise<string> {',
      'const waitOf = async (charge: Charge, share?: number) => share',
      'const waitOf = (charge, share = LIMIT) => share',
    ]
    for (const example of examples) assert.equal(findings(example, OPTIONAL_NUMBER).length, 1, example)
  })
})
