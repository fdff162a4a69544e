// The slow files begin first: one that begins last is what everybody waits for at the end.

/** Those that take half a minute and more on a quiet machine, or their folders; the slowest first. `npm test` prints how long each takes. */
export const SLOW: readonly string[] = [
  ...['test/ui/', 'test/faults/', 'test/packaging/', 'test/main/life.test.ts', 'test/house/checks.test.ts'],
  ...['test/desktop/', 'test/page/page.test.ts', 'test/x509/csr-form.test.ts', 'test/browser/', 'test/program/'],
  ...['test/cli/', 'test/house/', 'test/sandbox/', 'test/self-hosting/'],
]

/** Paths with the slow ones first, and the others in the order of their names. */
export function bySlowness(paths: readonly string[]): string[] {
  const rank = (path: string): number => {
    const at = SLOW.findIndex((slow) => path.replaceAll('\\', '/').startsWith(slow))
    return at === -1 ? SLOW.length : at
  }
  return paths.toSorted().sort((a, b) => rank(a) - rank(b))
}
