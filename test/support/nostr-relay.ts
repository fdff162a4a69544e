// A Nostr relay of ours for tests: the real role, on loopback at a free port, in a folder of its own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, type Clock } from '../../core/clock.ts'
import { parse } from 'valibot'
import { silentLog } from '../../core/log.ts'
import { ServersConfig } from '../../servers/config.ts'
import { nostrRelayRole } from '../../servers/nostr-relay/role.ts'
import type { Role } from '../../servers/role.ts'

/** A relay that runs. */
export interface TestRelay {
  /** `ws://127.0.0.1:…` */
  readonly url: string
  readonly dir: string
  readonly role: Role
  stop(): Promise<void>
}

/** @param section  of the configuration, beside `listen` */
export async function startRelay({
  section = {},
  clock = systemClock,
  dir,
}: { readonly section?: object; readonly clock?: Clock; readonly dir?: string } = {}): Promise<TestRelay> {
  const own = dir ?? (await mkdtemp(join(tmpdir(), 'nodetrust-relay-')))
  const config = parse(ServersConfig, {
    zone: 'nt.test',
    dir: own,
    'nostr-relay': { listen: '127.0.0.1:0', ...section },
  })
  const made = config['nostr-relay']
  if (!made) throw new TypeError('no section')
  const role = nostrRelayRole({ dir: own, section: made, clock, log: silentLog })
  const { url } = await role.start()
  return {
    url: String(url),
    dir: own,
    role,
    async stop() {
      await role.stop()
      if (dir === undefined) await rm(own, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}
