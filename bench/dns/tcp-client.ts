// Asks over pipelined TCP, closed loop: `node bench/dns/tcp-client.ts PORT SECONDS FILE`, where FILE holds messages with
// their lengths before them, as TCP carries them. Prints one line of JSON.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'

/** As many connections and queries in flight on each as the UDP generator keeps. */
const CONNECTIONS = 20
const IN_FLIGHT = 16

const [port = 0, seconds = 1] = process.argv.slice(2, 4).map(Number)
const file = readFileSync(process.argv[4] ?? '')
const starts = messageStarts(file)
const end = performance.now() + seconds * 1000
const began = performance.now()
let answered = 0
let open = CONNECTIONS

for (let index = 0; index < CONNECTIONS; index++) ask((index * starts.length) / CONNECTIONS)

/** Keeps so many queries in flight: as many new ones are sent as answers came in a read. */
function ask(first: number): void {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let next = Math.floor(first)
  let rest = Buffer.alloc(0)
  const send = (count: number) => {
    const from = next
    const to = Math.min(starts.length - 1, from + count)
    socket.write(file.subarray(starts[from], starts[to]))
    next = to === starts.length - 1 ? 0 : to
    if (to - from < count) send(count - (to - from))
  }
  socket.once('connect', () => send(IN_FLIGHT))
  socket.on('data', (chunk) => {
    const input = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    let count = 0
    while (at + 2 <= input.length && at + 2 + input.readUInt16BE(at) <= input.length) {
      at += 2 + input.readUInt16BE(at)
      count++
    }
    answered += count
    rest = Buffer.from(input.subarray(at))
    if (performance.now() > end) socket.destroy()
    else if (count > 0) send(count)
  })
  socket.on('error', (error) => console.error(error.message))
  socket.on('close', () => {
    open--
    if (open === 0) console.log(JSON.stringify({ answered, lost: 0, seconds: (performance.now() - began) / 1000 }))
  })
}

/** Where each message begins, and where the last one ends. */
function messageStarts(messages: Buffer): number[] {
  const found = [0]
  for (let at = 0; at + 2 <= messages.length;) {
    at += 2 + messages.readUInt16BE(at)
    found.push(at)
  }
  return found
}
