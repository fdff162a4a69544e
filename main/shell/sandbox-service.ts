// The sandbox as a service of Electron: a packaged app has no Node of its own to run a program with (that door is closed by a
// fuse), but it can start one beside itself. The service is known by the invitations that it prints.
import {
  type SandboxInvitations,
  invitationsIn,
  SandboxError,
  type SandboxProcess,
} from '../program/sandbox-process.ts'
import type { Clock } from '../../core/clock.ts'
import type { DesktopService } from './ports.ts'

/** It takes a second; on a machine that is busy starting everything else, a few. */
const START_TIMEOUT_MS = 45_000
const STOP_TIMEOUT_MS = 4_000
/** Two invitations are a line of a few thousand characters. */
const MAX_LINE_CHARS = 20_000

/**
 * Waits for a sandbox that was just started.
 *
 * @throws SandboxError
 */
export async function sandboxOf(service: DesktopService, clock: Clock): Promise<SandboxProcess> {
  const started = Promise.withResolvers<SandboxInvitations>()
  const waiting = new AbortController()
  let line = ''
  service.onOutput((text) => {
    const lines = `${line}${text}`.split('\n')
    line = (lines.pop() ?? '').slice(-MAX_LINE_CHARS)
    for (const whole of lines) {
      const invitations = invitationsIn(whole)
      if (invitations !== undefined) started.resolve(invitations)
    }
  })
  void service.ended.then(() => started.reject(new SandboxError('the sandbox has ended before it was ready')))
  void clock
    .sleep(START_TIMEOUT_MS, waiting.signal)
    .then(() => started.reject(new SandboxError('the sandbox took too long to start')))
    .catch(() => undefined)
  const stop = async () => {
    service.kill()
    const bound = new AbortController()
    await Promise.race([service.ended, clock.sleep(STOP_TIMEOUT_MS, bound.signal).catch(() => undefined)])
    bound.abort()
  }
  try {
    return { ...(await started.promise), ended: service.ended, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    waiting.abort()
  }
}
