// What `nodetrust init` leaves on the disk: a key for each role, then the configuration that names them. Nothing that is there is
// written over.
import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { writeFileAtomic } from '../../../core/files.ts'
import { loadOrCreatePeerKey } from '../../../core/peer-key.ts'
import { closeToUninvited, invitationsPath } from '../../broker/invitations.ts'
import { roleKeyPath } from '../../role-names.ts'
import type { RoleName } from '../../role.ts'
import { classOf, type InitValues } from './values.ts'
import { configurationText, type Facts, METRICS_TOKEN } from './sections.ts'

/** There is a configuration already, and it is not written over. */
export class AlreadyInitializedError extends Error {
  override readonly name = 'AlreadyInitializedError'

  constructor(path: string) {
    super(`${path} is there already: edit it, change it with --change, or choose another --dir`)
  }
}

/** What init made. */
export interface InitResult {
  readonly path: string
  /** Role to peer id. */
  readonly peers: ReadonlyMap<RoleName, string>
  /** What has to be filled in before the roles can be served. */
  readonly missing: readonly string[]
}

/** Where the configuration of a folder is. */
export function configurationPath(dir: string): string {
  return join(dir, 'nodetrust.yaml')
}

/** @throws AlreadyInitializedError */
export async function checkFree(dir: string): Promise<void> {
  const path = configurationPath(dir)
  if (await exists(path)) throw new AlreadyInitializedError(path)
}

/**
 * Writes `<dir>/nodetrust.yaml` and a key for each role.
 *
 * @throws AlreadyInitializedError, FileError
 */
export async function writeConfiguration(values: InitValues): Promise<InitResult> {
  const { dir, roles } = values
  await checkFree(dir)
  const peers = new Map<RoleName, string>()
  // whoever is found by a web address needs no key of a peer
  for (const role of roles.filter((one) => one !== 'nostr-relay'))
    peers.set(role, peerIdFromPrivateKey(await loadOrCreatePeerKey(roleKeyPath(dir, role))).toString())
  const facts: Facts = { ...values, peers }
  if (values.metrics !== undefined) await writeMetricsToken(join(dir, METRICS_TOKEN))
  if (values.access.who === 'invited' && peers.has('broker')) await closeToUninvited(invitationsPath(dir))
  const path = configurationPath(dir)
  await writeFileAtomic(path, configurationText(facts))
  return { path, peers, missing: missing(facts) }
}

/** One that is there stays: a Prometheus knows it. */
async function writeMetricsToken(path: string): Promise<void> {
  if (await exists(path)) return
  await writeFileAtomic(path, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`)
}

/** Nobody guesses 256 bits. */
const TOKEN_BYTES = 32

function missing({ peers, address }: Facts): string[] {
  const issue = peers.has('issue')
  const broker = peers.has('broker')
  return [
    ...(issue && !peers.has('proof') ? ['issue.proofServers: the peer id and addresses of your proof server'] : []),
    ...(issue && !peers.has('dns') ? ['issue.dnsServers: the control address of your DNS server'] : []),
    ...(broker && !peers.has('dns') ? ['broker.dnsServers: the control address of your DNS server'] : []),
    ...(peers.has('dns') && !issue && !broker ? ['dns.admins: the peer id of your issue server or broker'] : []),
    ...(classOf(address) !== 'public' && peers.has('dns')
      ? [`dns.nameServers: ${address} is not public; put this machine's public address there`]
      : []),
  ]
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
