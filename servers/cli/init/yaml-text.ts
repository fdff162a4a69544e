// YAML that is changed in single places of its text, so that comments, order and spelling of everything else stay as a person wrote
// them. What would have to be rewritten over several lines is refused.
import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import { UsageError } from '../../../core/commands/index.ts'

/** Keys, and places in lists. */
export type YamlPath = readonly (string | number)[]

/** A text and its changes. */
export class YamlText {
  text: string

  constructor(text: string) {
    this.text = text
  }

  /** The texts of a list; none where there is no such list. */
  list(path: YamlPath): readonly string[] {
    const node: unknown = this.#parsed().getIn(path, true)
    return isSeq(node) ? node.items.flatMap((item) => (isScalar(item) ? [String(item.value)] : [])) : []
  }

  /**
   * Sets a value, which is given as YAML of one line; keys on the way to it are made where they are missing.
   *
   * @throws UsageError where something of several lines stands there
   */
  set(path: readonly string[], value: string): void {
    let node: unknown = this.#parsed().contents
    for (const [index, key] of path.entries()) {
      if (!isMap(node)) throw byHand(path.slice(0, index))
      const pair = pairOf(node, key)
      if (!pair) return this.#insert(node, key, nested(path.slice(index + 1), value))
      node = pair.value
      if (index === path.length - 1) return this.#replace(node, value, path)
    }
  }

  /**
   * Adds to the end of a list.
   *
   * @throws UsageError where there is none
   */
  append(path: YamlPath, value: string): void {
    const node: unknown = this.#parsed().getIn(path, true)
    if (!isSeq(node) || !node.range) throw byHand(path)
    const last: unknown = node.items.at(-1)
    const end = isScalar(last) ? last.range?.[1] : undefined
    if (node.flow === true && node.items.length === 0) return this.#splice(node.range[0], node.range[1], `[${value}]`)
    if (end === undefined) throw byHand(path)
    if (node.flow === true) return this.#splice(end, end, `, ${value}`)
    if (isBlock(last)) throw byHand(path)
    this.#newLine(end, `${this.#indentOf(node.range[0])}- ${value}`)
  }

  /**
   * Puts another word in the place of one, in values only.
   *
   * @param where  whether a value is meant, by its path with dots
   * @returns in how many values it was
   */
  replaceWord(word: string, next: string, where: (path: string) => boolean): number {
    const whole = new RegExp(
      String.raw`(?<![\w.:])${word.replaceAll(/[.[\]]/g, String.raw`\$&`)}(?![\w.${word.includes(':') ? ':' : ''}])`,
      'g',
    )
    const found: (readonly [from: number, to: number, text: string])[] = []
    visit(this.#parsed(), {
      Scalar: (key, node, way) => {
        if (key === 'key' || typeof node.value !== 'string' || !node.range || !where(pathOf(way))) return
        const [from, to] = node.range
        const text = this.text.slice(from, to).replace(whole, next)
        if (text !== this.text.slice(from, to)) found.push([from, to, inQuotes(text)])
      },
    })
    for (const [from, to, text] of found.toReversed()) this.#splice(from, to, text)
    return found.length
  }

  #parsed(): Document {
    return parseDocument(this.text)
  }

  #splice(from: number, to: number, text: string): void {
    this.text = `${this.text.slice(0, from)}${text}${this.text.slice(to)}`
  }

  #replace(node: unknown, value: string, path: YamlPath): void {
    const range =
      (isScalar(node) || isCollection(node)) && (isScalar(node) || node.flow === true) ? node.range : undefined
    if (!range) throw byHand(path)
    // `key:` with nothing behind it
    const isEmpty = range[0] === range[1]
    this.#splice(range[0], range[1], isEmpty ? ` ${value}` : value)
  }

  /** Behind the first value of one line, so that no comment gets between another key and what it explains. */
  #insert(map: YAMLMap, key: string, value: string): void {
    const [first] = map.items
    if (map.flow === true && map.range) {
      return this.#splice(map.range[0] + 1, map.range[0] + 1, first ? ` ${key}: ${value},` : ` ${key}: ${value} `)
    }
    const anchor = map.items.find((pair) => isScalar(pair.value) && pair.value.range && !isBlock(pair.value))
    const start = rangeOf(anchor?.key)?.[0]
    const end = rangeOf(anchor?.value)?.[1]
    if (start === undefined || end === undefined) throw byHand([key])
    this.#newLine(end, `${this.#indentOf(start)}${key}: ${value}`)
  }

  /** Below the line in which something ends, so that its comment stays with it, and with the file's own ends of lines. */
  #newLine(end: number, line: string): void {
    const at = end + this.text.slice(end).search(/\r?\n|$/)
    this.#splice(at, at, `${this.text.includes('\r\n') ? '\r\n' : '\n'}${line}`)
  }

  /** The spaces before a place in its line. */
  #indentOf(at: number): string {
    return ' '.repeat(at - (this.text.lastIndexOf('\n', at - 1) + 1))
  }
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
}

/** Whether it is a text of several lines behind `|` or `>`, which ends where the next line begins. */
function isBlock(node: unknown): boolean {
  return isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED)
}

function rangeOf(node: unknown): Node['range'] {
  return isScalar(node) || isCollection(node) ? node.range : undefined
}

function nested(path: readonly string[], value: string): string {
  return path.toReversed().reduce((inner, key) => `{ ${key}: ${inner} }`, value)
}

/** Where a value stands, with dots. */
function pathOf(way: readonly unknown[]): string {
  return way
    .flatMap((one) => {
      const key = typeof one === 'object' && one !== null && 'key' in one ? one.key : undefined
      return isScalar(key) ? [String(key.value)] : []
    })
    .join('.')
}

/** A text that may not stand without quotes gets some. */
function inQuotes(text: string): string {
  return /^["']/.test(text) || !/^[[\]{}&*!|>%@`:,#]/.test(text) ? text : `"${text}"`
}

function byHand(path: YamlPath): UsageError {
  return new UsageError(`\`${path.join('.')}\` is written in a way that cannot be changed here: change it by hand`)
}
