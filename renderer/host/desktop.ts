// The host inside the desktop app: the preload script's one object. It lives as long as the page, so nothing is ever lost.
import { ApiError, type PreloadApi } from '../../proto/api/index.ts'
import { readOutput, readProblem, readPush, type Host } from './host.ts'

/** Makes the host of a window. */
export function createDesktopHost(api: PreloadApi): Host {
  return {
    kind: 'desktop',
    start(listener) {
      const end = api.subscribe((received) => {
        const push = readPush(received)
        listener(push === undefined ? { kind: 'unreadable' } : { kind: 'push', push })
      })
      listener({ kind: 'open', role: 'owner' })
      return end
    },
    async call(name, input) {
      const answer = await api.call(name, input).catch((error: unknown) => {
        throw new ApiError('unavailable', { detail: String(error), retryable: true })
      })
      if (!answer.ok) throw readProblem(answer.problem)
      return readOutput(name, answer.output)
    },
    retry() {},
  }
}
