// The Link header (RFC 8288) as far as ACME uses it: addresses by their relation, absolute and https, a bounded number of them.
import { type Answer } from './transport.ts'
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
export function linksOf(headers: Answer['headers'], rel: string, base: string): string[] {
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
