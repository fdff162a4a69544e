// Attacks by peers that finish every handshake: connections that are hoarded, streams that are never closed, requests that are
// nonsense, and records of peers that do not exist.
import { randomBytes } from 'node:crypto'
import { lpStream } from '@libp2p/utils'
import { RPC } from '@libp2p/gossipsub/message'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { generatePeerKey } from '../../../core/peer-key.ts'
import { sealPeerRecord } from '../../../core/records/peer-record.ts'
import {
  DISCOVERY_TOPIC,
  ISSUE_INFO_PROTOCOL,
  ISSUE_PROTOCOL,
  ISSUE_RENEWAL_PROTOCOL,
  PROOF_PROTOCOL,
} from '../../../proto/protocols.ts'
import { type Attack, dial, fromEach, pause, type Siege, peerAt } from '../attack.ts'
import type { PrivateKey } from '@libp2p/interface'

const GOSSIP = '/meshsub/1.1.0'
const PING = '/ipfs/ping/1.0.0'
const IDENTIFY_PUSH = '/ipfs/id/push/1.0.0'

/** Every libp2p listener. */
function libp2pAddresses({ facts }: Siege): string[] {
  return [facts.issue, facts.proof, facts.dnsControl, ...facts.homes.map(({ plain }) => plain)]
}

/** A message of the topic, signed as gossipsub signs (StrictSign). */
async function signedMessage(author: PrivateKey, data: Uint8Array): Promise<Parameters<typeof RPC.encode>[0]> {
  const message = {
    from: peerIdFromPrivateKey(author).toMultihash().bytes,
    data,
    seqno: Uint8Array.from(randomBytes(8)),
    topic: DISCOVERY_TOPIC,
  }
  const bytes = Buffer.concat([Buffer.from('libp2p-pubsub:'), RPC.Message.encode(message)])
  return { messages: [{ ...message, signature: await author.sign(bytes) }] }
}

async function recordOf(author: PrivateKey, seq: number): Promise<Uint8Array> {
  const address = multiaddr(`/ip4/127.66.${seq % 250}.9/tcp/${1024 + (seq % 60_000)}`)
  return sealPeerRecord(author, [address], BigInt(seq))
}

/** A neighbour that says whatever the callback gives, at a pace. */
async function gossip(
  siege: Siege,
  from: string,
  everyMs: number,
  next: () => Promise<Parameters<typeof RPC.encode>[0]>,
) {
  const targets = [siege.facts.issue, ...siege.facts.homes.map(({ plain }) => plain)]
  const host = await peerAt(from)
  try {
    const target = targets[Math.floor(Math.random() * targets.length)] ?? siege.facts.issue
    const connection = await dial(siege, host, target)
    const stream = await connection.newStream(GOSSIP, {
      signal: AbortSignal.any([siege.signal, AbortSignal.timeout(5_000)]),
    })
    const wire = lpStream(stream)
    await wire.write(RPC.encode({ subscriptions: [{ subscribe: true, topic: DISCOVERY_TOPIC }], messages: [] }))
    while (!siege.signal.aborted && connection.status === 'open') {
      await wire.write(RPC.encode(await next()), { signal: AbortSignal.timeout(5_000) })
      siege.count('messages')
      await pause(siege, everyMs)
    }
  } finally {
    await host.stop()
  }
}

/** Lengths below 16 KiB as protobuf and multiaddr write them. */
const lengthOf = (bytes: number) => [(bytes & 127) | 128, bytes >> 7]

/** An identify message of eight kilobytes with one address, whose peer id is as long. */
const LONG_PEER_ID = Uint8Array.from([0x12, ...lengthOf(7_904), 0xa5, 3, ...lengthOf(7_900), ...randomBytes(7_900)])

/** The same with as many addresses as fit. */
const MANY_ADDRESSES = Uint8Array.from(
  Array.from({ length: 780 }, (_, port) => [0x12, 8, 4, 10, 0, 0, 1, 6, port >> 8, port & 255]).flat(),
)

const some = (siege: Siege, count: number): Siege => ({ ...siege, from: siege.from.slice(0, count) })

export const PEER_ATTACKS: readonly Attack[] = [
  {
    name: 'A3 libp2p connections that are hoarded, with a stream or two that never end',
    async run(siege) {
      await fromEach(siege, 1_000, async (from) => {
        const host = await peerAt(from)
        try {
          for (const address of libp2pAddresses(siege)) {
            const connection = await dial(siege, host, address)
            siege.count('connections')
            for (const protocol of [PING, PROOF_PROTOCOL, ISSUE_PROTOCOL]) {
              await connection
                .newStream(protocol, { signal: AbortSignal.timeout(3_000) })
                .catch(() => siege.count('streams refused'))
            }
          }
          await pause(siege, 15_000)
        } finally {
          await host.stop()
        }
      })
    },
  },
  {
    name: 'A8 records of peers that do not exist',
    async run(siege) {
      await fromEach(some(siege, 4), 1_000, (from) =>
        gossip(siege, from, 20, async () => {
          const author = await generatePeerKey()
          return signedMessage(author, await recordOf(author, Date.now()))
        }),
      )
    },
  },
  {
    name: 'A8 one peer that says something new all the time',
    async run(siege) {
      const author = await generatePeerKey()
      let seq = Date.now()
      await fromEach(some(siege, 2), 1_000, (from) =>
        gossip(siege, from, 100, async () => signedMessage(author, await recordOf(author, seq++))),
      )
    },
  },
  {
    name: 'A8 records that nobody signed',
    async run(siege) {
      const author = await generatePeerKey()
      await fromEach(some(siege, 4), 1_000, (from) =>
        gossip(siege, from, 10, () => signedMessage(author, Uint8Array.from(randomBytes(900)))),
      )
    },
  },
  {
    name: 'A8 news of a peer that is slow to read, again and again',
    run: (siege) =>
      fromEach(some(siege, 4), 500, async (from) => {
        const host = await peerAt(from)
        try {
          for (const address of libp2pAddresses(siege)) {
            const connection = await dial(siege, host, address)
            const stream = await connection.newStream(IDENTIFY_PUSH, { signal: AbortSignal.timeout(3_000) })
            const wire = lpStream(stream)
            for (let part = 0; part < 10; part++)
              await wire.write(part < 5 ? MANY_ADDRESSES : LONG_PEER_ID, { signal: AbortSignal.timeout(3_000) })
            siege.count('pushes')
          }
        } finally {
          await host.stop()
        }
      }),
  },
  {
    name: 'A1 streams that are opened and reset at once',
    run: (siege) =>
      fromEach(some(siege, 8), 1_000, async (from) => {
        const host = await peerAt(from)
        try {
          for (const address of libp2pAddresses(siege)) {
            const connection = await dial(siege, host, address)
            for (let count = 0; count < 300 && connection.status === 'open'; count++) {
              const stream = await connection.newStream(PING, { signal: AbortSignal.timeout(3_000) })
              stream.abort(new Error('enough'))
              siege.count('streams')
            }
          }
        } finally {
          await host.stop()
        }
      }),
  },
  {
    name: 'A13 nonsense on every protocol',
    async run(siege) {
      await fromEach(some(siege, 8), 200, async (from) => {
        const host = await peerAt(from)
        try {
          for (const address of [siege.facts.issue, siege.facts.proof]) {
            const connection = await dial(siege, host, address)
            for (const protocol of [PROOF_PROTOCOL, ISSUE_PROTOCOL, ISSUE_INFO_PROTOCOL, ISSUE_RENEWAL_PROTOCOL]) {
              const stream = await connection
                .newStream(protocol, { signal: AbortSignal.timeout(3_000) })
                .catch(() => undefined)
              stream?.send(Uint8Array.from(randomBytes(512)))
              siege.count('requests')
            }
          }
        } finally {
          await host.stop()
        }
      })
    },
  },
]
