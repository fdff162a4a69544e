// What happened, line by line: which filter shows it, which picture it has, and its sentence. A code without a sentence shows
// the technical text, so that a newer node can tell an older page something.
import { API_ERROR_CODES, type State, type StepName } from '../../proto/api/index.ts'
import { NOTES, type NoteAbout } from '../../proto/node-events.ts'
import type { TextKey, Words } from '../../proto/text/index.ts'
import { forgeFailure, stepName } from '../../proto/text/ways.ts'
import { shortPeer } from './names.ts'

export type ActivityEntry = State['activity']['entries'][number]

/** What can be chosen above the list. */
export const FILTERS = ['all', 'certificate', 'network', 'problems'] as const
export type Filter = (typeof FILTERS)[number]

const CERTIFICATE: readonly string[] = ['step', 'next-forge', 'certificate', 'wss']
const NETWORK: readonly string[] = ['broadcast', 'discovered', 'connected', 'dial-failed', 'reachability', 'started']

const NOTE_TEXTS = {
  'no-network': 'event.note.no-network',
  'history-lost': 'notice.history-lost',
} as const satisfies Record<NoteAbout, TextKey>

/** The node's steps as people know them; the others are not told. */
const STEPS: Readonly<Record<string, StepName>> = {
  reach: 'reach',
  proof: 'prove',
  request: 'order',
  order: 'validate',
  verify: 'finish',
  install: 'serve',
}

/** Leaves out what would be noise: beginnings of steps, and steps that only programs know. */
export function entriesToShow(entries: readonly ActivityEntry[]): readonly ActivityEntry[] {
  return entries.filter(
    ({ code, params }) => code !== 'step' || (params['status'] !== 'begin' && stepOf(params) !== undefined),
  )
}

function stepOf(params: ActivityEntry['params']): StepName | undefined {
  const name = String(params['step'])
  return Object.hasOwn(STEPS, name) ? STEPS[name] : undefined
}

/** What an entry is about. */
export function topicOf({ code }: ActivityEntry): 'certificate' | 'network' | 'other' {
  const name = code.split(':')[0] ?? ''
  if (CERTIFICATE.includes(name) || name === 'failed') return 'certificate'
  return NETWORK.includes(name) ? 'network' : 'other'
}

/** Whether a filter shows an entry. */
export function passes(entry: ActivityEntry, filter: Filter): boolean {
  if (filter === 'all') return true
  return filter === 'problems' ? entry.level === 'attention' : topicOf(entry) === filter
}

/**
 * The sentence of an entry, and whether it is ours: technical text is marked as data.
 *
 * @param nameOf  what a peer is called
 */
export function sayEntry(
  entry: ActivityEntry,
  words: Words,
  nameOf: (peerId: string) => string = shortPeer,
): { readonly text: string; readonly ours: boolean } {
  const { text } = words
  const [name = '', reason = ''] = entry.code.split(':')
  const error = name === 'failed' ? API_ERROR_CODES.find((code) => code === reason) : undefined
  const atForge = name === 'failed' ? failedAtForge(entry, reason, words) : undefined
  if (atForge !== undefined) return { text: atForge, ours: true }
  if (error !== undefined) return { text: text(`error.${error}`), ours: true }
  const note = name === 'note' ? NOTES.find((about) => about === reason) : undefined
  if (note !== undefined) return { text: text(NOTE_TEXTS[note]), ours: true }
  const step = name === 'step' ? stepOf(entry.params) : undefined
  if (step !== undefined) {
    const key = entry.params['status'] === 'failed' ? 'event.step-failed' : 'event.step-done'
    const way = entry.params['forge'] === undefined ? 'network' : 'forge'
    return { text: text(key, { step: stepName(step, way, words) }), ours: true }
  }
  if (name === 'next-forge' && entry.params['from'] === undefined) {
    return { text: text('event.next-forge.own', entry.params), ours: true }
  }
  const key = `event.${name}`
  if (words.knows(key) && name !== 'note' && (name !== 'failed' || entry.detail === '')) {
    const told = entry.params['peer']
    const peer = typeof told === 'string' && told !== '' ? nameOf(told) : text('event.someone')
    return { text: text(key, { ...entry.params, peer }), ours: true }
  }
  return entry.detail === '' ? { text: text('event.note'), ours: true } : { text: entry.detail, ours: false }
}

/** A failure at a forge by its own words; undefined for one elsewhere. */
function failedAtForge({ params }: ActivityEntry, code: string, words: Words): string | undefined {
  const until = params['retryAt'] === undefined ? {} : { until: params['retryAt'] }
  return forgeFailure({ code: 'failed', params: { ...params, code, ...until } }, words)
}

/** Entries by day, newest first. */
export function byDay<Entry extends { readonly at: number }>(
  entries: readonly Entry[],
  heading: (at: number) => string,
): readonly { readonly day: string; readonly entries: readonly Entry[] }[] {
  const days: { day: string; entries: Entry[] }[] = []
  for (const entry of entries) {
    const day = heading(entry.at)
    const last = days.at(-1)
    if (last?.day === day) last.entries.push(entry)
    else days.push({ day, entries: [entry] })
  }
  return days
}
