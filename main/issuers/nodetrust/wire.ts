// The client's side of the nodetrust protocols, message by message: what is sent, what may come back, how large and
// how late. What to do with it is decided in flow.ts; nothing here knows of names or keys.
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import * as Digest from 'multiformats/hashes/digest'
import { LAST_MOMENT_MS } from '../../../core/clock.ts'
import { type DiallingHost, dialMany } from '../../../core/net/dial-many.ts'
import { isPlainAddress } from '../../../core/net/plain-address.ts'
import { algorithmFromWire, algorithmToWire, type WireAlgorithm } from '../../../proto/algorithms.ts'
import { plainText } from '../../../proto/plain-text.ts'
import { throwProblem } from '../../../proto/problem.ts'
import { ISSUE_INFO_PROTOCOL, ISSUE_PROTOCOL, ISSUE_RENEWAL_PROTOCOL } from '../../../proto/protocols.ts'
import { MAX_MESSAGE_BYTES, PROOF_PROTOCOL } from '../../../proto/protocols.ts'
import { type WireStream, wireStream } from '../../../proto/wire/codec.ts'
import { nodetrust } from '../../../proto/wire/nodetrust.js'
import { BadAnswerError, OtherKeyError, UnreachableError } from './errors.ts'
import { answeredByOther } from '../../../core/net/other-key.ts'
import { reasonOf } from '../../../core/net/reason.ts'
import type { RenewalWindow } from '../../../core/x509/index.ts'
import type { RenewalAnswer } from '../issuer.ts'
import type { Connection, PeerId } from '@libp2p/interface'

/** How a server is talked to. */
export interface TalkOptions {
  readonly signal: AbortSignal
  /** How long one whole message may take, milliseconds; STREAM_IDLE_MS where left out. */
  readonly idleMs?: number | undefined
}

/** A proof server as the issue server lists it. */
export interface ProofServer {
  readonly peer: PeerId
  readonly addresses: readonly Multiaddr[]
  readonly displayName: string
}

/** What the issue server says of itself. */
export interface IssueInfo {
  readonly zone: string
  readonly proofServers: readonly ProofServer[]
  readonly maxProofs: number
}

/** What the issue server grants. */
export interface WireGrant {
  readonly names: readonly string[]
  readonly algorithm: WireAlgorithm | undefined
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
}

/** What the issue server gives in the end. */
export interface IssuedChain {
  readonly chainPem: string
  readonly renewFrom: number
  readonly renewUntil: number
  /** The issue server had it already, for the same key. */
  readonly reused: boolean
}

/** What is asked for. */
export interface WireRequest {
  readonly proofs: readonly Uint8Array[]
  readonly algorithms: readonly WireAlgorithm[]
  readonly names: readonly ('identity' | 'ip')[]
  readonly profile: string | undefined
}

/** One conversation with the issue server, in its order: request, then certify. */
export interface IssueConversation {
  /** @throws ProblemError, BadAnswerError, or what reading a stream throws */
  request(request: WireRequest): Promise<WireGrant>
  /** @throws ProblemError, BadAnswerError, or what reading a stream throws */
  certify(csr: Uint8Array, onProgress: (step: string, detail: string) => void): Promise<IssuedChain>
  /** Ends it, whatever it came to. */
  end(): Promise<void>
}

/** A home router answers a connection at once or never; a server far away needs a second or two. */
const DIAL_TIMEOUT_MS = 12_000

/** As many as any operator needs; a list of thousands would make us dial for a stranger. */
const MAX_PROOF_SERVERS = 16
const MAX_ADDRESSES_PER_SERVER = 8

/** Ten minutes of a heartbeat every second. */
const MAX_PROGRESS_MESSAGES = 600

const MAX_TEXT = 500

/**
 * Connects to a server.
 *
 * @param force  makes a new connection where there is one already
 * @throws UnreachableError, OtherKeyError, or the signal's reason
 */
export async function connect(
  host: DiallingHost,
  addresses: readonly Multiaddr[],
  signal: AbortSignal,
  force = false,
): Promise<Connection> {
  try {
    return await dialMany(host, addresses, { signal, withinMs: DIAL_TIMEOUT_MS, force, namedBy: 'chosen' })
  } catch (error) {
    signal.throwIfAborted()
    const where = addresses.map((address) => address.toString()).join(', ')
    if (answeredByOther(error)) {
      throw new OtherKeyError(`another key answers at ${where} than the address names`, { cause: error })
    }
    throw new UnreachableError(`cannot connect to ${where}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Asks the issue server about itself. */
export async function askInfo(connection: Connection, options: TalkOptions): Promise<IssueInfo> {
  const wire = await open(connection, ISSUE_INFO_PROTOCOL, MAX_MESSAGE_BYTES.info, options)
  await wire.write(nodetrust.InfoRequest, { agent: 'nodetrust' })
  const answer = await wire.read(nodetrust.InfoResponse)
  await wire.close()
  throwProblem(answer.problem)
  return {
    zone: answer.zone.toLowerCase(),
    proofServers: answer.proofServers.slice(0, MAX_PROOF_SERVERS).flatMap((server) => readProofServer(server)),
    maxProofs: answer.policy?.maxProofs || 1,
  }
}

/** Asks a proof server, over this very connection, for a proof of the address that it sees. */
export async function askProof(connection: Connection, options: TalkOptions): Promise<Uint8Array> {
  const wire = await open(connection, PROOF_PROTOCOL, MAX_MESSAGE_BYTES.proof, options)
  await wire.write(nodetrust.ProofRequest, { agent: 'nodetrust' })
  const answer = await wire.read(nodetrust.ProofResponse)
  await wire.close()
  throwProblem(answer.problem)
  return Uint8Array.from(answer.proof)
}

/**
 * Asks the issue server when the CA would like to see a certificate renewed.
 *
 * @param certificateId  the certificate's ARI id
 */
export async function askRenewal(
  connection: Connection,
  certificateId: string,
  options: TalkOptions,
): Promise<RenewalAnswer> {
  const wire = await open(connection, ISSUE_RENEWAL_PROTOCOL, MAX_MESSAGE_BYTES.renewal, options)
  await wire.write(nodetrust.RenewalRequest, { certificateId })
  const answer = await wire.read(nodetrust.RenewalResponse)
  await wire.close()
  throwProblem(answer.problem)
  return {
    window: readWindow(answer.renewFromMs, answer.renewUntilMs),
    askAgainMs: answer.askAgainMs || undefined,
    explanationUrl: readUrl(answer.explanationUrl),
  }
}

/** A window as it is told; undefined where it is none (zeros, an end before the begin, dates no calendar has). */
export function readWindow(start: number, end: number): RenewalWindow | undefined {
  return start > 0 && end > start && end <= LAST_MOMENT_MS ? { start, end } : undefined
}

/** A page that may be shown; what is no web address is none. */
function readUrl(text: string): string | undefined {
  const url = URL.parse(short(text))
  return url?.protocol === 'https:' ? url.href : undefined
}

/** Opens the conversation that ends in a certificate. */
export async function openIssue(connection: Connection, options: TalkOptions): Promise<IssueConversation> {
  const wire = await open(connection, ISSUE_PROTOCOL, MAX_MESSAGE_BYTES.issueFromServer, options)
  const next = async () => {
    const message = await wire.read(nodetrust.IssueServerMessage)
    throwProblem(message.problem)
    return message
  }
  return {
    async request({ proofs, algorithms, names, profile }) {
      const kinds = { identity: nodetrust.NameKind.IDENTITY, ip: nodetrust.NameKind.IP }
      await wire.write(nodetrust.IssueClientMessage, {
        request: {
          proofs: [...proofs],
          keyAlgorithms: algorithms.map((name) => algorithmToWire(name)),
          wanted: names.map((name) => kinds[name]),
          profile: profile ?? '',
        },
      })
      const { grant } = await next()
      if (!grant) throw new BadAnswerError('the issue server did not answer the request with a grant')
      return {
        names: (grant.names ?? []).map((name) => name.toLowerCase()),
        algorithm: grant.keyAlgorithm ? algorithmFromWire(grant.keyAlgorithm) : undefined,
        leftOut: (grant.leftOut ?? []).map(({ name, reason }) => ({ name: short(name), reason: short(reason) })),
      }
    },
    async certify(csr, onProgress) {
      await wire.write(nodetrust.IssueClientMessage, { csr: { der: csr } })
      for (let messages = 0; messages < MAX_PROGRESS_MESSAGES; messages++) {
        const { progress, certificate } = await next()
        if (certificate) {
          const { chain, renewFromMs, renewUntilMs, reused } = certificate
          const window = { renewFrom: renewFromMs ?? 0, renewUntil: renewUntilMs ?? 0 }
          return { chainPem: chain ?? '', ...window, reused: reused ?? false }
        }
        if (!progress) throw new BadAnswerError('the issue server sent neither progress nor a certificate')
        onProgress(short(progress.step), short(progress.detail))
      }
      throw new BadAnswerError(`the issue server sent ${MAX_PROGRESS_MESSAGES} progress messages and no certificate`)
    },
    end: () => wire.close(),
  }
}

async function open(
  connection: Connection,
  protocol: string,
  maxBytes: number,
  { signal, idleMs }: TalkOptions,
): Promise<WireStream> {
  try {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)])
    const stream = await connection.newStream(protocol, { signal: bounded })
    return wireStream(stream, { maxBytes, idleMs, signal })
  } catch (error) {
    signal.throwIfAborted()
    const who = connection.remotePeer.toString()
    throw new UnreachableError(`${who} does not answer ${protocol}: ${reasonOf(error)}`, { cause: error })
  }
}

/** A listed server; left out where its peer id or all of its addresses cannot be read by this version. */
function readProofServer(server: nodetrust.ProofServer.$Properties): ProofServer[] {
  try {
    const peer = peerIdFromMultihash(Digest.decode(Uint8Array.from(server.peerId ?? [])))
    const addresses = (server.addresses ?? []).slice(0, MAX_ADDRESSES_PER_SERVER).flatMap((bytes) => {
      const address = readAddress(Uint8Array.from(bytes), peer)
      return address ? [address] : []
    })
    return addresses.length > 0 ? [{ peer, addresses, displayName: short(server.displayName) || peer.toString() }] : []
  } catch {
    return []
  }
}

/** The address with the peer id at its end; undefined where it names another peer or is none. */
function readAddress(bytes: Uint8Array, peer: PeerId): Multiaddr | undefined {
  try {
    const address = multiaddr(bytes)
    if (!isPlainAddress(address)) return undefined
    const named = address.getComponents().filter(({ name }) => name === 'p2p')
    if (named.length === 0) return address.encapsulate(`/p2p/${peer.toString()}`)
    return named.length === 1 && named[0]?.value === peer.toString() ? address : undefined
  } catch {
    return undefined
  }
}

/** What the server wrote for people, as text that steers nothing. */
function short(text: string | null | undefined): string {
  return plainText((text ?? '').slice(0, MAX_TEXT))
}
