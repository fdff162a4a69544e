// Where a node is between its start and its stop, as a value; only one that runs has rooms that can be asked for anything.

/** The phase, and with it what runs. */
export type AppPhase<Rooms> =
  { readonly phase: 'stopped' | 'starting' | 'stopping' } | { readonly phase: 'running'; readonly rooms: Rooms }

/** What happens to a node. */
export type AppEvent<Rooms> =
  | { readonly event: 'start' }
  | { readonly event: 'started'; readonly rooms: Rooms }
  | { readonly event: 'not-started' }
  | { readonly event: 'stop' }
  | { readonly event: 'ended' }

/**
 * What an event makes of the phase. What comes too late, or for a phase that is over, changes nothing.
 *
 * @throws TypeError for a start of what is not stopped
 */
export function next<Rooms>(now: AppPhase<Rooms>, happened: AppEvent<Rooms>): AppPhase<Rooms> {
  switch (happened.event) {
    case 'start':
      if (now.phase === 'stopped') return { phase: 'starting' }
      throw new TypeError(`the node is ${now.phase}, it can be started once it is stopped`)
    case 'started':
      return now.phase === 'starting' ? { phase: 'running', rooms: happened.rooms } : now
    case 'not-started':
      return now.phase === 'starting' ? { phase: 'stopped' } : now
    case 'stop':
      return now.phase === 'running' ? { phase: 'stopping' } : now
    default:
      return now.phase === 'stopping' ? { phase: 'stopped' } : now
  }
}

/** What runs; undefined in every phase but the one in which it can be used. */
export function roomsOf<Rooms>(now: AppPhase<Rooms>): Rooms | undefined {
  return now.phase === 'running' ? now.rooms : undefined
}
