// Whether the CA may issue for the names of peers: the first CAA records on the way up decide (RFC 8659 section 3).
import { createResolver, type CaaData, type DnsServerAddress } from '../../core/dns/index.ts'
import { caaIdentities } from '../dns/ca-identity.ts'
import { directoryOrigin } from '../../core/acme/directories.ts'
import { linesOf, type HostCheck } from './look.ts'

const ASK_MS = 2_500

/** The name of a peer that is nobody's: every peer has the same records, but for those who tell their account. */
const ANY_PEER = 'pw4t9mvzh6onnp01f80botcm2pek713h2prwjb3qx6j9bnak4a4o8'

export const checkCaa: HostCheck = async ({ config, resolvers, signal }) => {
  const line = linesOf('caa', 'CAA')
  const { zone, issue, broker } = config
  const acme = issue?.acme ?? broker?.acme
  const identities = caaIdentities(acme?.directory, { configured: acme?.caaIdentities ?? [] })
  if (identities.length === 0) return [line('good', 'The CA is not known to look at CAA records.')]
  const found = await firstRecords(`${ANY_PEER}.${zone}`, resolvers, signal)
  const ca = directoryOrigin(acme?.directory)
  if (found === 'silent')
    return [line('unknown', `Nobody answers for names of ${zone}.`, 'Mend delegation and DNS first.')]
  if (found === undefined) return [line('good', `There is none: every CA may issue, ${identities.join(', ')} too.`)]
  const { at, records } = found
  // where there is a word of wildcards, it alone counts for them
  const words = (tag: string) => records.filter((record) => record.tag.toLowerCase() === tag)
  const wild = words('issuewild')
  const allowed = [words('issue'), wild.length > 0 ? wild : words('issue')].every((some) =>
    some.length === 0
      ? true
      : some.some(({ value }) => identities.includes(value.split(';')[0]?.trim().toLowerCase() ?? '')),
  )
  if (allowed) return [line('good', `${identities.join(', ')} may issue, by the records of ${shorter(at, zone)}.`)]
  const named = [...new Set(records.map(({ value }) => value.split(';')[0]?.trim() || 'nobody'))].join(', ')
  return [
    line(
      'bad',
      `The records of ${shorter(at, zone)} allow ${named}, not ${identities.join(', ')} (${ca}).`,
      at.endsWith(zone)
        ? `Take dns.caa out of the configuration, or add: ${identities.map((one) => `issue "${one}"`).join(', ')}`
        : `Add at ${at}: CAA 0 issue "${identities[0] ?? ''}"`,
    ),
  ]
}

async function firstRecords(
  name: string,
  resolvers: readonly DnsServerAddress[],
  signal: AbortSignal,
): Promise<{ readonly at: string; readonly records: readonly CaaData[] } | 'silent' | undefined> {
  const resolver = createResolver({ servers: resolvers, timeoutMs: ASK_MS, signal })
  const labels = name.split('.')
  for (let from = 0; from < labels.length - 1; from++) {
    const at = labels.slice(from).join('.')
    try {
      const records = await resolver.resolveCaa(at)
      if (records.length > 0) return { at, records }
    } catch {
      signal.throwIfAborted()
      return 'silent'
    }
  }
  return undefined
}

/** A label of sixty letters that are nobody's says nothing. */
function shorter(at: string, zone: string): string {
  return at.startsWith(ANY_PEER) ? `peers below ${zone}` : at
}
