// What happened to the certificate, in words. An order that has ended needs no line for its beginning.
import { API_ERROR_CODES, type State } from '../../proto/api/index.ts'
import type { Words } from '../../proto/text/index.ts'

export type HistoryEntry = State['certificate']['history'][number]

/** One line. */
export interface HistoryWords {
  readonly title: string
  readonly say: string
  readonly tone: 'good' | 'attention' | 'plain'
}

const TONES: Record<HistoryEntry['what'], HistoryWords['tone']> = {
  'order-begun': 'plain',
  'order-ended': 'good',
  failed: 'attention',
  swapped: 'good',
  'fell-back': 'attention',
  'not-used': 'attention',
  'other-network': 'plain',
  'window-changed': 'plain',
  'self-look-wrong': 'attention',
  'clock-jumped': 'plain',
}

/** Beginnings are left out where an end follows; entries are newest first. */
export function historyToShow(history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  return history.filter(({ what }, index) => what !== 'order-begun' || index === 0)
}

/** Says one entry. */
export function historyWords({ what, code }: HistoryEntry, { text }: Words): HistoryWords {
  if (code === 'cancelled')
    return { title: text('history.cancelled'), say: text('history.cancelled.say'), tone: 'plain' }
  if (what === 'swapped' && code === 'stored') {
    return { title: text('history.stored'), say: text('history.stored.say'), tone: 'plain' }
  }
  const known = what === 'failed' ? API_ERROR_CODES.find((one) => one === code) : undefined
  const say = known === undefined ? text(`history.${what}.say`) : text(`error.${known}`)
  return { title: text(`history.${what}`), say, tone: TONES[what] }
}
