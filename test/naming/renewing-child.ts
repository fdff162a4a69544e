// A process that renews a name's certificate without end and says what it has after each step; a test kills it.
import { silentLog } from '../../core/log.ts'
import { openNameCertificate, TOLD_FOR_MS } from '../../main/naming/certificate.ts'

const [, , dir = '', npub = '', start = '0'] = process.argv
let now = Number(start)
const clock = { now: () => now, sleep: () => new Promise<void>(() => undefined) }
const certificate = await openNameCertificate({ dir, npub, clock, log: silentLog })
for (;;) {
  process.stdout.write(`${JSON.stringify({ now, pins: certificate.pins() })}\n`)
  const isChanging = certificate.pins().length === 2
  now = isChanging ? now + TOLD_FOR_MS : certificate.current().notAfter - 9 * 24 * 3_600_000
  await certificate.tend(isChanging ? now - TOLD_FOR_MS : undefined)
}
