// The two protocols of the issue server. Info says what a client needs to know; issue is a short conversation: request,
// grant, CSR, progress, certificate. Nothing reaches the CA before every proof and the CSR have been checked.
import { multiaddr } from '@multiformats/multiaddr'
import { peerIdFromString } from '@libp2p/peer-id'
import { checkCsrFor, type CsrFacts, CsrError, readCsr } from '../../core/x509/index.ts'
import { algorithmToWire, type WireAlgorithm } from '../../proto/algorithms.ts'
import { parseZoneName } from '../../proto/names.ts'
import { problemToWire } from '../../proto/problem.ts'
import { ISSUE_INFO_PROTOCOL, ISSUE_PROTOCOL, MAX_MESSAGE_BYTES } from '../../proto/protocols.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { type Conversation, problem, serveProtocol } from '../serve-protocol.ts'
import { inWords } from '../quota/words.ts'
import type { Budget } from './budget.ts'
import { type GrantedNames, grantNames, type NamePolicy, negotiateAlgorithm } from './grant.ts'
import { ipOf } from '../../core/net/multiaddr-ip.ts'
import { machineOf, networkOf, NO_NETWORK } from '../../core/net/network.ts'
import { verifyProofs } from './proofs.ts'
import type { NetworkRate } from '../quota/network-rate.ts'
import type { Reach } from './reach.ts'
import type { OnStep, Orders } from './orders.ts'
import type { Clock } from '../../core/clock.ts'
import type { Host } from '../../core/host.ts'
import type { Log } from '../../core/log.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { IpAddress } from '../../proto/ip.ts'
import type { WireStream } from '../../proto/wire/codec.ts'
import type { PeerId } from '@libp2p/interface'

/** A proof server as clients are told of it. */
export interface ListedProofServer {
  /** Peer id as text. */
  readonly peer: string
  readonly addresses: readonly string[]
  readonly displayName: string
}

/** What the operator decided. */
export interface IssuePolicy {
  readonly zone: string
  readonly proofServers: readonly ListedProofServer[]
  readonly addressClasses: readonly AddressClass[]
  readonly keyAlgorithms: readonly WireAlgorithm[]
  readonly ipNames: boolean
  /** The CA's profiles a client may choose from, with what they mean; empty where the CA has none or cannot be asked. */
  readonly profiles: () => Promise<ReadonlyMap<string, string>>
}

/** What the conversations need. */
export interface IssueConversationsInit {
  readonly host: Host
  readonly policy: IssuePolicy
  readonly orders: Orders
  readonly budget: Budget
  /** Conversations that a network begins. */
  readonly attempts: NetworkRate
  readonly reach: Reach
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly idleMs?: number | undefined
}

/** As many proofs as a home has addresses: a few of each family. */
const MAX_PROOFS = 8

/** Progress is repeated while nothing new happens, well within the silence a client puts up with. */
const HEARTBEAT_MS = 4_000

/** Answers both protocols until the signal is aborted. */
export async function serveIssue(init: IssueConversationsInit): Promise<void> {
  const { host, log, signal, idleMs } = init
  await serveProtocol({
    ...{ host, log, signal, idleMs, protocol: ISSUE_INFO_PROTOCOL, maxBytes: MAX_MESSAGE_BYTES.infoRequest },
    async handle({ stream }) {
      await stream.read(nodetrust.InfoRequest)
      await stream.write(nodetrust.InfoResponse, await describePolicy(init.policy))
    },
    refuse: (stream, error) => stream.write(nodetrust.InfoResponse, { problem: problemToWire(error) }),
  })
  await serveProtocol({
    ...{ host, log, signal, idleMs, protocol: ISSUE_PROTOCOL, maxBytes: MAX_MESSAGE_BYTES.issueFromClient },
    handle: (conversation) => holdIssue(init, conversation),
    refuse: (stream, error) => stream.write(nodetrust.IssueServerMessage, { problem: problemToWire(error) }),
  })
}

/** @throws ProblemError RATE_LIMIT where the caller's network has begun too many, before anything is computed for it */
function countAttempt({ attempts }: IssueConversationsInit, { connection }: Conversation): void {
  const ip = ipOf(connection.remoteAddr)
  const wait = attempts(ip ? networkOf(ip) : NO_NETWORK)
  if (wait > 0) throw problem('RATE_LIMIT', `your network has tried too often: there is room in ${inWords(wait)}`, wait)
}

async function holdIssue(init: IssueConversationsInit, conversation: Conversation): Promise<void> {
  const { stream, connection, signal } = conversation
  countAttempt(init, conversation)
  const { policy, orders, clock } = init
  const asker = connection.remotePeer
  const { request } = await stream.read(nodetrust.IssueClientMessage)
  if (!request) throw problem('INVALID_REQUEST', 'the conversation begins with a request')

  const algorithm = negotiateAlgorithm(request.keyAlgorithms ?? [], policy.keyAlgorithms)
  const addresses = await verifyProofs(request.proofs ?? [], {
    asker,
    signers: new Set(policy.proofServers.map((server) => server.peer)),
    addressClasses: policy.addressClasses,
    maxProofs: MAX_PROOFS,
    now: clock.now(),
  })
  const profiles = await policy.profiles()
  const asked = checkProfile(request.profile ?? '', profiles)
  const wanted = request.wanted ?? []
  const allowed = await allowedIpNames(init, { connection, signal }, { addresses, wanted, profile: asked, profiles })
  const granted = await grantWhatFits(init, asker, addresses, wanted, allowed)
  const profile = profileFor(granted, asked, profiles, policy.zone)
  await stream.write(nodetrust.IssueServerMessage, {
    grant: {
      names: [...granted.names],
      keyAlgorithm: algorithmToWire(algorithm),
      leftOut: [...granted.leftOut],
      addresses: addresses.map((address) => address.bytes),
    },
  })

  const { csr } = await stream.read(nodetrust.IssueClientMessage)
  if (!csr?.der) throw problem('INVALID_REQUEST', 'after the grant the client sends a CSR')
  const der = Uint8Array.from(csr.der)
  const facts = await checkCsr(der, { names: granted.names, algorithm })

  const progress = reportProgress(stream)
  try {
    const issued = await orders.obtain({
      ...{ peer: asker.toString(), names: granted.names, csr: der, spki: facts.spkiSha256, profile, signal },
      networks: addresses.map((ip) => networkOf(ip)),
      machines: addresses.map((ip) => machineOf(ip)),
      onStep: progress.report,
    })
    await progress.stop()
    const { chainPem: chain, renewFrom: renewFromMs, renewUntil: renewUntilMs, reused } = issued
    await stream.write(nodetrust.IssueServerMessage, { certificate: { chain, renewFromMs, renewUntilMs, reused } })
  } finally {
    await progress.stop()
  }
}

/** An address may belong to somebody else tomorrow, so its name is certified for days, where the CA has the profile for that. */
const IP_PROFILE = 'shortlived'

/** Whether names that contain an address are for this peer, and at which addresses not. */
type IpNames = Pick<NamePolicy, 'ipNames' | 'whyNoIpNames' | 'unreached'>

/** Which names with an address may be given at all: those where the peer was reached, for as long as such a name may live. */
async function allowedIpNames(
  { policy, orders, reach }: IssueConversationsInit,
  { connection, signal }: Pick<Conversation, 'connection' | 'signal'>,
  asked: {
    readonly addresses: readonly IpAddress[]
    readonly wanted: readonly nodetrust.NameKind[]
    readonly profile: string | undefined
    readonly profiles: ReadonlyMap<string, string>
  },
): Promise<IpNames> {
  const { addresses, wanted, profile, profiles } = asked
  if (!policy.ipNames || !wanted.includes(nodetrust.NameKind.IP)) return { ipNames: policy.ipNames }
  if (profile !== undefined && profile !== IP_PROFILE && profiles.has(IP_PROFILE)) {
    const whyNoIpNames = `names that contain an address have the profile "${IP_PROFILE}": ask for it, or for none`
    return { ipNames: false, whyNoIpNames }
  }
  // an order that is under way was granted after a dial-back, and goes on as it is
  const { names } = grantNames(connection.remotePeer, addresses, wanted, { ...policy, ipNames: true })
  if (await orders.isUnderWay(connection.remotePeer.toString(), names)) return { ipNames: true }
  return { ipNames: true, unreached: await reach(connection, addresses, signal) }
}

function profileFor(
  { names }: GrantedNames,
  asked: string | undefined,
  profiles: ReadonlyMap<string, string>,
  zone: string,
): string | undefined {
  const hasAddress = names.some((name) => parseZoneName(name, zone)?.kind === 'dns2ip')
  return hasAddress && profiles.has(IP_PROFILE) ? IP_PROFILE : asked
}

/** The names for a peer, without those that contain an address where the budget is short. */
async function grantWhatFits(
  { policy, orders, budget }: IssueConversationsInit,
  asker: PeerId,
  addresses: readonly IpAddress[],
  wanted: readonly nodetrust.NameKind[],
  allowed: IpNames,
): Promise<GrantedNames> {
  const all = grantNames(asker, addresses, wanted, { ...policy, ...allowed })
  if (!allowed.ipNames || !wanted.includes(nodetrust.NameKind.IP)) return all
  // an order that is paid for goes on as it is
  if (await orders.isUnderWay(asker.toString(), all.names)) return all
  const wait = await budget.waitForIpNames(all.names)
  if (wait === 0) return all
  const whyNoIpNames = `new certificates are short this week, names that contain an address come last: there is room in ${inWords(wait)}`
  if (wanted.includes(nodetrust.NameKind.IDENTITY))
    return grantNames(asker, addresses, wanted, { ...policy, ipNames: false, whyNoIpNames })
  throw problem('RATE_LIMIT', whyNoIpNames, wait)
}

async function checkCsr(der: Uint8Array, granted: Parameters<typeof checkCsrFor>[1]): Promise<CsrFacts> {
  try {
    const facts = await readCsr(der)
    checkCsrFor(facts, granted)
    return facts
  } catch (error) {
    if (error instanceof CsrError) throw problem('INVALID_CSR', error.message)
    throw error
  }
}

function checkProfile(profile: string, known: ReadonlyMap<string, string>): string | undefined {
  if (profile === '') return undefined
  if (known.has(profile)) return profile
  throw problem(
    'INVALID_REQUEST',
    `the profile "${profile}" is none of ${[...known.keys()].join(', ') || '(none offered)'}`,
  )
}

/** Sends each step, and the last one again while nothing happens; a client that does not read them costs nothing. */
function reportProgress(stream: WireStream): {
  report: OnStep
  stop: () => Promise<void>
} {
  let last: nodetrust.Progress.$Properties = { step: 'accepted', detail: '' }
  let sending = Promise.resolve()
  const send = () => {
    sending = sending.then(() => stream.write(nodetrust.IssueServerMessage, { progress: last })).catch(() => undefined)
  }
  send()
  const timer = setInterval(send, HEARTBEAT_MS)
  return {
    report(step, detail = '', place) {
      last = { step, detail }
      if (place) last = { ...last, position: place.position, expectedSeconds: Math.ceil(place.expectedMs / 1_000) }
      send()
    },
    stop() {
      clearInterval(timer)
      return sending
    },
  }
}

async function describePolicy(policy: IssuePolicy): Promise<nodetrust.InfoResponse.$Properties> {
  return {
    zone: policy.zone,
    proofServers: policy.proofServers.map(({ peer, addresses, displayName }) => ({
      peerId: peerIdFromString(peer).toMultihash().bytes,
      addresses: addresses.map((address) => multiaddr(address).bytes),
      displayName,
    })),
    keyAlgorithms: policy.keyAlgorithms.map(algorithmToWire),
    profiles: [...(await policy.profiles())].map(([name, description]) => ({ name, description })),
    policy: { addressClasses: [...policy.addressClasses], ipNames: policy.ipNames, maxProofs: MAX_PROOFS },
  }
}
