// The strangers, as a process of their own and of low priority: in the world they have machines of their own, so here they must
// not win by taking the processor away. Takes facts and addresses as JSON, prints what it counted when it is told to stop.
import { setPriority } from 'node:os'
import { type Attack, pause, type Siege, wordOf } from './attack.ts'
import { DATAGRAM_ATTACKS } from './attacks/datagrams.ts'
import { ORDER_ATTACKS } from './attacks/orders.ts'
import { PEER_ATTACKS } from './attacks/peers.ts'
import { SOCKET_ATTACKS } from './attacks/sockets.ts'
import type { SiegeFacts } from './facts.ts'

/** In groups of about the same effort: each group is one process. */
export const GROUPS = {
  sockets: SOCKET_ATTACKS,
  peers: [...PEER_ATTACKS, ...ORDER_ATTACKS, ...DATAGRAM_ATTACKS],
} as const

export type GroupName = keyof typeof GROUPS

const LOWEST_PRIORITY = 19

/** Everything of a group at once; what each did is in `counts` at any time. */
async function lay(
  attacks: readonly Attack[],
  { facts, from, signal }: Omit<Siege, 'count'>,
  counts: Record<string, Record<string, number>>,
): Promise<void> {
  await Promise.all(
    attacks.map(async (attack) => {
      const own: Record<string, number> = (counts[attack.name] = {})
      const count = (what: string, by = 1) => void (own[what] = (own[what] ?? 0) + by)
      const siege: Siege = { facts, from, signal, count }
      while (!signal.aborted) {
        await attack.run(siege).catch((error: unknown) => count(`error: ${wordOf(error)}`))
        await pause(siege, 100)
      }
    }),
  )
}

const [group, given] = process.argv.slice(2)
if ((group === 'sockets' || group === 'peers') && given !== undefined) {
  setPriority(LOWEST_PRIORITY)
  // what strangers' libraries throw behind our back is no concern of the siege
  process.on('uncaughtException', () => undefined)
  process.on('unhandledRejection', () => undefined)
  const { facts, from } = JSON.parse(given) as { facts: SiegeFacts; from: readonly string[] }
  const over = new AbortController()
  process.stdin.once('end', () => over.abort()).resume()
  const late = setTimeout(() => process.exit(1), 24 * 3_600_000)
  const counts: Record<string, Record<string, number>> = {}
  await Promise.race([
    lay(GROUPS[group], { facts, from, signal: over.signal }, counts),
    new Promise<void>((resolve) => over.signal.addEventListener('abort', () => setTimeout(resolve, 8_000).unref())),
  ])
  clearTimeout(late)
  process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit(0))
}
