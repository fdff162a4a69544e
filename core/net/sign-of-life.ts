// Asks the servers of the network for a sign of life and, where they speak HTTP, for the time: by a request for its head alone, or by
// a connection where there is no HTTP. All side by side, each bounded; nothing of it is secret.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, type LookupFunction } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { answerTo } from './http-answer.ts'
import { reasonOf } from './reason.ts'
import type { Clock } from '../clock.ts'

/** Where a server is. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly by: 'tcp' | 'http' | 'https'
  readonly path: string
}

/** What came of asking one. */
export interface Answered {
  readonly host: string
  readonly port: number
  readonly ok: boolean
  /** Its clock, and ours when it said so, milliseconds. */
  readonly time?: { readonly there: number; readonly here: number } | undefined
  readonly reason: string
}

/** A server that is there answers within a second or two. */
const ASK_MS = 5_000

/** More say nothing new. */
const MAX_PLACES = 8

/** Places of multiaddrs and URLs, each once; what is neither is left out. */
export function placesOf(servers: readonly string[]): readonly Place[] {
  const places = servers.flatMap((text) => (text.startsWith('/') ? placeOfMultiaddr(text) : placeOfUrl(text)))
  const known = new Set<string>()
  return places
    .filter(({ host, port }) => !known.has(`${host} ${port}`) && known.add(`${host} ${port}`))
    .slice(0, MAX_PLACES)
}

/** Asks all; never rejects but with the signal's reason. */
export async function askServers(
  places: readonly Place[],
  lookup: LookupFunction | undefined,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<readonly Answered[]> {
  return await Promise.all(
    places.map(async (place) => {
      const { host, port } = place
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)])
      try {
        const there = await (place.by === 'tcp' ? knock(place, lookup, bounded) : ask(place, lookup, bounded))
        const time = there === undefined ? undefined : { there, here: clock.now() }
        return { host, port, ok: true, time, reason: '' }
      } catch (error) {
        signal.throwIfAborted()
        return { host, port, ok: false, reason: bounded.aborted ? 'no answer in time' : reasonOf(error) }
      }
    }),
  )
}

/**
 * By how much our clock is wrong: the middle of what servers say, since one of them may be wrong itself.
 *
 * @returns milliseconds to add to our time; undefined where nobody told the time
 */
export function offsetOf(answers: readonly Pick<Answered, 'time'>[]): number | undefined {
  const offsets = answers.flatMap(({ time }) => (time ? [time.there - time.here] : [])).toSorted((a, b) => a - b)
  return offsets[Math.floor(offsets.length / 2)]
}

/** Whether somebody takes a connection. @throws a socket's error, the signal's reason */
export async function knock(
  { host, port }: { readonly host: string; readonly port: number },
  lookup: LookupFunction | undefined,
  signal: AbortSignal,
): Promise<undefined> {
  // what is rejected before anybody waits for it would end the process
  signal.throwIfAborted()
  const done = Promise.withResolvers<undefined>()
  const socket = connect({ host, port, ...(lookup ? { lookup } : {}) })
  const onAbort = () => done.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  socket.once('connect', () => done.resolve(undefined))
  socket.on('error', done.reject)
  socket.once('close', () => done.reject(new Error('the connection was closed')))
  try {
    return await done.promise
  } finally {
    signal.removeEventListener('abort', onAbort)
    socket.destroy()
  }
}

/** @returns the server's clock, undefined where it tells none */
async function ask(
  { host, port, by, path }: Place,
  lookup: LookupFunction | undefined,
  signal: AbortSignal,
): Promise<number | undefined> {
  const options = { host, port, path, method: 'HEAD', agent: false, signal, ...(lookup ? { lookup } : {}) }
  // a clock that is wrong makes every certificate look expired, and what is asked for here anybody may know
  const sent = by === 'http' ? httpRequest(options) : httpsRequest({ ...options, rejectUnauthorized: false })
  sent.end()
  const answer = await answerTo(sent, signal)
  answer.destroy()
  const there = Date.parse(answer.headers.date ?? '')
  return Number.isNaN(there) ? undefined : there
}

function placeOfUrl(text: string): Place[] {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return []
  const by = url.protocol === 'https:' ? 'https' : 'http'
  const port = Number(url.port) || (by === 'https' ? 443 : 80)
  return [{ host: url.hostname.replace(/^\[|\]$/g, ''), port, by, path: url.pathname }]
}

function placeOfMultiaddr(text: string): Place[] {
  const parts = multiaddr(text).getComponents()
  const names = parts.map(({ name }) => name)
  const port = Number(parts.find(({ name }) => name === 'tcp')?.value)
  const host = parts[0]?.value
  if (host === undefined || !port || names.includes('p2p-circuit')) return []
  const secure = names.includes('tls') || names.includes('wss')
  const by = names.includes('ws') || names.includes('wss') ? (secure ? 'https' : 'http') : 'tcp'
  return [{ host, port, by, path: '/' }]
}
