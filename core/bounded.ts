// A map that does not grow beyond a limit: whatever strangers can put into our memory goes through here.

/**
 * Puts a value at the end of a map, as its newest.
 *
 * @param limit  how many entries may stay; the oldest go first
 * @returns the values that had to go
 */
export function putNewest<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, limit: number): Value[] {
  map.delete(key)
  map.set(key, value)
  const dropped: Value[] = []
  for (const [oldest, old] of map) {
    if (map.size <= limit) break
    map.delete(oldest)
    dropped.push(old)
  }
  return dropped
}
