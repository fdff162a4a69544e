// The far side of the proxy: a connection to whoever serves a name, once the key that is shown there is one that the name's owner has
// signed. Nothing is sent before that.
import { connect, type TLSSocket } from 'node:tls'
import { pinsFor, placesOf, portOf, type ServedAt, whyNotPinned } from '../verify.ts'
import type { NameFacts } from '../../../core/nostr/name-facts.ts'
import type { KeyName } from '../../../proto/npub.ts'
import type { LookedUp, NameLookup } from '../lookup.ts'
import type { RefusalReason } from './refusal-page.ts'

/** The gravest last: where several addresses of a name fail, that is the one to tell. */
const GRAVITY: readonly RefusalReason[] = ['nobody-there', 'no-pin', 'over', 'other-name', 'authority', 'other-key']

/** What is needed. */
export interface FarSideInit {
  readonly lookup: Pick<NameLookup, 'look'>
  readonly allowPrivate: boolean
  readonly nowMs: () => number
}

/** What is meant: a host below the key, and the port that the browser asked for. */
export interface Wanted {
  readonly name: KeyName
  /** In small letters. */
  readonly host: string
  readonly port: number
}

/** TCP and TLS across the world. */
const HANDSHAKE_MS = 5_000
const HTTPS_PORT = 443

/**
 * Connects.
 *
 * @returns the connection, paused; or why there is none
 * @throws the signal's reason
 */
export async function openFarSide(
  wanted: Wanted,
  init: FarSideInit,
  signal: AbortSignal,
): Promise<TLSSocket | RefusalReason> {
  const looked = await init.lookup.look(wanted.name.pubkey, { signal })
  const reached = await follow(looked, wanted, init, signal)
  // what is in memory may be from before the owner signed another key, or moved
  if (typeof reached !== 'string' || looked.state !== 'cached') return reached
  return await follow(await init.lookup.look(wanted.name.pubkey, { fresh: true, signal }), wanted, init, signal)
}

async function follow(
  { facts, state }: LookedUp,
  { host, port }: Wanted,
  { allowPrivate, nowMs }: FarSideInit,
  signal: AbortSignal,
): Promise<TLSSocket | RefusalReason> {
  if (!facts) return state === 'none' ? 'no-name' : 'no-relay'
  // 443 means the service, wherever its owner has it; any other port has to be one that the owner has signed a key for
  const at = port === HTTPS_PORT ? portOf(facts) : port
  if (pinsFor(facts, at).length === 0) return 'no-pin'
  const { places, refused } = placesOf(facts, allowPrivate)
  if (places.length === 0) return refused > 0 ? 'private' : 'no-address'
  let worst: RefusalReason = 'nobody-there'
  for (const { address } of places) {
    const reached = await reach({ address, port: at }, { host, facts, nowMs }, signal)
    signal.throwIfAborted()
    if (typeof reached !== 'string') return reached
    if (GRAVITY.indexOf(reached) > GRAVITY.indexOf(worst)) worst = reached
  }
  return worst
}

async function reach(
  { address, port }: ServedAt,
  around: { readonly host: string; readonly facts: NameFacts; readonly nowMs: () => number },
  signal: AbortSignal,
): Promise<TLSSocket | RefusalReason> {
  const done = Promise.withResolvers<boolean>()
  const socket = connect({
    ...{ host: address, port, servername: around.host, ALPNProtocols: ['http/1.1'], minVersion: 'TLSv1.2' },
    // its own authority signs nothing here: the pin is compared below, before anything is sent
    rejectUnauthorized: false,
  })
  const late = AbortSignal.any([signal, AbortSignal.timeout(HANDSHAKE_MS)])
  const giveUp = () => done.resolve(false)
  late.addEventListener('abort', giveUp, { once: true })
  socket.once('secureConnect', () => done.resolve(true))
  socket.on('error', giveUp)
  socket.once('close', giveUp)
  const isThere = await done.promise
  late.removeEventListener('abort', giveUp)
  const fault = isThere ? faultOf(socket, port, around) : 'nobody-there'
  if (fault === undefined) return socket
  socket.destroy()
  return fault
}

function faultOf(
  socket: TLSSocket,
  port: number,
  { host, facts, nowMs }: { readonly host: string; readonly facts: NameFacts; readonly nowMs: () => number },
): RefusalReason | undefined {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return 'other-key'
  const why = whyNotPinned(certificate, { facts, port, nowMs: nowMs() })
  if (why !== undefined) return why === 'future' ? 'over' : why
  if (certificate.ca) return 'authority'
  return certificate.checkHost(host) === undefined ? 'other-name' : undefined
}
