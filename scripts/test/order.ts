// The slow files begin first: one that begins last is what everybody waits for at the end.

/** Those that take half a minute and more on a quiet machine, or their folders; the slowest first. `npm test` prints how long each takes. */
export const SLOW: readonly string[] = [
  ...['test/ui/', 'test/packaging/deb-life.test.ts', 'test/desktop/life.test.ts', 'test/faults/'],
  ...['test/servers/kill.test.ts', 'test/desktop/window.test.ts', 'test/page/axe.test.ts', 'test/page/page.test.ts'],
  ...['test/sandbox/', 'test/desktop/damage.test.ts', 'test/house/checks.test.ts', 'test/cli/headless.test.ts'],
  ...[
    'test/broker/abuse.test.ts',
    'test/main/life.test.ts',
    'test/cli/invite.test.ts',
    'test/desktop/bad-start.test.ts',
  ],
  ...['test/electron-crypto/', 'test/doctor/namespaces.test.ts', 'test/desktop/tray-life.test.ts'],
  ...['test/reachability/namespaces.test.ts', 'test/desktop/no-tray.test.ts', 'test/cli/signals.test.ts'],
  ...['test/x509/csr-form.test.ts', 'test/packaging/deb.test.ts', 'test/net/strangers.test.ts'],
  ...['test/main/headless.test.ts', 'test/servers/resume.test.ts', 'test/desktop/', 'test/packaging/'],
  ...['test/cli/init-serve.test.ts', 'test/broker/own-certificate-kill.test.ts', 'test/identity/', 'test/program/'],
  ...['test/self-hosting/', 'test/cli/', 'test/main/', 'test/servers/', 'test/house/', 'test/browser/'],
]

/** Paths with the slow ones first, and the others in the order of their names. */
export function bySlowness(paths: readonly string[]): string[] {
  const rank = (path: string): number => {
    const at = SLOW.findIndex((slow) => path.replaceAll('\\', '/').startsWith(slow))
    return at === -1 ? SLOW.length : at
  }
  return paths.toSorted().sort((a, b) => rank(a) - rank(b))
}
