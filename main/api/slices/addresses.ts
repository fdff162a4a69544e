// The addresses that others are told, sorted by who can use them, and the page that a browser can be pointed at.
import { multiaddr } from '@multiformats/multiaddr'
import type { State } from '../../../proto/api/index.ts'
import type { NodeFacts } from '../../program/program.ts'

type Addresses = Omit<State['addresses'], 'visit'>
type Listed = Addresses['list'][number]

const MAX_ADDRESSES = 100

/**
 * Makes the slice.
 *
 * @param now  milliseconds since 1970; an expired certificate certifies nothing
 */
export function addressesSlice(node: NodeFacts | undefined, now: number): Addresses {
  if (!node) return { host: null, testUrl: null, list: [] }
  const { certificate } = node
  const names = certificate && now < certificate.notAfter ? certificate.names : []
  const found = node.addresses.flatMap((text) => describe(text, names)).slice(0, MAX_ADDRESSES)
  const web = found.filter(({ kind, certified }) => kind === 'web' && certified)
  // most visitors come by IPv4
  const best = web.find(({ address }) => address.startsWith('/dns4/')) ?? web[0]
  const own = certificate?.names.find((name) => !name.startsWith('*.')) ?? null
  return {
    host: best?.host ?? own,
    testUrl: best === undefined ? null : `https://${best.host}${best.port === 443 ? '' : `:${best.port}`}/`,
    list: found
      .map(({ address, kind, host, certified }): Listed => ({ address, kind, host, certified }))
      .sort((one, other) => Number(other.kind === 'web') - Number(one.kind === 'web')),
  }
}

/** A text that is no address is nothing to show. */
function describe(text: string, names: readonly string[]): (Listed & { readonly port: number })[] {
  try {
    const components = multiaddr(text).getComponents()
    const [first] = components
    const protocols = new Set(components.map(({ name }) => name))
    if (first?.value === undefined || text.length > 2_000) return []
    const secure = protocols.has('wss') || (protocols.has('tls') && protocols.has('ws'))
    const host = components.find(({ name }) => name === 'sni')?.value ?? first.value
    const port = Number(components.find(({ name }) => name === 'tcp')?.value ?? 0)
    return [{ address: text, kind: secure ? 'web' : 'peer', host, certified: secure && isOn(host, names), port }]
  } catch {
    return []
  }
}

/** Whether a certificate's names cover a host (RFC 9525 section 6.3: a wildcard stands for exactly one label). */
function isOn(host: string, names: readonly string[]): boolean {
  const parent = host.slice(host.indexOf('.') + 1)
  return names.includes(host) || (host.includes('.') && names.includes(`*.${parent}`))
}
