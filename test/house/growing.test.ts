// Every map, set, table and appended file of servers/, core/, proto/ and main/ stands in growing-things.ts with its bound and the test that
// fills it, so that code which is written later fails here until somebody has thought about what strangers can make it keep.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, it } from 'node:test'
import { APPENDED, type Bound, GROWING, TABLES } from './growing-things.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const ROOMS = ['servers', 'core', 'proto', 'main']

/** Made without anything in it: it is there to be filled. */
const MADE_EMPTY = /new (?!Weak)\w*(?:Map|Set|Cache|Ranking)(?:<[^\n]*?>)?\(\)/g
const TABLE = /CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g
const APPENDING = /\bappendFile(?:Sync)?\b|\bcreateWriteStream\b|\bflags?: 'a\+?'|\bopen(?:Sync)?\([^)]*, 'a\+?'/g

interface Source {
  readonly path: string
  readonly text: string
}

const sources: readonly Source[] = ROOMS.flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => join(ROOT, room, path)),
).map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, 'utf8') }))

function made({ text }: Source): number {
  return [...text.matchAll(MADE_EMPTY)].length
}

function tablesOf({ path, text }: Source): string[] {
  return [...new Set([...text.matchAll(TABLE)].map(([, name = '']) => `${path} ${name}`))]
}

function hasTitle(file: string, title: string): boolean {
  const path = join(ROOT, file)
  return existsSync(path) && readFileSync(path, 'utf8').includes(title)
}

function filledBy(bound: Bound): readonly (readonly [string, string])[] {
  return 'filledBy' in bound ? [bound.filledBy] : []
}

describe('A7 what grows', () => {
  it('stands in the list, each map and set with its bound', () => {
    const found = Object.fromEntries(
      sources.map((source) => [source.path, made(source)]).filter(([, count]) => count !== 0),
    )
    const listed = Object.fromEntries(Object.entries(GROWING).map(([path, bounds]) => [path, bounds.length]))
    assert.deepEqual(found, listed, 'say in test/house/growing-things.ts what bounds it and which test fills it')
  })

  it('stands in the list, each table with its bound', () => {
    assert.deepEqual(sources.flatMap((source) => tablesOf(source)).toSorted(), Object.keys(TABLES).toSorted())
  })

  it('stands in the list, each file that is appended to', () => {
    const found = sources.filter(({ text }) => text.search(APPENDING) >= 0).map(({ path }) => path)
    assert.deepEqual(found.toSorted(), Object.keys(APPENDED).toSorted())
  })

  it('is filled by tests that exist', () => {
    const tests = [...Object.values(GROWING).flatMap((bounds) => bounds.flatMap((bound) => filledBy(bound)))]
    tests.push(...[...Object.values(TABLES), ...Object.values(APPENDED)].map(({ filledBy: test }) => test))
    const missing = tests.filter(([file, title]) => !hasTitle(file, title.replace(/^A7 /, '')))
    assert.deepEqual(missing, [])
  })

  it('is noticed when it is new', () => {
    const text =
      'const seen = new Map<string, Set<string>>()\nreadonly #all = new Set()\nnew PeerMap<number>()\nnew Set([1])'
    assert.equal(made({ path: '', text }), 3)
    assert.deepEqual(tablesOf({ path: 'x.ts', text: 'CREATE TABLE things (a TEXT)' }), ['x.ts things'])
    assert.ok('createWriteStream(path)'.search(APPENDING) >= 0)
  })
})
