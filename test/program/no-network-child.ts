// A program with its API inside a machine of the lab: makes calls of the contract as lines of JSON ask for them.
import { createInterface } from 'node:readline'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { createApi } from '../../main/api/api.ts'
import { createProgram } from '../../main/program/create.ts'

const { dir }: { readonly dir: string } = JSON.parse(process.argv[2] ?? '{}')

const program = await createProgram({
  sources: { flags: { dir, 'network.public': 'none', 'listen.wss': '/ip4/127.0.0.1/tcp/0/tls/ws' } },
  ...{ identityStore: 'file', asksByItself: false, clock: systemClock, log: () => silentLog },
  startSandbox: () => Promise.reject(new Error('there is none')),
})
await program.start()
const api = createApi({
  ...{ program, clock: systemClock, log: silentLog, host: 'headless', version: '1' },
  can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
  desk: { quit: () => undefined },
})

for await (const line of createInterface({ input: process.stdin })) {
  const { method, input }: { readonly method: string; readonly input: unknown } = JSON.parse(line)
  console.log(JSON.stringify(await api.dispatch(method, input, { kind: 'cli', role: 'owner' })))
}
api.stop()
await program.stop()
process.exit(0)
