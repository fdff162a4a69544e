// Where the operator's page and the figures are.
import * as v from 'valibot'
import { parseHostPort } from '../../core/net/host-port.ts'
import { hostPort } from './values.ts'

const loopbackPort = v.pipe(
  v.string(),
  v.check(isLoopbackPort, 'expected a loopback address and a port, for example 127.0.0.1:25897'),
)

/** Figures for a Prometheus on another machine: at an address of its own, with a token, and nothing but /metrics. */
const metrics = v.strictObject({
  /** Plain HTTP: an address in a network of your own. */
  listen: hostPort,
  /** A file whose one line is the token that Prometheus sends (`authorization: { credentials_file }`). */
  tokenFile: v.string(),
})

const adminSection = v.strictObject({
  /** Of the page, on loopback; no page where left out. */
  listen: v.optional(loopbackPort),
  metrics: v.optional(metrics),
})
const adminText = v.pipe(
  loopbackPort,
  v.transform((listen): v.InferOutput<typeof adminSection> => ({ listen })),
)
// not a union: its message would name neither of the two
export const admin = v.lazy((input) => (typeof input === 'string' ? adminText : adminSection))

function isLoopbackPort(text: string): boolean {
  const host = parseHostPort(text)?.host
  return host === '::1' || host?.startsWith('127.') === true
}
