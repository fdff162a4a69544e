// Whether this server knows every challenge value that it ought to. Each writer (an issue server or a broker) holds a session as
// long as it is there; a server that lost one, or that was just started and knows of a writer, may lack values, and must then say
// so (SERVFAIL) instead of "not set yet": resolvers ask another server, where the lie would fail a challenge.
import type { Clock } from '../../core/clock.ts'

/** A writer's session. */
export interface WriterSession {
  /** Everything that the writer has set is here. */
  inStep(): void
  /** The writer goes, and has said that it sets nothing before the next session. */
  leave(): void
  /** The session ended, however. */
  end(): void
}

/** What is known of the writers. */
export interface InStep {
  /** A writer's session begins. */
  begin(writer: string): WriterSession
  /** Whether every value is known, or nobody is left who may have set one. */
  readonly now: boolean
  /** Writers that this server is behind, and since when. */
  behind(): readonly { readonly writer: string; readonly since: number }[]
}

/**
 * So long a writer that does not come back is waited for. Its values end after an hour; but as long as it is only this server that
 * it cannot reach, it goes on with the others, which it may do while this one says that it is behind.
 */
export const PATIENCE_MS = 12 * 3_600_000

interface Writer {
  readonly sessions: Set<WriterSession>
  /** Since when there is no session that is in step; undefined where there is one, or the writer has left. */
  behindSince: number | undefined
}

/**
 * Makes it.
 *
 * @param writers  those who have had a session before: this server may have missed something while it was down
 */
export function createInStep({
  clock,
  writers,
}: {
  readonly clock: Clock
  readonly writers: readonly string[]
}): InStep {
  const all = new Map<string, Writer>(
    writers.map((writer) => [writer, { sessions: new Set(), behindSince: clock.now() }]),
  )
  // one number, because it is asked for with each query
  let behindUntil = 0
  const compute = () => {
    behindUntil = 0
    for (const { behindSince } of all.values())
      if (behindSince !== undefined) behindUntil = Math.max(behindUntil, behindSince + PATIENCE_MS)
  }
  compute()
  return {
    begin(name) {
      const writer = all.get(name) ?? { sessions: new Set(), behindSince: undefined }
      all.set(name, writer)
      writer.behindSince = writer.sessions.size > 0 ? writer.behindSince : (writer.behindSince ?? clock.now())
      compute()
      const session: WriterSession = {
        inStep() {
          writer.sessions.add(session)
          writer.behindSince = undefined
          compute()
        },
        leave() {
          writer.sessions.delete(session)
          if (writer.sessions.size === 0) writer.behindSince = undefined
          compute()
        },
        end() {
          if (writer.sessions.delete(session) && writer.sessions.size === 0) writer.behindSince = clock.now()
          compute()
        },
      }
      return session
    },
    get now() {
      return behindUntil === 0 || clock.now() >= behindUntil
    },
    behind: () =>
      [...all].flatMap(([writer, { behindSince: since }]) =>
        since === undefined || clock.now() >= since + PATIENCE_MS ? [] : [{ writer, since }],
      ),
  }
}
