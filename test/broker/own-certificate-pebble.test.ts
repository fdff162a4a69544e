// The broker's own certificate from Pebble, a CA by other people that sleeps at random and refuses good nonces, by the zone's own DNS.
import assert from 'node:assert/strict'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { parseBundle } from '../../core/x509/index.ts'
import { ownCertificatePath } from '../../servers/broker/own-certificate.ts'
import { brokerRole } from '../../servers/broker/role.ts'
import { ServersConfig } from '../../servers/config.ts'
import { temporaryDir } from '../main/support.ts'
import { startNetwork } from '../support/network.ts'
import { pebbleIsMissing } from '../support/pebble.ts'
import { pebbleForSandbox } from '../support/sandbox-pebble.ts'
import { eventually, look } from './own-world.ts'

/** Of 100 good nonces, how many are refused: three times as many as Pebble does by itself. */
const NONCES_REFUSED = 15

describe("the broker's own certificate", () => {
  it(
    'comes from Pebble with its sleeps and refused nonces, and is stored',
    {
      skip: pebbleIsMissing ?? false,
    },
    async (t) => {
      const network = await startNetwork({ startCa: pebbleForSandbox({ quick: false, nonceReject: NONCES_REFUSED }) })
      t.after(() => network.stop())
      const { zone } = network
      const dir = await temporaryDir(t)
      // the DNS server knows this broker by its key
      await copyFile(join(network.dir, 'broker.key'), join(dir, 'broker.key'))
      const { broker: section } = v.parse(ServersConfig, {
        ...{ zone, dir },
        broker: {
          ...{ url: `https://${zone}:0`, listen: '127.0.0.1:0' },
          dnsServers: [{ control: network.dnsControl, query: network.dns }],
          acme: { directory: network.acme, trustAnchor: network.forgeTrust, pollFirstMs: 200 },
        },
      })
      assert.ok(section)
      const role = brokerRole({ zone, dir, section, clock: systemClock, log: silentLog })
      t.after(() => role.stop())
      const { port } = splitHostPort(v.parse(v.string(), (await role.start())['listen']))
      const root = await readFile(network.root, 'utf8')
      await eventually('a certificate', () => look(port, root, zone))
      const bundle = await eventually('it to be stored', async () =>
        parseBundle(await readFile(ownCertificatePath(dir), 'utf8')),
      )
      assert.deepEqual(bundle.names, [zone])
    },
  )
})
