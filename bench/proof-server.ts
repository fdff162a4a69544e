// A proof role in a process of its own, for bench/proofs.ts: argument one is its folder. It tells its address first, and its CPU
// time (microseconds) for every message; it ends with the process that started it.
import { systemClock } from '../core/clock.ts'
import { createLog } from '../core/log.ts'
import { proofRole } from '../servers/proof/role.ts'

const role = proofRole({
  dir: process.argv[2] ?? '.',
  section: { listen: ['/ip4/127.0.0.1/tcp/0'], announce: [], addressClasses: ['loopback'], discovery: true },
  clock: systemClock,
  log: createLog('silent'),
})
const { addresses } = await role.start()
process.send?.({ addresses })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system })
})
process.once('disconnect', () => {
  void role.stop().then(() => process.exit(0))
})
