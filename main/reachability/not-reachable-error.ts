// Nobody from outside can reach this node, for certain and for a reason that is known: a certificate would be of no use yet.

import type { UnreachableReason } from '../../proto/api/index.ts'

/** No order is begun; `reason` says why nobody gets through. */
export class NotReachableError extends Error {
  override readonly name = 'NotReachableError'
  readonly reason: UnreachableReason

  constructor(reason: UnreachableReason) {
    super(`nobody can reach this computer from outside: ${SENTENCES[reason]}`)
    this.reason = reason
  }
}

const SENTENCES: Record<UnreachableReason, string> = {
  'no-public-address': 'it has no address that the internet knows',
  'carrier-nat': 'the internet provider lets many homes share one address (carrier-grade NAT)',
  'router-refused': 'the router refused to let visitors in',
  'no-router-control': 'the router does not let visitors in, and does not take requests to do so (UPnP, NAT-PMP)',
  'port-taken': 'another program uses the port',
  firewall: 'a firewall turns visitors away',
  'not-dialled': 'somebody tried to come in and could not',
  offline: 'there is no internet connection',
}
