// The Link header (RFC 8288) as far as ACME uses it: addresses by their relation, absolute and https, a bounded number of them.
import type { IncomingHttpHeaders } from 'node:http'
import type { ProblemDocument } from './errors.ts'
import { httpsUrl } from './objects.ts'

/** No CA offers more chains or pages of terms. */
const MAX_LINKS = 10

/** One link: an address and its parameters, whose values may be quoted and hold commas then. */
const LINK = /<([^<>]*)>((?:\s*;\s*[\w!#$&+\-.^`|~*]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]+))?)*)/g
const PARAMETER = /;\s*([\w!#$&+\-.^`|~*]+)\s*(?:=\s*(?:"([^"]*)"|([^\s",;]+)))?/g

/**
 * The addresses with a relation.
 *
 * @param base  of the request, which relative addresses are taken from
 */
export function linksOf(headers: IncomingHttpHeaders, rel: string, base: string): string[] {
  const given = headers['link']
  const text = (Array.isArray(given) ? given.join(', ') : (given ?? '')).slice(0, MAX_HEADER_LENGTH)
  const found = [...text.matchAll(LINK)].flatMap(([, address = '', parameters = '']) => {
    const named = [...parameters.matchAll(PARAMETER)].find(([, name]) => name?.toLowerCase() === 'rel')
    const relations = (named?.[2] ?? named?.[3] ?? '').toLowerCase().split(/\s+/)
    return relations.includes(rel) ? (httpsUrl(address, base) ?? []) : []
  })
  return [...new Set(found)].slice(0, MAX_LINKS)
}

/** As much as Node reads of all headers together. */
const MAX_HEADER_LENGTH = 16_384

/** An address in a sentence, without what ends the sentence. */
const ADDRESS_IN_TEXT = /https:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/

/** Longer ones fit in no field that people see; the sentence has them. */
const MAX_PAGE_LENGTH = 512

/**
 * The page where a person can lift a refusal: that of the terms to agree to (RFC 8555 section 7.3.3 names it in `instance`, the
 * terms themselves in a Link), or that of a pause, which Let's Encrypt names in the sentence. It is a stranger's: only https, nobody's
 * password in it, and shown rather than opened.
 */
export function pageForPerson(
  { type, detail, instance: named }: ProblemDocument,
  headers: IncomingHttpHeaders,
  url: string,
): string | undefined {
  if (type !== 'userActionRequired' && type !== 'rateLimited') return undefined
  const instance = httpsUrl(named, url)
  const [terms] = linksOf(headers, 'terms-of-service', url)
  const [help] = linksOf(headers, 'help', url)
  const found = type === 'userActionRequired' ? [instance, terms, help] : [instance, help]
  const page = [...found, ADDRESS_IN_TEXT.exec(detail)?.[0]].map((one) => one && URL.parse(one)).find((one) => one)
  return page && page.username === '' && page.password === '' && page.href.length <= MAX_PAGE_LENGTH
    ? page.href
    : undefined
}
