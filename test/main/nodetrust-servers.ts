// A proof server and an issue server that speak the real protocols over real hosts and do whatever a test tells them: every
// answer can be exchanged. The certificate comes from an authority that nobody trusts.
import { multiaddr } from '@multiformats/multiaddr'
import { readCsr } from '../../core/x509/index.ts'
import { algorithmToWire } from '../../proto/algorithms.ts'
import { parseIpv4 } from '../../proto/ip.ts'
import { dns2ipName, id0Name } from '../../proto/names.ts'
import { sealProof } from '../../core/records/proof.ts'
import { ISSUE_INFO_PROTOCOL, ISSUE_PROTOCOL, PROOF_PROTOCOL } from '../../proto/protocols.ts'
import { wireStream, type WireStream } from '../../proto/wire/codec.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { LOOPBACK, newIdentity, NOW, startHost, ZONE } from './support.ts'
import type { Host } from '../../core/host.ts'
import type { Authority } from '../../servers/ca/authority.ts'
import type { Connection, PeerId, PrivateKey } from '@libp2p/interface'
import type { TestContext } from 'node:test'

/** What a proof server does; everything that is left out is as an honest one has it. */
export interface ProofScript {
  /** Whom the proof is about. */
  readonly about?: PeerId
  /** Who signs it. */
  readonly signer?: PrivateKey
  /** Answers in its own way. */
  readonly answer?: (wire: WireStream, connection: Connection) => Promise<void>
}

/** What an issue server does. */
export interface IssueScript {
  readonly info?: nodetrust.InfoResponse.$Properties
  readonly grant?: (grant: nodetrust.Grant.$Properties) => nodetrust.IssueServerMessage.$Properties
  readonly beforeCertificate?: (
    wire: WireStream,
    stream: { readonly sendRaw: (bytes: Uint8Array) => void },
  ) => Promise<void>
  readonly chain?: (csr: Uint8Array, names: readonly string[]) => Promise<string>
}

/** A proof server as it is listed. */
export interface ListedServer {
  readonly peer: PeerId
  readonly addresses: readonly string[]
  readonly name: string
}

const MAX_BYTES = 65_536

export async function startProofServer(t: TestContext, script: ProofScript = {}): Promise<ListedServer> {
  const { key, peerId } = await newIdentity()
  const host = await startHost(t, { privateKey: key, listen: LOOPBACK })
  await host.handle(PROOF_PROTOCOL, async (stream, connection) => {
    const wire = wireStream(stream, { maxBytes: MAX_BYTES })
    await wire.read(nodetrust.ProofRequest)
    if (script.answer) return await script.answer(wire, connection)
    const seen = parseIpv4('127.0.0.1')
    const proof = await sealProof(
      { timestampMs: NOW, peer: script.about ?? connection.remotePeer, addresses: seen ? [seen] : [] },
      script.signer ?? key,
    )
    await wire.write(nodetrust.ProofResponse, { proof })
    await wire.close()
  })
  return {
    peer: peerId,
    addresses: host.getMultiaddrs().map((address) => address.toString()),
    name: `proof ${peerId.toString().slice(-4)}`,
  }
}

/** A server that is listed, but where nobody listens. */
export async function deadServer(name: string): Promise<ListedServer> {
  const { peerId } = await newIdentity()
  // port 1 of loopback refuses at once
  return { peer: peerId, addresses: ['/ip4/127.0.0.1/tcp/1'], name }
}

export interface IssueServer {
  readonly host: Host
  readonly addresses: readonly string[]
  /** What clients asked for. */
  readonly requests: nodetrust.IssueRequest.$Properties[]
  /** Names in the CSRs that came. */
  readonly csrNames: (readonly string[])[]
}

export async function startIssueServer(
  t: TestContext,
  authority: Authority,
  proofServers: readonly ListedServer[],
  script: IssueScript = {},
): Promise<IssueServer> {
  const host = await startHost(t, { listen: LOOPBACK })
  const requests: nodetrust.IssueRequest.$Properties[] = []
  const csrNames: (readonly string[])[] = []
  await host.handle(ISSUE_INFO_PROTOCOL, async (stream) => {
    const wire = wireStream(stream, { maxBytes: MAX_BYTES })
    await wire.read(nodetrust.InfoRequest)
    await wire.write(nodetrust.InfoResponse, {
      zone: ZONE,
      proofServers: proofServers.map(({ peer, addresses, name }) => ({
        peerId: peer.toMultihash().bytes,
        addresses: addresses.map((text) => multiaddr(text).bytes),
        displayName: name,
      })),
      policy: { maxProofs: 4, ipNames: true, addressClasses: ['loopback'] },
      ...script.info,
    })
    await wire.close()
  })
  const converse = async (wire: WireStream, peer: PeerId, sendRaw: (bytes: Uint8Array) => void) => {
    const { request } = await wire.read(nodetrust.IssueClientMessage)
    if (!request) return
    requests.push(request)
    const identity = id0Name(peer, ZONE)
    const seen = parseIpv4('127.0.0.1')
    const names = [identity, `*.${identity}`, ...(seen ? [dns2ipName(seen, ZONE)] : [])]
    const grant = { names, keyAlgorithm: algorithmToWire('ecdsa-p256') }
    await wire.write(nodetrust.IssueServerMessage, script.grant?.(grant) ?? { grant })
    const { csr } = await wire.read(nodetrust.IssueClientMessage)
    const der = Uint8Array.from(csr?.der ?? [])
    const facts = await readCsr(der)
    csrNames.push(facts.names)
    for (const step of ['order', 'order', 'finalize']) {
      await wire.write(nodetrust.IssueServerMessage, { progress: { step, detail: '' } })
    }
    await script.beforeCertificate?.(wire, { sendRaw })
    const dates = { notBefore: NOW, notAfter: NOW + 90 * 86_400_000 }
    const chain = script.chain
      ? await script.chain(der, facts.names)
      : (await authority.sign({ names: facts.names, publicKeySpki: facts.publicKeySpki, ...dates })).chainPem
    const [renewFromMs, renewUntilMs] = [NOW + 60 * 86_400_000, NOW + 61 * 86_400_000]
    await wire.write(nodetrust.IssueServerMessage, { certificate: { chain, renewFromMs, renewUntilMs } })
    await wire.close()
  }
  await host.handle(ISSUE_PROTOCOL, (stream, connection) => {
    const wire = wireStream(stream, { maxBytes: MAX_BYTES })
    const sendRaw = (bytes: Uint8Array) => void stream.send(bytes)
    converse(wire, connection.remotePeer, sendRaw).catch((error: Error) => wire.abort(error))
  })
  const addresses = host.getMultiaddrs().map((address) => address.toString())
  return { host, addresses, requests, csrNames }
}
