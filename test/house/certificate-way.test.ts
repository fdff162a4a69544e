// docs/architecture.md leads a newcomer: what it says is in a file is made there, and every room of the house stands in its table.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8')
const way = page.split('### A certificate’s way through the folders').at(-1)?.split('\n### ')[0] ?? ''
const stops = [...way.matchAll(/^\|\s*\d+\s*\| `([^`]+)`\s*\| `([^`]+)`\s*\|/gm)]

/** Whether a source makes something of that name: a function, a value, a type or a method; a mere call or import is none. */
function makes(name: string, text: string): boolean {
  const declared = `^\\s*(?:export )?(?:declare )?(?:async )?(?:function\\*?|const|let|class|interface|type) ${name}\\b`
  const method = `^\\s*(?:readonly )?(?:async )?${name}(?:<[^\\n]*>)?\\([^\\n]*\\)[^;\\n]*\\{$`
  return new RegExp(`${declared}|${method}`, 'm').test(text)
}

describe('a certificate’s way through the folders', () => {
  test('is told in one table', () => assert.ok(stops.length >= 15))

  for (const [, file = '', name = ''] of stops) {
    test(`${file} makes ${name}`, () => {
      assert.ok(makes(name, readFileSync(join(root, file), 'utf8')))
    })
  }

  test('tells a function that is made from one that is called or fetched', () => {
    for (const made of [
      'export async function thing(',
      'const thing = 1',
      '  async thing(next) {',
      '  thing<A>(a: A): B {',
    ])
      assert.ok(makes('thing', made), made)
    for (const other of ["import { thing } from './x.ts'", 'const get = thing(1)', '  thing(1)', '  thing(a: A): B'])
      assert.ok(!makes('thing', other), other)
  })
})

describe('the page on the architecture', () => {
  for (const [, name = '', file = ''] of page.matchAll(/`(\w+)` in `([\w./-]+\.tsx?)`/g))
    test(`finds ${name} in ${file}`, () => assert.ok(makes(name, readFileSync(join(root, file), 'utf8'))))

  test('names every room of the house, and files that are there', () => {
    const rooms = ['proto', 'core', 'servers', 'main'].flatMap((floor) =>
      readdirSync(join(root, floor), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${floor}/${name}/`),
    )
    const table = page.split('### Rooms').at(-1)?.split('\n## ')[0] ?? ''
    const named = [...table.matchAll(/`([\w./-]+)`/g)].map(([, path = '']) => path)
    // a row says the floor once: `servers/proof/`, `issue/`
    const missing = rooms.filter((room) => !named.some((path) => path.startsWith(room) || room.endsWith(`/${path}`)))
    assert.deepEqual(missing, [])
    const gone = named.filter((path) => path.includes('/') && !path.endsWith('/') && !existsSync(join(root, path)))
    assert.deepEqual(gone, [])
  })
})
