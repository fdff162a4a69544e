// CAA from the CA's side (RFC 8659, with the methods and accounts of RFC 8657): who may issue for a name is said by the records at the
// closest name above it that has any. What it cannot find out it takes for a no.
import { DnsServerRefusedError, NoDnsAnswerError, RCODE, type CaaData } from '../../core/dns/index.ts'
import { CaProblem, documentOf, type ProblemDocument } from './problem.ts'

/** Who answers the CA's questions about CAA. */
export interface CaaResolver {
  /** The records of a name, not of those above it; empty for none, throws where there is no answer. */
  resolveCaa(name: string, options: { readonly signal: AbortSignal }): Promise<readonly CaaData[]>
}

/** What this CA is called in CAA records; a name that can never be a real CA's. */
export const CA_IDENTITY = 'nodetrust-sandbox.invalid'

/** Who wants what certified, and how it was proved. */
export interface CaaQuestion {
  /** Without `*.`. */
  readonly name: string
  readonly wildcard: boolean
  readonly method: 'dns-01' | 'http-01'
  readonly accountUrl: string
}

const KNOWN_TAGS = new Set(['issue', 'issuewild', 'iodef', 'issuemail', 'issuevmc', 'contactemail', 'contactphone'])

/** The critical bit (RFC 8659 section 4.1). */
const CRITICAL = 128

/** As long as a real CA waits for DNS. */
const RESOLVE_TIMEOUT_MS = 10_000

/**
 * Looks whether this CA may issue.
 *
 * @returns undefined where it may, else why not
 * @throws the signal's reason
 */
export async function whyCaaForbids(
  resolver: CaaResolver,
  question: CaaQuestion,
  signal: AbortSignal,
): Promise<ProblemDocument | undefined> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_TIMEOUT_MS)])
  try {
    const { at, records } = await closestRecords(resolver, question.name, within)
    const why = judgeCaa(records, question)
    return why === undefined ? undefined : documentOf(new CaProblem(403, 'caa', `CAA at ${at} forbids it: ${why}`))
  } catch (error) {
    signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    return documentOf(new CaProblem(400, 'caa', `no answer for CAA of ${question.name}: ${why}`))
  }
}

/** RFC 8659 section 3. The resolver of a sandbox knows one zone and refuses what is above it: nothing is said there. */
async function closestRecords(resolver: CaaResolver, name: string, signal: AbortSignal) {
  for (let at = name; at !== ''; at = at.includes('.') ? at.slice(at.indexOf('.') + 1) : '') {
    try {
      const records = await resolver.resolveCaa(at, { signal })
      if (records.length > 0) return { at, records }
    } catch (error) {
      if (!isRefused(error)) throw error
      break
    }
  }
  return { at: '', records: [] }
}

function isRefused(error: unknown): boolean {
  const attempts = error instanceof NoDnsAnswerError ? error.attempts : []
  return (
    attempts.length > 0 &&
    attempts.every(({ error: one }) => one instanceof DnsServerRefusedError && one.rcode === RCODE.REFUSED)
  )
}

/**
 * What a set of records says.
 *
 * @returns why not; undefined where this CA may issue
 */
export function judgeCaa(records: readonly CaaData[], question: CaaQuestion): string | undefined {
  const unknown = records.find(({ flags, tag }) => (flags & CRITICAL) !== 0 && !KNOWN_TAGS.has(tag.toLowerCase()))
  if (unknown) return `it has a critical property ${JSON.stringify(unknown.tag)} that this CA does not know`
  const tagged = (wanted: string) => records.filter(({ tag }) => tag.toLowerCase() === wanted)
  const wild = question.wildcard ? tagged('issuewild') : []
  const relevant = wild.length > 0 ? wild : tagged('issue')
  if (relevant.length === 0) return undefined
  const reasons = relevant.map(({ value }) => whyNot(value, question))
  return reasons.includes(undefined) ? undefined : reasons.join('; ')
}

function whyNot(value: string, { method, accountUrl }: CaaQuestion): string | undefined {
  const [issuer = '', ...parts] = value.split(';').map((part) => part.trim())
  if (issuer.toLowerCase() !== CA_IDENTITY) return issuer === '' ? 'nobody may' : `${issuer} may`
  const parameters = parts
    .filter((part) => part !== '')
    .map((part) => /^([a-z0-9-]+)\s*=\s*([\x21-\x3a\x3c-\x7e]*)$/i.exec(part))
  if (parameters.includes(null)) return 'its parameters cannot be read'
  const valuesOf = (wanted: string) =>
    parameters.flatMap((found) => (found?.[1]?.toLowerCase() === wanted ? [found[2] ?? ''] : []))
  const methods = valuesOf('validationmethods')
  if (methods.some((list) => !list.split(',').includes(method)))
    return `only by ${methods.join(' and ')}, not ${method}`
  const accounts = valuesOf('accounturi')
  return accounts.every((account) => account === accountUrl) ? undefined : 'only for another account'
}
