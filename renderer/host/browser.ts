// The host in a browser: the bridge on loopback. A one-time code from the link becomes a token that lives in this tab's
// session storage; one WebSocket carries calls, answers and pushes and is opened anew when it breaks, also to a node that was started
// anew, once it has shown that it is the same one (reunion.ts).
import * as v from 'valibot'
import {
  API_VERSION,
  ApiError,
  BRIDGE_BEARER,
  BRIDGE_CLOSE,
  BRIDGE_PATH,
  BRIDGE_PROTOCOL,
  BRIDGE_SESSION_PATH,
  METHODS,
  NodeFrame,
  SessionAnswer,
  type CallFrame,
  type MethodName,
} from '../../proto/api/index.ts'
import { backOffMs } from './back-off.ts'
import { readOutput, readProblem, type Host, type HostEvent } from './host.ts'
import { meet, postJson, readAnswer, type Met } from './reunion.ts'

/** Where the token is kept: this tab only, gone when it is closed. */
const TOKEN_KEY = 'nodetrust.token'

/** So many refusals of a node that answers mean that it does not know our token; one may be a limit. */
const REFUSALS_OF_UNKNOWN_TOKEN = 2

/** The node ends a call by itself; this only catches a node that does not. */
const ANSWER_GRACE_MS = 5_000

const HelloVersion = v.object({ hello: v.object({ api: v.number() }) })

interface Waiting {
  readonly name: MethodName
  readonly timer: number
  readonly settle: (output: unknown) => void
  readonly fail: (error: ApiError) => void
}

/** A browser's host; another one-time code may come while it runs. */
export interface BrowserHost extends Host {
  useCode(code: string): void
}

/**
 * Makes the host of a browser tab.
 *
 * @param firstCode  the one-time code of the link; undefined where the page was loaded again
 */
export function createBrowserHost(firstCode: string | undefined): BrowserHost {
  const waiting = new Map<number, Waiting>()
  let code = firstCode
  /** The exchange of a code under way: a code is good once, so whoever connects meanwhile waits for the same answer. */
  let exchanging: { readonly code: string; readonly done: Promise<boolean> } | undefined
  let socket: WebSocket | undefined
  let listener: (event: HostEvent) => void = () => {}
  let nextId = 1
  let tries = 0
  let refusals = 0
  /** Only the newest attempt to connect goes on after a wait. */
  let attempts = 0
  let retryTimer = 0
  let ended = false
  /** The node that spoke last, where it can be known again. */
  let met: Met | undefined
  /** A token was given since a node spoke last: another would not be better. */
  let hasRenewed = false
  /** The node took its leave; until it speaks again it is ended and not lost. */
  let leave = false

  const rejectAll = () => {
    for (const { timer, fail } of waiting.values()) {
      clearTimeout(timer)
      fail(new ApiError('unavailable', { detail: 'the connection to the node broke', retryable: true }))
    }
    waiting.clear()
  }

  const close = () => {
    sessionStorage.removeItem(TOKEN_KEY)
    ended = true
    listener({ kind: 'closed' })
  }

  const retryLater = () => {
    listener({ kind: leave ? 'ended' : 'lost' })
    clearTimeout(retryTimer)
    retryTimer = window.setTimeout(() => void connect(), backOffMs(tries, Math.random()))
    tries += 1
  }

  /** Exchanges the code for a token, once. @returns false where the node did not answer */
  const exchange = (given: string): Promise<boolean> => {
    if (exchanging?.code !== given) {
      const done = exchangeNow(given).finally(() => {
        if (exchanging?.done === done) exchanging = undefined
      })
      exchanging = { code: given, done }
    }
    return exchanging.done
  }

  const exchangeNow = async (given: string): Promise<boolean> => {
    const answer = await postJson(BRIDGE_SESSION_PATH, { code: given })
    if (answer === undefined) return false
    // a newer link was opened meanwhile: its code counts
    if (code !== given) return true
    code = undefined
    const session = await readAnswer(SessionAnswer, answer)
    if (session !== undefined) sessionStorage.setItem(TOKEN_KEY, session.token)
    else sessionStorage.removeItem(TOKEN_KEY)
    return true
  }

  /** A token of the node that was met before; without one only a new link helps. */
  const renew = async (): Promise<void> => {
    const attempt = ++attempts
    const token = hasRenewed ? '' : ((await met?.renew()) ?? '')
    if (attempt !== attempts || ended) return
    if (token === 'silent') return retryLater()
    if (token === '') return close()
    hasRenewed = true
    sessionStorage.setItem(TOKEN_KEY, token)
    void connect()
  }

  const connect = async (): Promise<void> => {
    if (ended || socket !== undefined) return
    const attempt = ++attempts
    const who = code !== undefined ? ((await exchange(code)) ? 'same' : 'silent') : ((await met?.greet()) ?? 'same')
    if (attempt !== attempts) return
    if (who === 'silent') return retryLater()
    if (who === 'other') return close()
    const token = sessionStorage.getItem(TOKEN_KEY)
    if (token === null) return close()
    const url = new URL(BRIDGE_PATH, location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    url.hash = ''
    const opened = new WebSocket(url, [BRIDGE_PROTOCOL, BRIDGE_BEARER + token])
    socket = opened
    let isOpen = false
    opened.addEventListener('open', () => {
      isOpen = true
    })
    opened.addEventListener('message', ({ data }) => receive(data))
    opened.addEventListener('close', ({ code: reason }) => {
      if (socket !== opened) return
      socket = undefined
      rejectAll()
      void afterClose(isOpen, reason)
    })
  }

  const afterClose = async (wasOpen: boolean, reason: number): Promise<void> => {
    if (ended) return
    if (reason === BRIDGE_CLOSE.unauthorized) return await renew()
    if (wasOpen && reason === BRIDGE_CLOSE.stopping) leave = true
    if (!wasOpen) {
      const attempt = attempts
      // a browser does not tell a refused upgrade from a missing node: the page's own address does
      const answers = await fetch('/', { method: 'HEAD', cache: 'no-store' }).then(
        () => true,
        () => false,
      )
      // a newer attempt began meanwhile
      if (attempt !== attempts || ended) return
      refusals = answers ? refusals + 1 : 0
      if (refusals >= REFUSALS_OF_UNKNOWN_TOKEN) return await renew()
    }
    retryLater()
  }

  const receive = (data: unknown): void => {
    const value = typeof data === 'string' ? readJson(data) : undefined
    const version = v.safeParse(HelloVersion, value)
    if (version.success && version.output.hello.api !== API_VERSION) {
      ended = true
      socket?.close()
      return listener({ kind: 'outdated' })
    }
    const parsed = v.safeParse(NodeFrame, value)
    if (!parsed.success) return listener({ kind: 'unreadable' })
    const frame = parsed.output
    if ('hello' in frame) {
      // only a node that speaks is there: an upgrade that is accepted and closed at once is a refusal
      tries = 0
      refusals = 0
      leave = false
      hasRenewed = false
      const { role, reunion } = frame.hello
      if (reunion !== undefined) void meet(reunion).then((known) => (met = known))
      return listener({ kind: 'open', role })
    }
    if ('push' in frame) return listener({ kind: 'push', push: frame.push })
    const asked = waiting.get(frame.id)
    if (asked === undefined) return
    waiting.delete(frame.id)
    clearTimeout(asked.timer)
    if (frame.ok) asked.settle(frame.output)
    else asked.fail(readProblem(frame.problem))
  }

  return {
    kind: 'browser',
    start(given) {
      listener = given
      void connect()
      const awake = () => {
        if (!document.hidden) this.retry()
      }
      window.addEventListener('online', awake)
      document.addEventListener('visibilitychange', awake)
      return () => {
        ended = true
        window.removeEventListener('online', awake)
        document.removeEventListener('visibilitychange', awake)
        clearTimeout(retryTimer)
        socket?.close()
        rejectAll()
      }
    },
    async call(name, input) {
      const open = socket
      if (open === undefined || open.readyState !== WebSocket.OPEN) {
        throw new ApiError('unavailable', { detail: 'there is no connection to the node', retryable: true })
      }
      const id = nextId
      nextId += 1
      const output = await new Promise<unknown>((settle, fail) => {
        const timer = window.setTimeout(() => {
          waiting.delete(id)
          fail(new ApiError('timeout', { detail: `${name} was not answered`, retryable: true }))
        }, METHODS[name].timeoutMs + ANSWER_GRACE_MS)
        waiting.set(id, { name, timer, settle, fail })
        open.send(JSON.stringify({ id, method: name, input } satisfies CallFrame))
      })
      return readOutput(name, output)
    },
    retry() {
      if (ended || socket !== undefined) return
      clearTimeout(retryTimer)
      void connect()
    },
    useCode(given) {
      code = given
      met = undefined
      ended = false
      tries = 0
      refusals = 0
      clearTimeout(retryTimer)
      const old = socket
      socket = undefined
      old?.close()
      rejectAll()
      void connect()
    },
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
