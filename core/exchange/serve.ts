// Answers questions for peer records, at nodes and at servers: one question a stream, so often a connection, so many bytes a network
// and so many in all. Whoever asks for more is told when to come again; whoever goes on is cut off by the library's own entry.
import { PEER_RECORDS_PROTOCOL, MAX_MESSAGE_BYTES } from '../../proto/protocols.ts'
import { ProblemError, problemToWire } from '../../proto/problem.ts'
import { type WireStream, wireStream } from '../../proto/wire/codec.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { countedLog } from '../counted-log.ts'
import { networkOfText } from '../net/network.ts'
import { limitedHandler, type ProtocolRates } from '../net/protocol-rates.ts'
import { answerOf } from './answer.ts'
import { type Budget, createBudget } from './budget.ts'
import * as limits from './limits.ts'
import type { Clock } from '../clock.ts'
import type { Host } from '../host.ts'
import type { Rate } from '../leaky-bucket.ts'
import type { Log } from '../log.ts'
import type { RecordSource } from './source.ts'
import type { Connection, Stream } from '@libp2p/interface'

/** What answering needs. */
export interface ExchangeServerInit {
  readonly host: Host
  readonly source: RecordSource
  readonly clock: Clock
  readonly log: Log
  /** Ends it. */
  readonly signal: AbortSignal
  readonly limits?: Partial<ExchangeLimits> | undefined
}

/** How much is answered. */
export interface ExchangeLimits {
  readonly rates: ProtocolRates
  /** Bytes for one network, and for all. */
  readonly networkBytes: Rate
  readonly allBytes: Rate
  /** How long a question may take to come, milliseconds. */
  readonly idleMs: number
}

/** What is counted, for those who ask. */
export interface ExchangeServer {
  /** Networks of whom it is remembered what they were told. */
  networks(): number
}

const LIMITS: ExchangeLimits = {
  ...{ rates: limits.EXCHANGE_RATES, networkBytes: limits.NETWORK_BYTES, allBytes: limits.ALL_BYTES },
  idleMs: limits.EXCHANGE_IDLE_MS,
}

/** Answers until the signal is aborted. */
export async function serveExchange(init: ExchangeServerInit): Promise<ExchangeServer> {
  const { host, signal } = init
  const set = { ...LIMITS, ...init.limits }
  const log = countedLog(init.log.child({ protocol: PEER_RECORDS_PROTOCOL }), init.clock)
  const budget = createBudget(set)
  const handler = limitedHandler(
    (stream, connection) => void converse(init, set, budget, stream, connection, log),
    set.rates,
  )
  await host.handle(PEER_RECORDS_PROTOCOL, handler, {
    maxInboundStreams: limits.MAX_EXCHANGE_STREAMS,
    runOnLimitedConnection: false,
  })
  signal.addEventListener('abort', () => void host.unhandle(PEER_RECORDS_PROTOCOL).catch(() => undefined), {
    once: true,
  })
  return { networks: () => budget.size() }
}

/** Never rejects: the stream belongs to nobody else. */
async function converse(
  { host, source, clock, signal }: ExchangeServerInit,
  { idleMs }: ExchangeLimits,
  budget: Budget,
  stream: Stream,
  connection: Connection,
  log: Log,
): Promise<void> {
  const network = networkOfText(connection.remoteAddr.getComponents()[0]?.value)
  const wire = wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.peerRecordsRequest, idleMs, signal })
  try {
    const question = await wire.read(nodetrust.PeerRecordsRequest)
    budget.check(network, clock.now())
    const answer = answerOf({ peers: question.peers, summary: readable(question.summary) }, source, host.peerId)
    const cost = [...answer.envelopes, ...answer.unsigned.flatMap(({ addresses }) => addresses)]
    budget.spend(network, sum(cost.map(({ length }) => length)), clock.now())
    await wire.write(nodetrust.PeerRecordsResponse, {
      envelopes: [...answer.envelopes],
      unsigned: answer.unsigned.map(({ peerId, addresses }) => ({ peerId, addresses: [...addresses] })),
      more: answer.more,
    })
    await wire.close()
  } catch (error) {
    const who = {
      peer: connection.remotePeer.toString(),
      reason: error instanceof Error ? error.message : String(error),
    }
    log.debug(who, 'a question for peer records was not answered')
    if (error instanceof ProblemError) return await refuse(wire, error)
    wire.abort(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Protobuf leaves out what is empty. */
function readable(summary: nodetrust.PeerRecordsRequest['summary']) {
  return summary ? { salt: summary.salt ?? EMPTY, filter: summary.filter ?? EMPTY } : undefined
}

const EMPTY = new Uint8Array()

async function refuse(wire: WireStream, problem: ProblemError): Promise<void> {
  const sent = wire.write(nodetrust.PeerRecordsResponse, { problem: problemToWire(problem) })
  await sent.then(() => wire.close()).catch(() => undefined)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
