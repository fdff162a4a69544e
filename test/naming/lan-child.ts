// What runs inside a machine of the lab: a name that is told in its local network, or somebody who asks for one as old programs do, by
// unicast from a port of their own.
import { createSocket } from 'node:dgram'
import { createInterface } from 'node:readline'
import dnsPacket from 'dns-packet'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { namingKeyOf } from '../../core/nostr/keys.ts'
import { type LanName, startLanName } from '../../main/naming/mdns/lan-name.ts'

interface Init {
  readonly secret: string
  readonly pin: string
}

const init = JSON.parse(process.argv[2] ?? '{}') as Init
let name: LanName | undefined

const commands: Readonly<Record<string, (host: string) => Promise<object>>> = {
  async tell() {
    const current = { keyPem: '', certPem: '', sha256: init.pin, notBefore: 0, notAfter: 0 }
    name = await startLanName({
      ...{ key: namingKeyOf(Buffer.from(init.secret, 'hex')), certificate: { current: () => current } },
      ...{ way: () => ({ ips: [], port: 4_430, localPort: 4_430 }), clock: systemClock, log: silentLog },
    })
    return { telling: true }
  },
  async stop() {
    await name?.stop()
    return { telling: false }
  },
  async legacy(host) {
    const socket = createSocket('udp4')
    const query = dnsPacket.encode({ type: 'query', id: 77, questions: [{ type: 'A', name: host }] })
    const reply = new Promise<Buffer>((resolve) => socket.once('message', resolve))
    await new Promise<void>((resolve) => socket.bind(0, resolve))
    // the first question may go out before the other side has joined the group
    const again = setInterval(() => socket.send(query, 5_353, '224.0.0.251'), 300)
    const { id, questions, answers } = dnsPacket.decode(await reply)
    clearInterval(again)
    socket.close()
    const told = (answers ?? []).map((answer) => ({
      name: answer.name,
      ttl: 'ttl' in answer ? answer.ttl : 0,
      data: 'data' in answer && typeof answer.data === 'string' ? answer.data : '',
    }))
    return { id, question: questions?.[0]?.name ?? '', answers: told }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: what, host = '' } = JSON.parse(line) as { do: string; host?: string }
  const answer = await commands[what]?.(host).catch((error: unknown) => ({ error: String(error) }))
  process.stdout.write(`${JSON.stringify(answer ?? { error: what })}\n`)
}
await name?.stop()
