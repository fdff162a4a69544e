// Keys of the configuration that the documents name exist: whoever copies one gets no "unknown key".
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { ServersConfig } from '../../servers/config.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'docs/running.md',
  'docs/self-hosting.md',
  'docs/keeping-it.md',
  'docs/security.md',
  'docs/packaging.md',
]

/** Named as what was there before. */
const FORMER = new Set(['issue.budget.newCertificates', 'broker.admin'])

/** All dotted paths of a schema, whatever wraps it. */
function pathsOf(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const inner = ['wrapped', 'item'].flatMap((name) => pathsOf(Reflect.get(schema, name), path))
  const lists = ['pipe', 'options'].flatMap((name) => {
    const list: unknown = Reflect.get(schema, name)
    return Array.isArray(list) ? list.flatMap((one) => (one === schema ? [] : pathsOf(one, path))) : []
  })
  const entries: unknown = Reflect.get(schema, 'entries')
  const own = Object.entries(typeof entries === 'object' && entries !== null ? entries : {}).flatMap(([key, value]) => {
    const whole = path === '' ? key : `${path}.${key}`
    return [whole, ...pathsOf(value, whole)]
  })
  // a lazy one decides by what it is given
  const getter: unknown = Reflect.get(schema, 'getter')
  const lazy = typeof getter === 'function' ? pathsOf(Reflect.apply(getter, undefined, [{}]), path) : []
  return [...inner, ...lists, ...lazy, ...own]
}

test('every key of the configuration that a document names is one', async () => {
  const known = new Set([...pathsOf(NodeConfigSchema), ...pathsOf(ServersConfig)])
  assert.ok(known.has('certificate.exportGroup') && known.has('admin.metrics') && known.has('broker.limits.newPeers'))
  const sections = new Set([...known].map((path) => path.split('.')[0]))
  const wrong: string[] = []
  for (const page of PAGES) {
    const text = await readFile(join(ROOT, page), 'utf8')
    for (const [, named = ''] of text.matchAll(/`([a-z]+(?:\.[a-zA-Z]+)+)(?:: [^`]*)?`/g)) {
      const isFile = /\.(?:key|yaml|sqlite|json|ts|md|mjs|pem|token|html)$/.test(named)
      if (!isFile && sections.has(named.split('.')[0]) && !known.has(named) && !FORMER.has(named))
        wrong.push(`${page}: ${named}`)
    }
  }
  assert.deepEqual(wrong, [])
})
