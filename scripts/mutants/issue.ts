// Mutants of the statements about the issue server.
import type { Mutants } from './mutant.ts'

const PROOFS = 'servers/issue/proofs.ts'
const FORM = 'core/x509/csr-form.ts'
const ORDERS = 'servers/issue/orders.ts'
const LIMITS = 'servers/issue/order-limits.ts'
const TURNS = 'servers/issue/turns.ts'

export const ISSUE: Mutants = {
  I1: [
    { file: PROOFS, find: 'if (!proof.peer.equals(policy.asker))', replace: 'if (proof.addresses.length > 1_000)' },
    { file: PROOFS, find: 'if (age > PROOF_VALIDITY_MS)', replace: 'if (age > 1_000 * PROOF_VALIDITY_MS)' },
  ],
  I2: [
    { file: FORM, find: 'if (extensions.length > 1)', replace: 'if (extensions.length > 100)' },
    { file: FORM, find: 'if (others.length > 0)', replace: 'if (others.length > 100)' },
  ],
  I3: [{ file: ORDERS, find: 'if (!heard.mayHaveSigned(error)) {', replace: 'if (work.names.length > 0) {' }],
  I4: [
    { file: LIMITS, find: "places: kind === 'new' ? forNew : section.orders }", replace: 'places: section.orders }' },
    { file: LIMITS, find: "      ...(kind === 'free' ? [] : [account]),\n", replace: '' },
    { file: LIMITS, find: "      full('orders-peer', peer),\n", replace: '' },
    { file: LIMITS, find: '      ...(await placesOfNetwork(orderer)),\n', replace: '' },
    { file: LIMITS, find: '      ...(await placesOfMachines(orderer)),\n', replace: '' },
  ],
  I5: [
    {
      file: TURNS,
      find: 'if (!last || most.length <= held + 1) return false',
      replace: 'if (last || held >= 0) return false',
    },
  ],
  I6: [{ file: 'servers/quota/network-rate.ts', find: 'if (wait > 0) return wait', replace: '' }],
  I7: [
    {
      file: 'core/net/network.ts',
      find: 'const NETWORK_BYTES = { 4: 3, 6: 6 } as const',
      replace: 'const NETWORK_BYTES = { 4: 3, 6: 7 } as const',
    },
  ],
  I8: [
    {
      file: 'servers/quota/network-rate.ts',
      find: 'afterTaking(limit, emptyAt, now), MAX_NETWORKS)',
      replace: 'afterTaking(limit, emptyAt, now), 100 * MAX_NETWORKS)',
    },
    {
      file: 'core/net/host-port.ts',
      find: '/** An IP address and a port. */',
      replace: 'export const seen = new Map<string, string>()\n/** An IP address and a port. */',
    },
    {
      file: 'main/reachability/answering-peers.ts',
      find: "    if (connection.status !== 'open') return\n",
      replace: '',
    },
    {
      file: 'main/reachability/seen-as.ts',
      find: 'const onClose = ({ detail }: CustomEvent<Connection>) => void heard.delete(detail.id)',
      replace: 'const onClose = ({ detail }: CustomEvent<Connection>) => void detail.id',
    },
    {
      file: 'main/peers/connect.ts',
      find: 'putNewest(failures, id, { count, failedAt, retryAt }, MAX_FAILURES)',
      replace: 'failures.set(id, { count, failedAt, retryAt })',
    },
    {
      file: 'servers/dns/role.ts',
      find: "    if (kind !== 'expired') return\n",
      replace: "    if (kind !== 'mutant') return\n",
    },
    { file: 'core/net/door.ts', find: '      if (inside.get(key) === visit) inside.delete(key)\n', replace: '' },
  ],
  I9: [
    {
      file: 'servers/store/sqlite-ledger.ts',
      find: "'UPDATE orders SET csr = NULL WHERE id = ?'",
      replace: "'UPDATE orders SET csr = csr WHERE id = ?'",
    },
  ],
  I10: [
    {
      file: 'servers/issue/reach.ts',
      find: 'return connection.remotePeer.equals(peer)',
      replace: 'return connection.remotePeer !== undefined',
    },
    { file: 'servers/issue/reach.ts', find: 'places.enter(ip.text,', replace: "places.enter('192.0.2.1'," },
    {
      file: 'servers/config/issue.ts',
      find: 'ipNames: v.optional(v.boolean(), false)',
      replace: 'ipNames: v.optional(v.boolean(), true)',
    },
  ],
}
