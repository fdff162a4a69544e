// What a person should be told once, at the top of the window: the same thing is one notice, however often it happens.
import type { Clock } from '../../core/clock.ts'
import type { Params, State } from '../../proto/api/index.ts'
import type { NodeEventLine } from '../events.ts'

type Notice = State['app']['notices'][number]

/** The notices of one run. */
export interface Notices {
  add(code: Notice['code'], params: Params): void
  /** It holds no longer. */
  remove(code: Notice['code']): void
  /** The person has read it; it does not come back while what it says stays so. */
  dismiss(id: string): void
  /** What was read and need not be said again in the next run: the things that stay as they are. */
  dismissed(): readonly string[]
  clear(): void
  list(): Notice[]
}

/** These say how things are; the others, what has happened. */
const LASTING: ReadonlySet<string> = new Set<Notice['code']>(['keychain-fallback', 'no-tray', 'test-network'])

/**
 * Makes an empty list.
 *
 * @param read  the ids that were dismissed in an earlier run
 */
export function createNotices(clock: Clock, changed: () => void, read: readonly string[]): Notices {
  let all: readonly Notice[] = []
  const dismissed = new Set<string>(read)
  const put = (next: readonly Notice[]) => {
    all = next
    changed()
  }
  return {
    list: () => all.filter(({ id }) => !dismissed.has(id)),
    add(code, params) {
      const before = all.find(({ id }) => id === code)
      const news = before && JSON.stringify(before.params) !== JSON.stringify(params)
      if (news) dismissed.delete(code)
      const notice = { id: code, code, params, at: clock.now() }
      put([...all.filter(({ id }) => id !== code), notice])
    },
    remove(code) {
      dismissed.delete(code)
      if (all.some(({ id }) => id === code)) put(all.filter(({ id }) => id !== code))
    },
    dismissed: () => [...dismissed].filter((id) => LASTING.has(id)),
    dismiss(id) {
      if (!all.some((notice) => notice.id === id)) return
      dismissed.add(id)
      changed()
    },
    clear() {
      dismissed.clear()
      put([])
    },
  }
}

/** Failures of the node that a person should be told at the top of the window. */
const NOTICE_OF: Readonly<Record<string, Notice['code']>> = {
  'stored-certificate': 'certificate-damaged',
  'certificate-export': 'export-failed',
  'certificate-hook': 'hook-failed',
}

/** A terminal shows it in full. */
const MAX_NOTICE_CHARS = 500

/** Adds what the node tells of a failure, and removes it when the node tells that it is mended. */
export function noticeOf(line: NodeEventLine, notices: Pick<Notices, 'add' | 'remove'>): void {
  if (line.event === 'failed') {
    const notice = NOTICE_OF[line.code]
    if (notice) notices.add(notice, { detail: line.message.slice(0, MAX_NOTICE_CHARS) })
  }
  if (line.event === 'note' && line.about === 'history-lost') notices.add('history-lost', {})
  if (line.event === 'handed-over') for (const code of ['export-failed', 'hook-failed'] as const) notices.remove(code)
}
