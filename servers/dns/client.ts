// The other side of the dns-01 protocol, for the roles that set values: a value counts as set only when every DNS server of the
// zone has it, because the CA may ask any of them.
import { multiaddr } from '@multiformats/multiaddr'
import { throwProblem } from '../../proto/problem.ts'
import { DNS01_PROTOCOL, MAX_MESSAGE_BYTES } from '../../proto/protocols.ts'
import { wireStream } from '../../proto/wire/codec.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import type { Host } from '../../core/host.ts'
import type { ChallengeValue } from '../store/store.ts'

/** A DNS server did not take a value; the message names the server and what it answered. */
export class DnsServerError extends Error {
  override readonly name = 'DnsServerError'
}

/** Sets and removes TXT values at all DNS servers. */
export interface DnsClient {
  /** @throws DnsServerError */
  set(challenge: ChallengeValue, signal: AbortSignal): Promise<void>
  /** Tries every server. @throws DnsServerError where one kept the value */
  remove(challenge: ChallengeValue, signal: AbortSignal): Promise<void>
}

/** Sets which account may have certificates for an AutoTLS peer. */
export interface CaaPinner {
  /**
   * Sets the CAA record of a peer's name at all DNS servers; an empty value takes it away.
   *
   * @throws DnsServerError
   */
  pin(name: string, value: string, signal: AbortSignal): Promise<void>
}

/** All orders share one connection to a DNS server. */
const MAX_STREAMS = 512

/** One call, with dialling, may take this long. */
const CALL_TIMEOUT_MS = 15_000

/**
 * Makes the client.
 *
 * @param servers  multiaddrs with a /p2p/ part, one for each DNS server
 */
export function dnsClient(host: Host, servers: readonly string[]): DnsClient & CaaPinner {
  const call = async (
    server: string,
    request: nodetrust.Dns01Request.$Properties,
    outer: AbortSignal,
  ): Promise<void> => {
    const signal = AbortSignal.any([outer, AbortSignal.timeout(CALL_TIMEOUT_MS)])
    try {
      const stream = await host.dialProtocol(multiaddr(server), DNS01_PROTOCOL, {
        signal,
        maxOutboundStreams: MAX_STREAMS,
      })
      const wire = wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.dns01, signal })
      await wire.write(nodetrust.Dns01Request, request)
      const response = await wire.read(nodetrust.Dns01Response)
      await wire.close()
      throwProblem(response.problem)
    } catch (error) {
      throw new DnsServerError(
        `the DNS server ${server} did not take ${request.name}: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      )
    }
  }
  const callAll = async (
    action: nodetrust.Dns01Request.Action,
    challenge: ChallengeValue,
    signal: AbortSignal,
  ): Promise<void> => {
    const results = await Promise.allSettled(servers.map((server) => call(server, { action, ...challenge }, signal)))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }
  return {
    set: (challenge, signal) => callAll(nodetrust.Dns01Request.Action.SET, challenge, signal),
    remove: (challenge, signal) => callAll(nodetrust.Dns01Request.Action.REMOVE, challenge, signal),
    pin: (name, value, signal) => callAll(nodetrust.Dns01Request.Action.PIN, { name, value }, signal),
  }
}
