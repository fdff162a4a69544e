// What each relay last did, as the window and the command line tell it.
import type { NameRecord } from '../../core/nostr/name-facts.ts'
import type { PublishAnswer, RelayAnswer } from '../../core/nostr/relays.ts'

/** A relay and what it last did. `kept`: it has our name; `unasked`: nothing was asked of it yet. */
export interface RelayState {
  readonly url: string
  readonly state: RelayAnswer['state'] | 'kept' | 'unasked'
  readonly why: string | undefined
  /** Milliseconds since 1970; undefined before it was asked. */
  readonly at: number | undefined
}

/** What is known of the name. Times are milliseconds since 1970. */
export interface PublisherState {
  /** What the world can read now; undefined where nothing is published. */
  readonly published:
    | {
        readonly at: number
        readonly records: readonly NameRecord[]
        readonly pins: readonly string[]
        readonly until: number
      }
    | undefined
  readonly relays: readonly RelayState[]
  /** When another machine published with this key, where it did. */
  readonly otherMachineAt: number | undefined
  /** Why the last attempt came to nothing. */
  readonly trouble: 'no-relay' | 'no-address' | 'clock' | 'lists' | undefined
  readonly busy: boolean
}

/** Before anything was asked. */
export function unasked(urls: readonly string[]): readonly RelayState[] {
  return urls.map((url) => ({ url, state: 'unasked', why: undefined, at: undefined }))
}

/** What is known after answers to a question, or after publishing. @param at  milliseconds since 1970 */
export function afterAnswers(
  states: readonly RelayState[],
  answers: readonly (RelayAnswer | PublishAnswer)[],
  at: number,
): readonly RelayState[] {
  const byUrl = new Map(answers.map((answer) => [answer.relay, answer]))
  return states.map((relay) => {
    const answer = byUrl.get(relay.url)
    if (!answer) return relay
    if ('accepted' in answer) return { ...relay, at, ...published(answer) }
    // that others were quicker says nothing of it
    if (answer.state === 'late') return relay
    const state = relay.state === 'kept' && answer.state === 'answered' ? 'kept' : answer.state
    return { ...relay, at, why: answer.why, state }
  })
}

function published({ accepted, readBack, state, why }: PublishAnswer): Pick<RelayState, 'state' | 'why'> {
  if (readBack) return { state: 'kept', why: undefined }
  return accepted ? { state: 'misbehaved', why: 'it said yes, and did not give it back' } : { state, why }
}
