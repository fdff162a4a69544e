// A process that keeps an identity with the keychain its environment gives it. It opens once at the start and again for
// every line it is sent, and prints what came of it as one JSON line.
import { createInterface } from 'node:readline'
import { systemClock } from '../../core/clock.ts'
import { createLog } from '../../core/log.ts'
import { createIdentityKeeper } from '../../main/identity/keeper.ts'
import type { Opened } from '../../main/identity/opened.ts'

const [, , dir = '', policy = 'keychain'] = process.argv
const keeper = createIdentityKeeper({
  ...{ dir, clock: systemClock, log: createLog('debug'), scryptCost: 2 ** 14 },
  policy: policy === 'file' ? 'file' : 'keychain',
})

const tell = (opened: Opened) => {
  const { peerId, ...rest } =
    opened.state === 'ready' ? { ...opened, identity: undefined, peerId: opened.identity.peerId.toString() } : opened
  process.stdout.write(`${JSON.stringify({ ...rest, peerId })}\n`)
}

tell(await keeper.open())
for await (const line of createInterface({ input: process.stdin })) {
  const [command = '', kind = '', passphrase] = line.split(' ')
  if (command === 'open') tell(await keeper.open())
  if (command === 'move' && (kind === 'keychain' || kind === 'file' || kind === 'passphrase-file')) {
    tell(await keeper.moveTo(kind, passphrase))
  }
}
