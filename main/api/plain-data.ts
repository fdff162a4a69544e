// What may come in at all, before any schema sees it: data as JSON has it, not too deep. Schemas look keys up with `in`, so a
// list passes for an object and an inherited key for one's own; neither gets past this.

/** Deeper than any input of the contract. */
const MAX_DEPTH = 8

/** Whether a value is an object as JSON.parse makes them, and everything in it is too. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return !Array.isArray(value) && typeof value === 'object' && value !== null && isPlainData(value, MAX_DEPTH)
}

function isPlainData(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || value === undefined) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => isPlainData(item, depth - 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  return Reflect.ownKeys(value).every((key) => {
    if (typeof key !== 'string' || key in Object.prototype) return false
    const property = Object.getOwnPropertyDescriptor(value, key)
    return property !== undefined && 'value' in property && isPlainData(property.value, depth - 1)
  })
}

/** Whether a schema has taken every list for a list and every object for an object. */
export function sameKinds(given: unknown, taken: unknown): boolean {
  if (typeof taken !== 'object' || taken === null) return true
  if (typeof given !== 'object' || given === null || Array.isArray(given) !== Array.isArray(taken)) return false
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(given))
  return Object.entries(taken).every(([key, value]) => sameKinds(fields.get(key), value))
}
