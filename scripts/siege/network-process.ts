// The servers of the siege as a process of their own: a sandbox whose budgets, queues and limits are those of a real zone, so
// that what is attacked is what people run. Prints where everything is as one line of JSON, and stops with its parent.
import { silentLog } from '../../core/log.ts'
import { startSandboxNetwork } from '../../servers/sandbox/network.ts'

const LISTEN = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws', '/ip6/::1/tcp/0']

const network = await startSandboxNetwork({
  log: silentLog,
  issue: { listen: LISTEN, budget: {}, queue: {} },
  proof: { listen: LISTEN },
  week: { newCertificates: 50 },
  broker: { limits: {} },
})
process.stdout.write(`${JSON.stringify(network)}\n`)
const end = () => void network.stop().finally(() => process.exit(0))
process.once('SIGTERM', end)
process.stdin.once('end', end).resume()
