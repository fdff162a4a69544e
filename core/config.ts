// Configuration from one YAML file, then NODETRUST_* variables, then flags, checked against a schema. A wrong value names
// itself, what was expected and where it came from; an unknown key is an error, because a typo is not a wish.
import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { isMap, isPair, isScalar, isSeq, parse as parseYaml, parseDocument, type Document } from 'yaml'
import { didYouMean } from './commands/nearest.ts'
import { readFileIfThere } from './files.ts'

/** A configuration that cannot be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Where a configuration comes from; what comes later wins. */
export interface ConfigSources {
  /** What holds where no file, variable or flag says otherwise, such as what a person chose in a window. */
  readonly base?: Readonly<Record<string, unknown>> | undefined
  /** Path of the YAML file; none is fine where the schema has defaults for all. */
  readonly file?: string | undefined
  /** Environment, usually `process.env`: `NODETRUST_NODE__LISTEN` sets `node.listen`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Flags: `--node.listen=VALUE` sets `node.listen`. */
  readonly flags?: Readonly<Record<string, string>> | undefined
}

/** Variables that are ours but no part of the configuration. */
const RESERVED_VARIABLES = new Set([
  ...['NODETRUST_CONFIG', 'NODETRUST_INVITATION'],
  // what a hook is told, so that it may call our own commands
  ...['FULLCHAIN', 'PRIVKEY', 'CERT', 'CHAIN', 'COMBINED', 'NAMES', 'NOT_BEFORE', 'NOT_AFTER', 'ISSUER'].map(
    (name) => `NODETRUST_CERTIFICATE_${name}`,
  ),
])

/** A configuration is a page or two; a file of megabytes is not one. */
const MAX_FILE_BYTES = 262_144

/**
 * Reads, merges and checks a configuration.
 *
 * @returns what the schema makes of it, defaults filled in
 * @throws ConfigError, also for a file that is absent, or FileError for one that cannot be read
 */
export async function loadConfig<Schema extends v.GenericSchema>(
  schema: Schema,
  sources: ConfigSources,
): Promise<v.InferOutput<Schema>> {
  const { tree, origins } = await readTree(sources)
  const result = v.safeParse(schema, layered(sources.base ?? {}, tree))
  if (result.success) return result.output
  throw new ConfigError(result.issues.map((issue) => explain(schema, issue, origins, sources.file)).join('\n'))
}

/**
 * The keys that a file, a variable or a flag sets, dotted, such as `listen.wss`.
 *
 * @throws ConfigError, FileError
 */
export async function configuredKeys(sources: ConfigSources): Promise<ReadonlySet<string>> {
  const keys = new Set<string>()
  const visit = (tree: Tree, trail: readonly string[]): void => {
    for (const [key, value] of Object.entries(tree)) {
      keys.add([...trail, key].join('.'))
      if (isTree(value)) visit(value, [...trail, key])
    }
  }
  visit((await readTree(sources)).tree, [])
  return keys
}

async function readTree(
  sources: ConfigSources,
): Promise<{ readonly tree: Tree; readonly origins: Map<string, string> }> {
  const origins = new Map<string, string>()
  const tree: Tree = sources.file === undefined ? {} : await readConfigFile(sources.file, origins)
  for (const [name, text] of Object.entries(sources.env ?? {})) {
    if (!name.startsWith('NODETRUST_') || RESERVED_VARIABLES.has(name) || text === undefined) continue
    // `NODETRUST_LOG=` is how Compose files and unit files write "not set"
    if (text.trim() === '' || isServiceVariable(name, text)) continue
    put(
      tree,
      name
        .slice('NODETRUST_'.length)
        .split('__')
        .map((word) => camelCase(word)),
      text,
      `the variable ${name}`,
      origins,
    )
  }
  for (const [name, text] of Object.entries(sources.flags ?? {})) {
    put(tree, name.split('.'), text, `the flag --${name}`, origins)
  }
  return { tree, origins }
}

/**
 * What Kubernetes (and, for linked containers, Docker) puts into the environment of every container for a service whose name
 * begins with `nodetrust`. Name and value must both look like it, so that a mistyped variable of ours still names itself.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const SERVICE_VARIABLES: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/_SERVICE_HOST$/, /^[0-9a-fA-F.:]+$/],
  [/_SERVICE_PORT(_[A-Z0-9_]+)?$/, /^[0-9]{1,5}$/],
  [/_PORT(_[0-9]{1,5}_(TCP|UDP|SCTP))?$/, /^(tcp|udp|sctp):\/\/\S+$/],
  [/_PORT_[0-9]{1,5}_(TCP|UDP|SCTP)_PROTO$/, /^(tcp|udp|sctp)$/],
  [/_PORT_[0-9]{1,5}_(TCP|UDP|SCTP)_PORT$/, /^[0-9]{1,5}$/],
  [/_PORT_[0-9]{1,5}_(TCP|UDP|SCTP)_ADDR$/, /^[0-9a-fA-F.:]+$/],
  [/_NAME$/, /^\/\S+\/\S+$/],
  // Docker hands on the variables of a linked container, whatever they are; no section of ours is called so
  [/^NODETRUST_([A-Z0-9_]+_)?ENV_[A-Za-z0-9_]+$/, /^/],
]

function isServiceVariable(name: string, text: string): boolean {
  return SERVICE_VARIABLES.some(([names, values]) => names.test(name) && values.test(text.trim()))
}

/** The keys of both; where both have one that is no group of keys, the upper one's counts. */
function layered(base: Readonly<Record<string, unknown>>, over: Tree): Tree {
  const merged: Tree = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const under = merged[key]
    merged[key] = isTree(under) && isTree(value) ? layered(under, value) : value
  }
  return merged
}

type Tree = { [key: string]: unknown }

async function readConfigFile(path: string, origins: Map<string, string>): Promise<Tree> {
  const bytes = await readFileIfThere(path)
  if (!bytes) throw new ConfigError(`there is no configuration file ${path}: make one with \`nodetrust init\``)
  if (bytes.length > MAX_FILE_BYTES)
    throw new ConfigError(`${path} has ${bytes.length} bytes, a configuration has at most ${MAX_FILE_BYTES}`)
  const text = bytes.toString('utf8')
  const document = parseDocument(text, { strict: true, uniqueKeys: true })
  const fault = document.errors[0]
  if (fault) throw new ConfigError(`${path} is not YAML: ${fault.message.split('\n')[0]}`)
  const tree: unknown = document.toJS({ maxAliasCount: 0 })
  if (tree === null || tree === undefined) return {}
  if (!isTree(tree)) throw new ConfigError(`${path} must hold keys and values, not a single value or a list`)
  rememberLines(document, text, path, origins)
  return tree
}

/** Notes for each key on which line of the file it stands. */
function rememberLines(document: Document, text: string, path: string, origins: Map<string, string>): void {
  const visit = (node: unknown, trail: readonly string[]): void => {
    if (isSeq(node)) for (const [at, item] of node.items.entries()) visit(item, [...trail, String(at)])
    if (!isMap(node)) return
    for (const pair of node.items) {
      if (!isPair(pair) || !isScalar(pair.key)) continue
      const key = [...trail, String(pair.key.value)]
      const line = text.slice(0, pair.key.range?.[0] ?? 0).split('\n').length
      origins.set(key.join('.'), `${path} line ${line}`)
      visit(pair.value, key)
    }
  }
  visit(document.contents, [])
}

function put(tree: Tree, path: readonly string[], text: string, origin: string, origins: Map<string, string>): void {
  let place = tree
  for (const key of path.slice(0, -1)) {
    const next = place[key]
    const inner: Tree = isTree(next) ? next : {}
    place[key] = inner
    place = inner
  }
  place[path.at(-1) ?? ''] = scalar(text)
  origins.set(path.join('.'), origin)
}

/** A value as YAML reads it: `8443` is a number, `[a, b]` a list; what is no YAML is taken as text. */
function scalar(text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 0 }) as unknown
  } catch {
    return text
  }
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function explain(
  schema: unknown,
  issue: v.BaseIssue<unknown>,
  origins: ReadonlyMap<string, string>,
  file: string | undefined,
): string {
  const keys = (issue.path ?? []).map((item) => String(item.key))
  const path = keys.join('.')
  const from = keys
    .map((_, index) => origins.get(keys.slice(0, keys.length - index).join('.')))
    .find((origin) => origin !== undefined)
  const where = from ?? file ?? 'the configuration'
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const group = keys.slice(0, -1)
    const meant = didYouMean(keys.at(-1) ?? '', keysAt(schema, group), (key) => `\`${[...group, key].join('.')}\``)
    return `unknown key \`${path}\` in ${where}${meant}`
  }
  if (issue.type === 'strict_object' && issue.received === 'undefined')
    return `\`${path}\` is missing in ${file ?? 'the configuration'}`
  const expected =
    issue.kind === 'schema'
      ? `expected ${inWords(issue.expected ?? issue.type)}, got ${issue.received}`
      : (boundInWords(issue) ?? issue.message)
  return `\`${path}\` in ${where}: ${expected}`
}

/** The keys that a schema knows in one of its groups; none where the group is no plain one. */
function keysAt(schema: unknown, trail: readonly string[]): readonly string[] {
  if (!isTree(schema)) return []
  if ('wrapped' in schema) return keysAt(schema['wrapped'], trail)
  if ('item' in schema) return keysAt(schema['item'], trail.slice(1))
  if (schema['type'] === 'record') return keysAt(schema['value'], trail.slice(1))
  const { entries } = schema
  if (!isTree(entries)) return []
  const [first, ...rest] = trail
  return first === undefined ? Object.keys(entries) : keysAt(entries[first], rest)
}

/** A bound in our words, where the schema has none of its own for it; the library begins its own with `Invalid`. */
function boundInWords({ type, requirement, received, message }: v.BaseIssue<unknown>): string | undefined {
  const bound = typeof requirement === 'number' ? requirement : undefined
  const expected: Readonly<Record<string, string>> = {
    integer: 'a whole number',
    min_value: `${bound} or more`,
    max_value: `${bound} at most`,
    min_length: `${bound} or more of them`,
    max_length: `${bound} of them at most`,
  }
  const words = expected[type]
  return words === undefined || !message.startsWith('Invalid ') ? undefined : `expected ${words}, got ${received}`
}

/** What a schema calls the kinds of values, as who writes YAML does. */
function inWords(expected: string): string {
  const kinds: Readonly<Record<string, string>> = {
    ...{ string: 'text', number: 'a number', boolean: 'true or false', Array: 'a list', Object: 'keys with values' },
  }
  return expected
    .replace(/^\(|\)$/g, '')
    .split(' | ')
    .map((kind) => kinds[kind] ?? kind)
    .join(' or ')
}

/** The keys of two levels, dotted, whose values differ in two configurations. */
export function changedKeys(before: object, after: object): string[] {
  const keysOf = (one: object, other: object) => [...new Set([...Object.keys(one), ...Object.keys(other)])]
  return keysOf(before, after).flatMap((key) => {
    const [old, now] = [valueOf(before, key), valueOf(after, key)]
    if (isDeepStrictEqual(old, now)) return []
    if (!isGroup(old) || !isGroup(now)) return [key]
    return keysOf(old, now)
      .filter((inner) => !isDeepStrictEqual(valueOf(old, inner), valueOf(now, inner)))
      .map((inner) => `${key}.${inner}`)
  })
}

function valueOf(group: object, key: string): unknown {
  return Object.entries(group).find(([name]) => name === key)?.[1]
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
