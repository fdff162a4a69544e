// The part of the internet that the page takes for granted, as a process in a namespace: the name servers of example.net, where
// a registrar writes delegations, and everybody's resolver, which follows them. On dns-packet, so that it shares no code with ours.
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import packet from 'dns-packet'
import type { Delegation } from './page.ts'

const PARENT = 'example.net'
const PARENT_SERVER = 'a.nic.example'
/** Whose it is nobody has to know. */
const SOME_KEY = { keyTag: 1, algorithm: 13, digestType: 2, digest: Buffer.alloc(32, 1) }

const PATIENCE_MS = 2_000

const { address }: { readonly address: string } = JSON.parse(process.argv[2] ?? '{}')
let delegations: readonly Delegation[] = []

const fqdn = (name: string) => `${name}.${PARENT}`.toLowerCase()

/** The zone below which somebody else knows more, and where that is. */
function delegationOf(name: string): { readonly zone: string; readonly ns: string; readonly glue: string } | undefined {
  for (const { name: zone, data: ns } of delegations.filter(({ type }) => type === 'NS')) {
    const glue = delegations.find((record) => record.type === 'A' && fqdn(record.name) === ns)?.data
    if (glue !== undefined && `.${name}`.endsWith(`.${fqdn(zone)}`)) return { zone: fqdn(zone), ns, glue }
  }
  return undefined
}

async function answer(query: Buffer): Promise<Buffer> {
  const { id = 0, flags = 0, questions = [] } = packet.decode(query)
  const [question] = questions
  const name = question?.name.toLowerCase() ?? ''
  const reply = (parts: Partial<packet.Packet>) =>
    packet.encode({ type: 'response', id, flags: packet.RECURSION_AVAILABLE, questions, ...parts })
  if (name === PARENT && question?.type === 'NS')
    return reply({ answers: [{ type: 'NS', name: PARENT, ttl: 60, data: PARENT_SERVER }] })
  if (name === PARENT_SERVER && question?.type === 'A')
    return reply({ answers: [{ type: 'A', name, ttl: 60, data: address }] })
  // a registrar that was told of keys says so in the zone above
  const signed = delegations.some((record) => record.type === 'DS' && fqdn(record.name) === name)
  if (question?.type === 'DS' && signed) return reply({ answers: [{ type: 'DS', name, ttl: 60, data: SOME_KEY }] })
  const delegation = delegationOf(name)
  if (!delegation) return reply({ flags: packet.RECURSION_AVAILABLE | 3 })
  const { zone, ns, glue } = delegation
  if ((flags & packet.RECURSION_DESIRED) !== 0) return await ask(query, glue)
  return reply({
    authorities: [{ type: 'NS', name: zone, ttl: 60, data: ns }],
    additionals: [{ type: 'A', name: ns, ttl: 60, data: glue }],
  })
}

function ask(query: Buffer, server: string): Promise<Buffer> {
  const socket = createSocket('udp4')
  const timer = setTimeout(() => socket.emit('error', new Error(`${server} does not answer`)), PATIENCE_MS)
  return new Promise<Buffer>((resolve, reject) => {
    socket.once('message', resolve).once('error', reject)
    socket.send(query, 53, server)
  }).finally(() => {
    clearTimeout(timer)
    socket.close()
  })
}

const failed = (query: Buffer) => {
  const { id = 0, questions = [] } = packet.decode(query)
  return packet.encode({ type: 'response', id, flags: 2, questions })
}

const udp = createSocket('udp4')
udp.on('message', (query, from) => {
  void answer(query)
    .catch(() => failed(query))
    .then((reply) => udp.send(reply, from.port, from.address))
})
udp.bind(53, address)

createServer((socket) => {
  let read = Buffer.alloc(0)
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    read = Buffer.concat([read, chunk])
    if (read.length < 2 || read.length < 2 + read.readUInt16BE()) return
    const query = read.subarray(2)
    void answer(query)
      .catch(() => failed(query))
      .then((reply) => socket.end(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply])))
  })
}).listen(53, address)

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command: { readonly records: readonly Delegation[] } = JSON.parse(line)
    delegations = command.records
    process.stdout.write(`${JSON.stringify({ ok: true })}\n`)
  })
  .on('close', () => process.exit(0))
