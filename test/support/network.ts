// The sandbox's network for tests, with a client made by hand that can say anything at any point of the conversation, and
// looks at what is left behind.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { createResolver } from '../../core/dns/index.ts'
import { createHost, type Host, stopHost } from '../../core/host.ts'
import { createLog } from '../../core/log.ts'
import { createCsr } from '../../core/x509/index.ts'
import { challengeName, id0Name } from '../../proto/names.ts'
import { type ErrorCode, errorCodeName, ProblemError, throwProblem } from '../../proto/problem.ts'
import {
  DNS01_PROTOCOL,
  ISSUE_INFO_PROTOCOL,
  ISSUE_PROTOCOL,
  ISSUE_RENEWAL_PROTOCOL,
  MAX_MESSAGE_BYTES,
  PROOF_PROTOCOL,
} from '../../proto/protocols.ts'
import { type WireMessage, type WireStream, wireStream } from '../../proto/wire/codec.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { splitHostPort } from '../../core/net/host-port.ts'
import { type SandboxInit, type SandboxNetwork, startSandboxNetwork } from '../../servers/sandbox/network.ts'
import { type Ca, createCa } from '../../servers/ca/ca.ts'
import { directoryOrigin } from '../../core/acme/directories.ts'
import { openSqliteLedger } from '../../servers/store/sqlite-ledger.ts'
import type { PrivateKey } from '@libp2p/interface'
import type { Faults } from '../../servers/ca/http.ts'
import type { OrderRow } from '../../servers/store/store.ts'

/** Starts the network, silent. */
export function startNetwork(init: Partial<SandboxInit> = {}): Promise<SandboxNetwork> {
  return startSandboxNetwork({ log: createLog('silent'), ...init })
}

/** The embedded CA as a network's own, kept to count what it issued. */
export function countedCa(faults: Faults = {}): {
  readonly startCa: NonNullable<SandboxInit['startCa']>
  readonly ca: () => Ca
} {
  let started: Ca | undefined
  return {
    async startCa(dns, dir) {
      const ca = createCa({ dir: join(dir, 'ca'), resolver: createResolver({ servers: [splitHostPort(dns)] }), faults })
      const { directoryUrl, rootPath = '' } = await ca.start()
      started = ca
      return { directory: directoryUrl, trustAnchor: rootPath, root: rootPath, stop: () => ca.stop() }
    },
    ca() {
      assert.ok(started)
      return started
    },
  }
}

/** A host that can be dialled back, unless it is to dial alone. */
export async function createClient({
  listen = ['/ip4/127.0.0.1/tcp/0'],
}: { readonly listen?: readonly string[] } = {}): Promise<{
  readonly host: Host
  readonly key: PrivateKey
  stop(): Promise<void>
}> {
  const key = await generateKeyPair('Ed25519')
  const host = await createHost({ privateKey: key, listen })
  return { host, key, stop: () => stopHost(host) }
}

/** Reads the key of a role: a test may sign in its name. */
export async function roleKey(network: SandboxNetwork, role: string): Promise<PrivateKey> {
  return privateKeyFromProtobuf(Buffer.from(await readFile(join(network.dir, `${role}.key`), 'utf8'), 'base64'))
}

export async function askInfo(host: Host, issue: string): Promise<nodetrust.InfoResponse> {
  const wire = wireStream(await host.dialProtocol(multiaddr(issue), ISSUE_INFO_PROTOCOL), {
    maxBytes: MAX_MESSAGE_BYTES.info,
  })
  await wire.write(nodetrust.InfoRequest, {})
  const info = await wire.read(nodetrust.InfoResponse)
  await wire.close()
  throwProblem(info.problem)
  return info
}

export async function askProof(host: Host, proof: string): Promise<Uint8Array> {
  const wire = wireStream(await host.dialProtocol(multiaddr(proof), PROOF_PROTOCOL), {
    maxBytes: MAX_MESSAGE_BYTES.proof,
  })
  await wire.write(nodetrust.ProofRequest, {})
  const response = await wire.read(nodetrust.ProofResponse)
  await wire.close()
  throwProblem(response.problem)
  return Uint8Array.from(response.proof)
}

/** Asks when to renew a certificate. @throws ProblemError as the server sent it */
export async function askRenewal(
  host: Host,
  issue: string,
  certificateId: string,
): Promise<nodetrust.RenewalResponse & nodetrust.RenewalResponse.$Shape> {
  const wire = wireStream(await host.dialProtocol(multiaddr(issue), ISSUE_RENEWAL_PROTOCOL), {
    maxBytes: MAX_MESSAGE_BYTES.renewal,
  })
  await wire.write(nodetrust.RenewalRequest, { certificateId })
  const response = await wire.read(nodetrust.RenewalResponse)
  await wire.close()
  throwProblem(response.problem)
  return response
}

/** What a client says; everything that is left out is as an honest client has it. */
export interface Said {
  readonly proofs?: readonly Uint8Array[]
  readonly keyAlgorithms?: readonly nodetrust.KeyAlgorithm[]
  readonly wanted?: nodetrust.NameKind[]
  readonly profile?: string
  /** Makes the CSR from the granted names. */
  readonly csr?: (names: readonly string[]) => Promise<Uint8Array>
  /** Called with each progress message. */
  readonly onProgress?: (step: string, progress: nodetrust.Progress.$Properties) => void
}

/** What came of it. */
export interface Answered {
  readonly grant: nodetrust.Grant
  readonly certificate: nodetrust.IssuedCertificate
  readonly progress: readonly string[]
}

/**
 * Holds the issue conversation.
 *
 * @throws ProblemError as the server sent it
 */
export async function converse(
  host: Host,
  network: Pick<SandboxNetwork, 'issue' | 'proof'>,
  said: Said = {},
): Promise<Answered> {
  const proofs = said.proofs ?? [await askProof(host, network.proof)]
  const stream = await host.dialProtocol(multiaddr(network.issue), ISSUE_PROTOCOL)
  const wire = wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.issueFromServer })
  try {
    return await sayAll(wire, proofs, said)
  } finally {
    await wire.close()
  }
}

/** Makes one CSR and gives the same again: what an honest client does until it has a certificate. */
export function keptCsr(): (names: readonly string[]) => Promise<Uint8Array> {
  let made: Promise<Uint8Array> | undefined
  return (names) => (made ??= createCsr({ names }).then(({ csr }) => csr))
}

async function sayAll(wire: WireStream, proofs: readonly Uint8Array[], said: Said): Promise<Answered> {
  const { keyAlgorithms = [nodetrust.KeyAlgorithm.ECDSA_P256], wanted = [1, 2], profile = '' } = said
  await wire.write(nodetrust.IssueClientMessage, {
    request: { proofs: [...proofs], keyAlgorithms: [...keyAlgorithms], wanted, profile },
  })
  const { grant, problem } = await wire.read(nodetrust.IssueServerMessage)
  throwProblem(problem)
  if (!grant) throw new Error('expected a grant')
  const names = grant.names ?? []
  const der = said.csr ? await said.csr(names) : (await createCsr({ names })).csr
  await wire.write(nodetrust.IssueClientMessage, { csr: { der } })
  const progress: string[] = []
  for (;;) {
    const message = await wire.read(nodetrust.IssueServerMessage)
    throwProblem(message.problem)
    if (message.certificate)
      return {
        grant: copy(nodetrust.Grant, grant),
        certificate: copy(nodetrust.IssuedCertificate, message.certificate),
        progress,
      }
    if (message.progress) {
      progress.push(message.progress.step ?? '')
      said.onProgress?.(message.progress.step ?? '', message.progress)
    }
  }
}

/** A message with all its defaults filled in. */
function copy<Read, Write>(type: WireMessage<Read, Write>, message: Write): Read {
  return type.decode(type.encode(message).finish())
}

/** Says something to the DNS role. */
export async function tellDns(
  host: Host,
  control: string,
  request: nodetrust.Dns01Request.$Properties,
): Promise<nodetrust.Dns01Response> {
  const wire = wireStream(await host.dialProtocol(multiaddr(control), DNS01_PROTOCOL), {
    maxBytes: MAX_MESSAGE_BYTES.dns01,
  })
  try {
    await wire.write(nodetrust.Dns01Request, request)
    const response = await wire.read(nodetrust.Dns01Response)
    throwProblem(response.problem)
    return response
  } finally {
    await wire.close()
  }
}

/** A check for assert.rejects: this code, and these words in the message. */
export function isProblem(
  code: keyof typeof nodetrust.ErrorCode,
  words: RegExp,
  check: (error: ProblemError) => boolean = () => true,
) {
  return (error: unknown): boolean => {
    if (!(error instanceof ProblemError)) throw error
    const name = errorCodeName(error.code satisfies ErrorCode)
    if (name !== code || !words.test(error.message) || !check(error)) {
      throw new Error(`expected ${code} ${words}, got ${name} "${error.message}" (retry after ${error.retryAfterMs})`)
    }
    return true
  }
}

/** What an order must never leave behind: TXT values in the DNS, and orders that are open for ever. */
export async function leftovers(
  network: Pick<SandboxNetwork, 'dns' | 'zone' | 'dir' | 'acme'>,
  host: Host,
): Promise<{ readonly txt: readonly string[]; readonly open: readonly OrderRow[] }> {
  const resolver = createResolver({ servers: [splitHostPort(network.dns)] })
  const txt = await resolver.resolveTxt(challengeName(id0Name(host.peerId, network.zone)))
  const ledger = openSqliteLedger(join(network.dir, 'issue.sqlite'), directoryOrigin(network.acme))
  try {
    return { txt: txt.filter((value) => value !== 'not set yet'), open: await ledger.orders({ state: 'open' }) }
  } finally {
    await ledger.close()
  }
}

export const NOTHING_LEFT = { txt: [], open: [] }
