// HTTP-01 (RFC 8555 section 8.3) from the CA's side, for showing what a CA that validates by HTTP does with names that lead to any
// address: it asks loopback addresses alone, at a port that the test says, and follows nothing.
import { request } from 'node:http'
import type { IpAddress } from '../../proto/ip.ts'
import { CaProblem, documentOf, type ProblemDocument } from './problem.ts'

/** How names are asked by HTTP. */
export interface HttpValidation {
  /** Instead of 80, which is for others. */
  readonly port: number
  readonly lookupIp: (name: string, options: { readonly signal: AbortSignal }) => Promise<readonly IpAddress[]>
}

const TIMEOUT_MS = 10_000

/** A key authorization has 87 characters. */
const MAX_BODY_BYTES = 256

/**
 * Looks for the answer to a challenge.
 *
 * @param expected  the key authorization
 * @returns undefined where it is there, else why not
 * @throws the signal's reason
 */
export async function findHttpAnswer(
  { port, lookupIp }: HttpValidation,
  { name, token, expected }: { readonly name: string; readonly token: string; readonly expected: string },
  signal: AbortSignal,
): Promise<ProblemDocument | undefined> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
  try {
    const address = (await lookupIp(name, { signal: within })).find(
      (ip) => ip.text === '::1' || ip.text.startsWith('127.'),
    )
    if (!address) return documentOf(new CaProblem(400, 'connection', `${name} leads to no address of loopback`))
    const found = await get({ host: address.text, port, name, path: `/.well-known/acme-challenge/${token}` }, within)
    if (found.trim() === expected) return undefined
    return documentOf(new CaProblem(403, 'unauthorized', `another answer than expected at http://${name}`))
  } catch (error) {
    signal.throwIfAborted()
    return documentOf(new CaProblem(400, 'connection', `no answer at http://${name}: ${String(error)}`))
  }
}

function get(
  {
    host,
    port,
    name,
    path,
  }: { readonly host: string; readonly port: number; readonly name: string; readonly path: string },
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, headers: { host: name }, agent: false, signal }, (response) => {
      let body = ''
      response.setEncoding('latin1')
      response.on('error', reject)
      response.on('data', (chunk: string) => {
        body += chunk
        if (body.length > MAX_BODY_BYTES) asked.destroy(new Error('the answer is too long'))
      })
      response.on('end', () =>
        response.statusCode === 200 ? resolve(body) : reject(new Error(`HTTP ${response.statusCode}`)),
      )
    })
    asked.on('error', reject)
    asked.end()
  })
}
