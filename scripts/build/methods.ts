// What calls take, and how often, is checked by whoever is called (main/api/dispatch.ts); the page checks what it is given. So the page's files
// leave everything else out of the table of methods, which is a good part of what a visit loads.
import type { Plugin } from 'vite'

/** What the page reads of a method. */
const READ: readonly string[] = ['output', 'role', 'timeoutMs']
const TABLES = /\/proto\/api\/(?:methods|[a-z]+-methods)\.ts$/

/** The plugin, for the page alone. */
export const outputsAlone: Plugin = {
  name: 'nodetrust-outputs-alone',
  enforce: 'post',
  transform(code, id) {
    if (!TABLES.test(id)) return null
    const ranges: (readonly [from: number, to: number])[] = []
    const look = (node: unknown): void => {
      if (Array.isArray(node)) {
        for (const each of node) look(each)
        return
      }
      if (typeof node !== 'object' || node === null) return
      if (isMethodCall(node)) {
        for (const { key, start, end } of node.arguments[0]?.properties ?? [])
          if (key?.name !== undefined && !READ.includes(key.name))
            ranges.push([start, code.slice(end).trimStart().startsWith(',') ? code.indexOf(',', end) + 1 : end])
        return
      }
      for (const each of Object.values(node)) look(each)
    }
    look(this.parse(code).body)
    if (ranges.length === 0) throw new Error(`${id} has no method in the form that is expected`)
    return {
      code: ranges
        .toSorted(([one], [other]) => other - one)
        .reduce((text, [from, to]) => text.slice(0, from) + text.slice(to), code),
      map: null,
    }
  },
}

interface MethodCall {
  readonly arguments: readonly {
    readonly properties?: readonly {
      readonly key?: { readonly name?: string }
      readonly start: number
      readonly end: number
    }[]
  }[]
}

/** Whether it is a call `method({ … })`. */
function isMethodCall(node: object): node is MethodCall {
  const { type, callee } = node as { readonly type?: unknown; readonly callee?: { readonly name?: unknown } }
  return type === 'CallExpression' && callee?.name === 'method'
}
