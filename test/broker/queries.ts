// One question to a DNS server by an independent codec, answers as text.
import { createSocket } from 'node:dgram'
import dnsPacket from 'dns-packet'

/** Asks by UDP. */
export function queryOnce(
  server: { readonly host: string; readonly port: number },
  name: string,
  type: 'CAA' | 'TXT' | 'A' | 'AAAA',
): Promise<string[]> {
  const socket = createSocket('udp4')
  return new Promise<string[]>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('message', (message) => {
      const { answers = [] } = dnsPacket.decode(message)
      resolve(
        answers.map((answer) => {
          if (answer.type === 'CAA') return `${answer.data.flags} ${answer.data.tag} "${answer.data.value}"`
          return 'data' in answer ? JSON.stringify(answer.data) : answer.type
        }),
      )
    })
    const additionals = [
      {
        type: 'OPT' as const,
        name: '.' as const,
        udpPayloadSize: 1232,
        flags: 0,
        options: [],
        extendedRcode: 0,
        ednsVersion: 0,
        flag_do: false,
      },
    ]
    socket.send(
      dnsPacket.encode({ type: 'query', id: 1, questions: [{ type, name }], additionals }),
      server.port,
      server.host,
    )
  }).finally(() => socket.close())
}
