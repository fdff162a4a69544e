// Whether others can reach this computer, and the facts behind the answer.
import { zoneOfName } from '../../../proto/names.ts'
import type { State } from '../../../proto/api/index.ts'
import type { NodeFacts } from '../../program/program.ts'
import type { Verdict } from '../../reachability/verdict.ts'

type Reachability = State['reachability']

const MAX_ADDRESSES = 50
const MAX_DIAL_BACKS = 50
const MAX_MAPPINGS = 10
const MAX_TEXT = 1_000

/** Makes the slice. */
export function reachabilitySlice(node: NodeFacts | undefined): Reachability {
  if (!node) return EMPTY
  const { verdict } = node
  const ports = { tcp: node.ports.tcp ?? null, wss: node.ports.wss ?? null }
  const knock = knockOf(node)
  if (!verdict) return { ...EMPTY, status: node.checking ? 'checking' : 'unchecked', ports, knock }
  const { facts } = verdict
  return {
    status: node.checking ? 'checking' : verdict.status,
    reason: verdict.reason ?? null,
    checkedAt: verdict.checkedAt,
    ...{ ports, knock },
    router: routerOf(verdict),
    localAddresses: facts.localAddresses.slice(0, MAX_ADDRESSES),
    publicAddresses: facts.publicAddresses.slice(0, MAX_ADDRESSES),
    dialBacks: facts.dialBacks.slice(0, MAX_DIAL_BACKS).map(({ by, address, outcome }) => ({
      ...{ by: by.slice(0, MAX_TEXT), address: address.slice(0, MAX_TEXT), detail: outcome },
      ok: outcome === 'reached' || (outcome === 'open' && facts.wssServed),
    })),
  }
}

const EMPTY: Reachability = {
  ...{ status: 'unchecked', reason: null, checkedAt: null, ports: { tcp: null, wss: null }, router: null },
  ...{ localAddresses: [], publicAddresses: [], dialBacks: [], knock: null },
}

/** A forge gives no certificate before it has come in, so the one in service tells of a knock, too. */
function knockOf({ certificate, failed }: NodeFacts): Reachability['knock'] {
  const { code, forge } = failed?.failure ?? {}
  if (failed && code === 'not-dialled' && forge !== undefined) return { by: forge, at: failed.at, ok: false }
  const [name] = certificate?.source === 'autotls' ? certificate.names : []
  if (!certificate || name === undefined) return null
  return { by: zoneOfName(name).slice(0, MAX_TEXT), at: certificate.obtainedAt, ok: true }
}

/** null where no router was found or asked. */
function routerOf({ facts }: Verdict): Reachability['router'] {
  const { router, routerExternalIp, mappings } = facts
  if (router === 'not-asked' || router === 'none') return null
  return {
    protocol: mappings[0]?.protocol ?? null,
    externalIp: routerExternalIp ?? null,
    mappings: mappings.slice(0, MAX_MAPPINGS).map(({ external, internal, expires }) => {
      return { external, internal, until: expires ?? null }
    }),
  }
}
