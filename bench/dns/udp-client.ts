// The generator of last resort, where there is neither a C compiler nor dnsperf: the same closed loop as udpgen.c on
// node:dgram. It is slower than the servers it asks, so only CPU time per query tells something then.
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

const SOCKETS = 16
const IN_FLIGHT = 16
const STALL_MS = 500

const [port = 0, seconds = 1] = process.argv.slice(2, 4).map(Number)
const queries = cut(readFileSync(process.argv[4] ?? ''))
const began = performance.now()
const end = began + seconds * 1000
let answered = 0
let lost = 0
let next = 0
let open = SOCKETS

for (let index = 0; index < SOCKETS; index++) ask()

function ask(): void {
  const socket = createSocket('udp4')
  let waiting = 0
  let seen = 0
  const send = () => {
    waiting++
    socket.send(queries[next++ % queries.length] ?? Buffer.alloc(0))
  }
  const fill = () => {
    for (let index = 0; index < IN_FLIGHT; index++) send()
  }
  const refill = setInterval(() => {
    if (seen === 0) {
      lost += waiting
      waiting = 0
      fill()
    }
    seen = 0
    if (performance.now() <= end) return
    clearInterval(refill)
    socket.close()
    open--
    if (open === 0) console.log(JSON.stringify({ answered, lost, seconds: (performance.now() - began) / 1000 }))
  }, STALL_MS)
  socket.on('message', () => {
    answered++
    seen++
    waiting--
    if (performance.now() < end) send()
  })
  socket.on('error', () => undefined)
  socket.connect(port, '127.0.0.1', () => {
    fill()
  })
}

function cut(file: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at + 2 <= file.length;) {
    const to = at + 2 + file.readUInt16BE(at)
    found.push(file.subarray(at + 2, to))
    at = to
  }
  return found
}
