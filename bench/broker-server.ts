// A broker with its DNS role in a process of its own, for bench/broker.ts: argument one is its folder. It tells where it listens
// first, and its CPU time (microseconds) for every message; it ends with the process that started it.
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import * as v from 'valibot'
import { systemClock } from '../core/clock.ts'
import { createLog } from '../core/log.ts'
import { loadOrCreatePeerKey } from '../core/peer-key.ts'
import { brokerRole } from '../servers/broker/role.ts'
import { ServersConfig, WeekSection } from '../servers/config.ts'
import { dnsRole } from '../servers/dns/role.ts'
import { roleKeyPath } from '../servers/role-names.ts'
import type { Role } from '../servers/role.ts'

const ZONE = 'bench.example.net'
const PLENTY = 1_000_000

const dir = process.argv[2] ?? '.'
const admin = peerIdFromPrivateKey(await loadOrCreatePeerKey(roleKeyPath(dir, 'broker'))).toString()
const common = { zone: ZONE, dir, clock: systemClock, log: createLog('silent') }
const roles: Role[] = []

const { dns } = v.parse(ServersConfig, {
  ...{ zone: ZONE, dir },
  dns: {
    listen: '127.0.0.1:0',
    control: ['/ip4/127.0.0.1/tcp/0'],
    admins: [admin],
    nameServers: [{ name: `ns1.${ZONE}`, addresses: ['127.0.0.1'] }],
    rateLimit: false,
  },
})
if (!dns) throw new TypeError('no section dns')
const nameServer = dnsRole({ ...common, section: dns })
roles.push(nameServer)
const facts = await nameServer.start()
const [control] = v.parse(v.array(v.string()), facts['addresses'])
const { broker } = v.parse(ServersConfig, {
  ...{ zone: ZONE, dir },
  broker: {
    url: 'http://127.0.0.1:0',
    listen: '127.0.0.1:0',
    dnsServers: [{ control, query: facts['dns'] }],
    addressClasses: ['loopback'],
    limits: {
      ...{ newPeers: PLENTY, newPerPrefix: PLENTY, perPeerAndDay: PLENTY, requestsPerPrefixAndMinute: PLENTY },
      dialsAtOnce: PLENTY,
    },
  },
})
if (!broker) throw new TypeError('no section broker')
const role = brokerRole({ ...common, week: v.parse(WeekSection, { newCertificates: PLENTY }), section: broker })
roles.push(role)
const { url } = await role.start()

process.send?.({ url })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system })
})
process.once('disconnect', () => {
  void Promise.all(roles.toReversed().map((one) => one.stop())).then(() => process.exit(0))
})
