// Asks a server to dial us back at one address, and listens for the nonce that it shows when it does: the client's side of
// AutoNAT v2. A word that we were reached counts only when the nonce came in on a connection that the server made.
import { randomBytes } from 'node:crypto'
import {
  autonatMessage,
  DIAL_BACK_PROTOCOL,
  DIAL_REQUEST_PROTOCOL,
  dialBackMessage,
  dialBackResponse,
  DialResponseStatus,
  DialStatus,
  MAX_AUTONAT_BYTES,
  MAX_DIAL_BACK_BYTES,
} from '../../proto/wire/autonat.ts'
import { wireStream } from '../../proto/wire/codec.ts'
import { reasonOf } from '../../core/net/reason.ts'
import type { Host } from '../../core/host.ts'
import type { DialBackOutcome } from './verdict.ts'
import type { Connection, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Asks for dial-backs and hears them. */
export interface DialBacks {
  /** Begins to hear; once. */
  start(): Promise<void>
  /**
   * Asks the peer at the other end of a connection.
   *
   * @param address  `/ip…/tcp/…` with the IP address that the peer sees us under
   * @returns what came of it; never rejects
   */
  ask(connection: Connection, address: Multiaddr, signal: AbortSignal): Promise<DialBackOutcome>
  stop(): Promise<void>
}

/** Dial-backs of all servers of one check may come at once. */
const MAX_STREAMS = 8

/** A nonce is nine bytes; who needs longer for them is no server of ours. */
const DIAL_BACK_IDLE_MS = 3_000

/** Makes it. */
export function createDialBacks(host: Host): DialBacks {
  /** Nonces we wait for, with the connection that the request went over. */
  const waiting = new Map<bigint, { readonly connection: Connection; heard: boolean }>()

  const hear = async (stream: Stream, connection: Connection): Promise<void> => {
    const wire = wireStream(stream, { maxBytes: MAX_DIAL_BACK_BYTES, idleMs: DIAL_BACK_IDLE_MS })
    try {
      const { nonce } = await wire.read(dialBackMessage)
      const expected = waiting.get(nonce)
      if (!expected || expected.connection.id === connection.id || connection.direction !== 'inbound') {
        throw new TypeError('nobody asked for this dial-back')
      }
      expected.heard = true
      await wire.write(dialBackResponse, { status: 0 })
      await wire.close()
    } catch (error) {
      wire.abort(error instanceof Error ? error : new Error(reasonOf(error)))
    }
  }

  return {
    start: () =>
      host.handle(DIAL_BACK_PROTOCOL, (stream, connection) => void hear(stream, connection), {
        maxInboundStreams: MAX_STREAMS,
      }),
    async ask(connection, address, signal) {
      const nonce = randomBytes(8).readBigUInt64LE()
      const expected = { connection, heard: false }
      waiting.set(nonce, expected)
      try {
        const stream = await connection.newStream(DIAL_REQUEST_PROTOCOL, { signal })
        const wire = wireStream(stream, { maxBytes: MAX_AUTONAT_BYTES, signal })
        await wire.write(autonatMessage, { kind: 'dial-request', addresses: [address.bytes], nonce })
        const answer = await wire.read(autonatMessage)
        stream.abort(new Error('the question is answered'))
        if (answer.kind !== 'dial-response' || answer.status !== DialResponseStatus.ok) return 'refused'
        return outcomeOf(answer.dialStatus, expected.heard)
      } catch {
        return 'no-answer'
      } finally {
        waiting.delete(nonce)
      }
    },
    stop: () => host.unhandle(DIAL_BACK_PROTOCOL),
  }
}

function outcomeOf(dialStatus: number, heard: boolean): DialBackOutcome {
  if (dialStatus === DialStatus.ok) return heard ? 'reached' : 'no-answer'
  if (dialStatus === DialStatus.dialBackError) return 'open'
  return dialStatus === DialStatus.dialError ? 'closed' : 'no-answer'
}
