// The slow files begin first: one that begins last is what everybody waits for at the end.

/** Those that take half a minute and more, the slowest first; `npm test` prints how long each takes. */
export const SLOW: readonly string[] = ['test/house/checks.test.ts']

/** Paths with the slow ones first, and the others in the order of their names. */
export function bySlowness(paths: readonly string[]): string[] {
  const rank = (path: string): number => {
    const at = SLOW.indexOf(path.replaceAll('\\', '/'))
    return at === -1 ? SLOW.length : at
  }
  return paths.toSorted().sort((a, b) => rank(a) - rank(b))
}
