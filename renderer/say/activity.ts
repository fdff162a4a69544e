// What happened, line by line: which filter shows it, which picture it has, and its sentence. A code without a sentence shows
// the technical text, so that a newer node can tell an older page something.
import { API_ERROR_CODES, type State } from '../../proto/api/index.ts'
import { en, type TextKey, type Words } from '../../proto/text/index.ts'
import { shortPeer } from './names.ts'

export type ActivityEntry = State['activity']['entries'][number]

/** What can be chosen above the list. */
export const FILTERS = ['all', 'certificate', 'network', 'problems'] as const
export type Filter = (typeof FILTERS)[number]

const CERTIFICATE: readonly string[] = ['step', 'certificate', 'wss']
const NETWORK: readonly string[] = ['broadcast', 'discovered', 'connected', 'dial-failed', 'reachability', 'started']

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

/** The sentence of an entry, and whether it is ours: technical text is marked as data. */
export function sayEntry(entry: ActivityEntry, { text }: Words): { readonly text: string; readonly ours: boolean } {
  const [name = '', reason = ''] = entry.code.split(':')
  const error = name === 'failed' ? API_ERROR_CODES.find((code) => code === reason) : undefined
  if (error !== undefined) return { text: text(`error.${error}`), ours: true }
  const key = `event.${name}`
  if (isKey(key) && name !== 'note' && (name !== 'failed' || entry.detail === '')) {
    const told = entry.params['peer']
    const peer = typeof told === 'string' && told !== '' ? shortPeer(told) : text('event.someone')
    return { text: text(key, { ...entry.params, peer }), ours: true }
  }
  return entry.detail === '' ? { text: text('event.note'), ours: true } : { text: entry.detail, ours: false }
}

function isKey(key: string): key is TextKey {
  return Object.hasOwn(en, key)
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
