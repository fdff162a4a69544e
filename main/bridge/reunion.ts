// The node's half of proto/api/reunion.ts: pages that were opened before this start are known again by keys that are made from one secret
// of the data folder, so nothing is kept for each page, and a node that was killed knows them too.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { reunionText, type ReunionClaim } from '../../proto/api/index.ts'
import type { ReunionAnswer, ReunionGreeting, ReunionKey, ReunionRequest, Role } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'

/** A page gets a new key with each connection; one that has heard nothing for longer than this is opened anew by a link. */
export const KEY_LIFE_MS = 30 * 24 * 3_600_000

/** A clock that was set back a little is no reason to send a person away. */
const CLOCK_SLACK_MS = 10 * 60_000

const NONCE_BYTES = 32

/** What knows pages again. */
export interface Reunion {
  /** A key for a page that is connected. */
  introduce(role: Role): ReunionKey
  /** Shows to a page that this is its node. */
  greet(greeting: ReunionGreeting): ReunionAnswer
  /** @returns the role of a page that has shown that it is the one, and the token that it makes too; undefined for everybody else */
  sessionOf(request: ReunionRequest): { readonly role: Role; readonly token: string } | undefined
}

/** @param host  where pages find this node, such as `127.0.0.1:4127` */
export function createReunion(init: {
  readonly secret: Uint8Array
  readonly host: () => string
  readonly clock: Pick<Clock, 'now'>
}): Reunion {
  const { secret, host, clock } = init
  // new with each start: what a page said to a node before is nothing to this one
  const nodeNonce = randomBytes(NONCE_BYTES).toString('base64url')
  const keyOf = (id: string): Buffer => createHmac('sha256', secret).update(`nodetrust-reunion-key\n${id}`).digest()
  const proofOf = (by: ReunionClaim['by'], { id, nonce }: ReunionGreeting): string =>
    createHmac('sha256', keyOf(id))
      .update(reunionText({ by, host: host(), id, pageNonce: nonce, nodeNonce }))
      .digest('base64url')
  return {
    introduce(role) {
      const id = [role, clock.now().toString(36), randomBytes(NONCE_BYTES).toString('base64url')].join('.')
      return { id, key: keyOf(id).toString('base64url') }
    },
    greet: (greeting) => ({ nonce: nodeNonce, proof: proofOf('node', greeting) }),
    sessionOf({ id, nonce, proof }) {
      if (!timingSafeEqual(Buffer.from(proof), Buffer.from(proofOf('page', { id, nonce })))) return undefined
      const [role, since = ''] = id.split('.')
      const age = clock.now() - Number.parseInt(since, 36)
      if (age < -CLOCK_SLACK_MS || age > KEY_LIFE_MS) return undefined
      return role === 'owner' || role === 'viewer' ? { role, token: proofOf('token', { id, nonce }) } : undefined
    },
  }
}
