// Attacks on what a zone can spend: orders begun and left, CSRs that cannot be signed, names that one has no right to, and
// registrations at the broker that come to nothing.
import { randomBytes } from 'node:crypto'
import { createCsr } from '../../../core/x509/index.ts'
import { algorithmToWire } from '../../../proto/algorithms.ts'
import { ISSUE_PROTOCOL, MAX_MESSAGE_BYTES, PROOF_PROTOCOL } from '../../../proto/protocols.ts'
import { wireStream } from '../../../proto/wire/codec.ts'
import { nodetrust } from '../../../proto/wire/nodetrust.js'
import { type Attack, connectFrom, dial, fromEach, type Siege, peerAt } from '../attack.ts'
import type { Libp2p } from 'libp2p'

/** What a conversation is made of. */
interface Order {
  readonly names: readonly ('identity' | 'ip')[]
  readonly csr: (granted: readonly string[]) => Promise<Uint8Array>
  /** Leaves at this progress. */
  readonly leaveAt: string
}

async function proofFor(siege: Siege, host: Libp2p): Promise<Uint8Array> {
  const connection = await dial(siege, host, siege.facts.proof)
  const stream = await connection.newStream(PROOF_PROTOCOL, { signal: AbortSignal.timeout(5_000) })
  const wire = wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.proof, signal: siege.signal })
  await wire.write(nodetrust.ProofRequest, { agent: 'siege' })
  const { proof } = await wire.read(nodetrust.ProofResponse)
  await wire.close()
  siege.count('proofs')
  return Uint8Array.from(proof)
}

/** One peer that orders again and again, and never stays to the end. */
async function orderFrom(siege: Siege, from: string, order: Order): Promise<void> {
  const host = await peerAt(from)
  try {
    const proof = await proofFor(siege, host)
    const connection = await dial(siege, host, siege.facts.issue)
    for (let round = 0; round < 20 && !siege.signal.aborted; round++) {
      const stream = await connection.newStream(ISSUE_PROTOCOL, { signal: AbortSignal.timeout(5_000) })
      const wire = wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.issueFromServer, signal: siege.signal })
      await wire.write(nodetrust.IssueClientMessage, {
        request: {
          proofs: [proof],
          keyAlgorithms: [algorithmToWire('ecdsa-p256')],
          wanted: order.names.map((name) => (name === 'ip' ? nodetrust.NameKind.IP : nodetrust.NameKind.IDENTITY)),
          profile: '',
        },
      })
      const granted = await wire.read(nodetrust.IssueServerMessage)
      if (granted.grant) await followUp(siege, wire, order, granted.grant.names ?? [])
      else siege.count('requests refused')
      stream.abort(new Error('enough'))
      if (!granted.grant) return
    }
  } finally {
    await host.stop()
  }
}

async function followUp(
  siege: Siege,
  wire: ReturnType<typeof wireStream>,
  order: Order,
  names: readonly string[],
): Promise<void> {
  await wire.write(nodetrust.IssueClientMessage, { csr: { der: await order.csr(names) } })
  for (;;) {
    const message = await wire.read(nodetrust.IssueServerMessage)
    if (message.problem) return siege.count('orders refused')
    if (message.certificate) return siege.count('certificates')
    if (message.progress?.step === order.leaveAt) return siege.count(`left at ${order.leaveAt}`)
  }
}

const goodCsr = async (names: readonly string[]) => (await createCsr({ names })).csr

export const ORDER_ATTACKS: readonly Attack[] = [
  {
    name: 'A6 orders that are left as soon as the CA was asked',
    run: (siege) =>
      fromEach({ ...siege, from: siege.from.slice(0, 16) }, 2_000, (from) =>
        orderFrom(siege, from, { names: ['identity'], csr: goodCsr, leaveAt: 'account' }),
      ),
  },
  {
    name: 'A7 A11 CSRs that cannot be signed, as large as a message may be',
    run: (siege) =>
      fromEach({ ...siege, from: siege.from.slice(-8) }, 1_000, (from) =>
        orderFrom(siege, from, {
          names: ['identity'],
          csr: async () => Uint8Array.from(randomBytes(MAX_MESSAGE_BYTES.issueFromClient - 64)),
          leaveAt: 'never',
        }),
      ),
  },
  {
    name: 'A12 names of addresses that nobody serves at',
    run: (siege) =>
      fromEach({ ...siege, from: siege.from.slice(-4) }, 3_000, (from) =>
        orderFrom(siege, from, { names: ['ip', 'identity'], csr: goodCsr, leaveAt: 'account' }),
      ),
  },
  {
    name: 'A13 requests to the broker that come to nothing',
    async run(siege) {
      const { hostname, port } = new URL(siege.facts.broker)
      await fromEach(siege, 500, (from) => {
        const socket = connectFrom(siege, from, { host: hostname, port: Number(port) })
        const body = JSON.stringify({ value: randomBytes(32).toString('base64url'), addresses: [`/ip4/${from}/tcp/9`] })
        const head = `POST /v1/_acme-challenge HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nAuthorization: libp2p-PeerID bearer="${randomBytes(64).toString('base64')}"\r\nContent-Length: ${body.length}\r\n\r\n`
        socket.once('connect', () => socket.write(head + body))
        socket.once('data', () => {
          siege.count('answers')
          socket.destroy()
        })
      })
    },
  },
]
