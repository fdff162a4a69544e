// A DNS server that knows nothing but the TXT values of a test's zone: what Pebble, another process, asks over UDP. Written
// on dns-packet, so that it shares no code with our own DNS.
import { createSocket } from 'node:dgram'
import packet from 'dns-packet'
import type { TxtZone } from './txt-zone.ts'

export interface TxtResponder {
  readonly port: number
  close(): Promise<void>
}

export async function startTxtResponder(zone: TxtZone): Promise<TxtResponder> {
  const socket = createSocket('udp4')
  socket.on('message', (message, from) => {
    const query = packet.decode(message)
    const [question] = query.questions ?? []
    if (!question) return
    const values = question.type === 'TXT' ? (zone.records.get(question.name.toLowerCase()) ?? []) : []
    const reply = packet.encode({
      type: 'response',
      id: query.id ?? 0,
      flags: packet.AUTHORITATIVE_ANSWER,
      questions: [question],
      answers: values.map((value) => ({ type: 'TXT', name: question.name, ttl: 1, data: value })),
    })
    socket.send(reply, from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}
