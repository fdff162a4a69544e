// The DNS role's half of the dns-01 protocol: admins set and remove TXT values and pin accounts, nobody else. What a value may be and where
// it may stand is the challenge table's law; here its refusals become messages.
import { problemToWire } from '../../proto/problem.ts'
import { DNS01_PROTOCOL, MAX_MESSAGE_BYTES } from '../../proto/protocols.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { problem, serveProtocol } from '../serve-protocol.ts'
import type { WireStream } from '../../proto/wire/codec.ts'
import type { WriterSession } from './in-step.ts'
import type { Host } from '../../core/host.ts'
import type { Log } from '../../core/log.ts'

/** What the protocol needs of the table. Both throw ProblemError where they refuse. */
export interface ChallengeWriter {
  /** @returns when the value goes away by itself, milliseconds since 1970 */
  set(name: string, value: string): Promise<number>
  remove(name: string, value: string): Promise<void>
  /** Sets the CAA record of an AutoTLS peer, or takes it away. */
  pin(name: string, value: string): Promise<void>
  /** Takes what a writer says about the CAs of a kind of names. */
  tellIssuers(writer: string, kind: string, values: readonly string[]): Promise<void>
  /** A writer's session begins. */
  begin(writer: string): Promise<WriterSession>
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

const { Action } = nodetrust.Dns01Request

type Request = Pick<nodetrust.Dns01Request, 'action' | 'name' | 'value'>

/** An issue server has one connection for all its orders, and two values an order. */
const MAX_STREAMS = 512

/** Answers the dns-01 protocol until the signal is aborted. */
export async function serveDns01(init: Dns01Init): Promise<void> {
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
      const request = await stream.read(nodetrust.Dns01Request)
      if (request.action !== Action.SYNC) {
        await stream.write(nodetrust.Dns01Response, await change(init, peer, request))
        return
      }
      await holdSession(init, peer, stream)
    },
    refuse: (stream, error) => stream.write(nodetrust.Dns01Response, { problem: problemToWire(error) }),
  })
}

/** One change. @throws ProblemError */
async function change(
  { challenges, log }: Dns01Init,
  peer: string,
  { action, name, value }: Request,
): Promise<nodetrust.Dns01Response.$Properties> {
  let expiresMs: number | undefined
  if (action === Action.SET) expiresMs = await challenges.set(name, value)
  else if (action === Action.REMOVE) await challenges.remove(name, value)
  else if (action === Action.PIN) await challenges.pin(name, value)
  else if (action === Action.ISSUERS) {
    const values = value.split('\n').filter((one) => one !== '')
    await challenges.tellIssuers(peer, name, values)
  } else throw problem('INVALID_REQUEST', `action ${action} is neither SET, REMOVE, PIN nor ISSUERS`)
  log.debug({ peer, action: Action[action], name }, 'changed a challenge value')
  return expiresMs === undefined ? {} : { expiresMs }
}

/**
 * A writer's session: what it has set, then that it is in step, again and again. A stream that ends or falls silent ends it.
 */
async function holdSession(init: Dns01Init, peer: string, stream: WireStream): Promise<void> {
  const session = await init.challenges.begin(peer)
  try {
    await stream.write(nodetrust.Dns01Response, {})
    for (;;) {
      const request = await stream.read(nodetrust.Dns01Request)
      if (request.action === Action.IN_STEP) session.inStep()
      else if (request.action === Action.LEAVE) session.leave()
      else await change(init, peer, request)
      await stream.write(nodetrust.Dns01Response, {})
      if (request.action === Action.LEAVE) return
    }
  } finally {
    session.end()
  }
}

/** A refusal of the challenge table as a problem. */
export function explainRefusal(
  error: unknown,
  codes: Readonly<Record<string, 'NAME_REFUSED' | 'INVALID_REQUEST' | 'TOO_MANY_VALUES'>>,
): unknown {
  const code = error instanceof Error ? codes[error.name] : undefined
  return code && error instanceof Error ? problem(code, error.message) : error
}
