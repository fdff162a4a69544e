// News for windows that show the operator's page, as server-sent events (HTML Standard, section 9.2). The reports are made once for all
// windows, and only while there is one; a window that does not read is given up rather than waited for.
import { VERSION } from '../../core/version.ts'
import { every } from '../every.ts'
import type { ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** Windows that are served. */
export interface Live {
  /** Serves one more. @returns false where there are enough; nothing was written then */
  add(response: ServerResponse): boolean
  /** Ends all of them. */
  stop(): Promise<void>
}

/** One person with some windows; a Prometheus and a look at /health have room beside them. */
export const MAX_WINDOWS = 4

/** News are seen soon, and making the reports costs some milliseconds. */
const LOOK_MS = 3_000

/** So long nothing is sent where nothing is new; then a line that says nothing, so that both sides know that the other is there. */
const QUIET_LOOKS = 5

/** A window that has so much before it reads nothing. */
const MAX_UNREAD_BYTES = 1_048_576

/** Begins. @param init.body  what the page shows now */
export function serveLive(init: {
  readonly body: () => Promise<string>
  readonly clock: Clock
  readonly log: Log
}): Live {
  const { body, clock, log } = init
  const windows = new Map<ServerResponse, { shown: string; quiet: number }>()
  const stopping = new AbortController()

  const tell = (response: ServerResponse, html: string): void => {
    const window = windows.get(response)
    if (!window) return
    if (response.writableLength > MAX_UNREAD_BYTES) return void response.destroy()
    if (html !== window.shown) {
      response.write(`event: page\ndata: ${JSON.stringify({ version: VERSION, html })}\n\n`)
      Object.assign(window, { shown: html, quiet: 0 })
    } else if (++window.quiet >= QUIET_LOOKS) {
      response.write(': still here\n\n')
      window.quiet = 0
    }
  }
  const look = async (): Promise<void> => {
    if (windows.size === 0) return
    const html = await body()
    for (const response of windows.keys()) tell(response, html)
  }
  const looking = every(LOOK_MS, look, { clock, log, signal: stopping.signal })

  return {
    add(response) {
      if (windows.size >= MAX_WINDOWS || stopping.signal.aborted) return false
      windows.set(response, { shown: '', quiet: 0 })
      response.once('close', () => windows.delete(response))
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
      response.write('retry: 3000\n\n')
      look().catch((error: unknown) => log.warn({ error: String(error) }, 'the operator page has no news'))
      return true
    },
    async stop() {
      stopping.abort(new Error('the servers stop'))
      for (const response of windows.keys()) response.end()
      await looking
    },
  }
}
