// The DNS role's half of the dns-01 protocol: admins set and remove TXT values and pin accounts, nobody else. What a value may be and where
// it may stand is the challenge table's law; here its refusals become messages.
import { problemToWire } from '../../proto/problem.ts'
import { DNS01_PROTOCOL, MAX_MESSAGE_BYTES } from '../../proto/protocols.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { problem, serveProtocol } from '../serve-protocol.ts'
import type { Host } from '../../core/host.ts'
import type { Log } from '../../core/log.ts'

/** What the protocol needs of the table. Both throw ProblemError where they refuse. */
export interface ChallengeWriter {
  /** @returns when the value goes away by itself, milliseconds since 1970 */
  set(name: string, value: string): Promise<number>
  remove(name: string, value: string): Promise<void>
  /** Sets the CAA record of an AutoTLS peer, or takes it away. */
  pin(name: string, value: string): Promise<void>
}

/** What the protocol is made of. */
export interface Dns01Init {
  readonly host: Host
  /** Peer ids that may write, as text. */
  readonly admins: ReadonlySet<string>
  readonly challenges: ChallengeWriter
  readonly log: Log
  readonly signal: AbortSignal
  readonly idleMs?: number | undefined
}

/** An issue server has one connection for all its orders, and two values an order. */
const MAX_STREAMS = 512

/** Answers the dns-01 protocol until the signal is aborted. */
export async function serveDns01(init: Dns01Init): Promise<void> {
  const { Action } = nodetrust.Dns01Request
  await serveProtocol({
    ...init,
    protocol: DNS01_PROTOCOL,
    maxBytes: MAX_MESSAGE_BYTES.dns01,
    maxStreams: MAX_STREAMS,
    async handle({ stream, connection }) {
      const peer = connection.remotePeer.toString()
      if (!init.admins.has(peer)) {
        throw problem(
          'NOT_AUTHORIZED',
          `${peer} is no admin of this DNS server: add it to dns.admins in its configuration`,
        )
      }
      const { action, name, value } = await stream.read(nodetrust.Dns01Request)
      if (action === Action.SET) {
        const expiresMs = await init.challenges.set(name, value)
        await stream.write(nodetrust.Dns01Response, { expiresMs })
      } else if (action === Action.REMOVE) {
        await init.challenges.remove(name, value)
        await stream.write(nodetrust.Dns01Response, {})
      } else if (action === Action.PIN) {
        await init.challenges.pin(name, value)
        await stream.write(nodetrust.Dns01Response, {})
      } else {
        throw problem('INVALID_REQUEST', `action ${action} is neither SET, REMOVE nor PIN`)
      }
      init.log.debug({ peer, action: Action[action], name }, 'changed a challenge value')
    },
    refuse: (stream, error) => stream.write(nodetrust.Dns01Response, { problem: problemToWire(error) }),
  })
}

/** A refusal of the challenge table as a problem. */
export function explainRefusal(
  error: unknown,
  codes: Readonly<Record<string, 'NAME_REFUSED' | 'INVALID_REQUEST' | 'TOO_MANY_VALUES'>>,
): unknown {
  const code = error instanceof Error ? codes[error.name] : undefined
  return code && error instanceof Error ? problem(code, error.message) : error
}
