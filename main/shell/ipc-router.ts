// The door between the window and the node. Who asks is looked at before what is asked: a message counts only when it comes
// from the main frame of our own window that shows our own page.
import * as v from 'valibot'
import { ApiError, type ApiErrorCode, IPC_CALL, MAX_CALL_BYTES, METHODS } from '../../proto/api/index.ts'
import type { Log } from '../../core/log.ts'
import { isOwnPage } from './own-page.ts'
import type { Answer, Dispatch } from '../api/dispatch.ts'
import type { CallEvent, CallHandler } from './ports.ts'

/** What the door needs. */
export interface IpcRouterInit {
  readonly dispatch: Dispatch
  /** Whether a frame is the main frame of a window that the app opened. */
  readonly isMainFrame: (frame: { readonly url: string }) => boolean
  readonly log: Log
}

/** What the preload script sends. */
const CallSchema = v.strictObject({ method: v.pipe(v.string(), v.maxLength(64)), input: v.unknown() })

/** The largest input that any method takes, and room for the method's name; `dispatch` knows each one's own limit. */
const MAX_PAYLOAD_BYTES =
  Math.max(MAX_CALL_BYTES, ...Object.values(METHODS).map((method) => ('maxBytes' in method ? method.maxBytes : 0))) +
  128

/**
 * Makes the handler of calls. It never rejects: Electron would put an exception's text into the page.
 *
 * Checks in this order: a frame, the main frame of our window, our page, a known channel, size, shape. `dispatch` goes on
 * with the method, its schema, its rate and its confirmation.
 */
export function createIpcRouter({ dispatch, isMainFrame, log }: IpcRouterInit): CallHandler {
  const refuse = (code: ApiErrorCode, why: string): Answer => {
    log.warn({ code, why }, 'a call of the window was refused')
    return { ok: false, problem: new ApiError(code, { detail: why }).problem }
  }
  return async (channel: string, event: CallEvent, payload: unknown): Promise<Answer> => {
    const frame = event.senderFrame
    if (frame === null) return refuse('forbidden', 'the frame that asked is gone')
    if (!isMainFrame(frame)) return refuse('forbidden', 'only the window itself may ask')
    if (!isOwnPage(frame.url)) return refuse('forbidden', 'only the app’s own page may ask')
    if (channel !== IPC_CALL) return refuse('unknown-method', 'there is no such channel')
    const bytes = sizeOf(payload)
    if (bytes === undefined) return refuse('bad-request', 'the call is not plain data')
    if (bytes > MAX_PAYLOAD_BYTES) return refuse('too-large', `the call has ${bytes} bytes`)
    const call = v.safeParse(CallSchema, payload)
    if (!call.success) return refuse('bad-request', 'a call has a method and an input')
    try {
      return await dispatch(call.output.method, call.output.input, { kind: 'ipc', role: 'owner' })
    } catch (error) {
      log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'a call failed without an answer')
      return { ok: false, problem: new ApiError('internal').problem }
    }
  }
}

/** Bytes as JSON; undefined for what JSON cannot say, such as a circle. What it says wrongly, `dispatch` refuses. */
function sizeOf(payload: unknown): number | undefined {
  try {
    return Buffer.byteLength(JSON.stringify(payload) ?? '')
  } catch {
    return undefined
  }
}
