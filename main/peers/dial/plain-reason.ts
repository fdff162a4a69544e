// Why an address led to nobody, in plain words, with the library's own behind them: those help who knows them, and nobody else.
import { errorsOf } from '../../../core/net/error-tree.ts'
import { reasonOf } from '../../../core/net/reason.ts'

/** Causes by the code or the words of an error; the first that fits counts. */
const CAUSES: readonly (readonly [sign: RegExp, words: string])[] = [
  [/ECONNREFUSED/, 'nobody takes connections there'],
  [/ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL/, 'no way leads there from here'],
  [/ENOTFOUND|ENODATA|EAI_NONAME/, 'the DNS does not know the name'],
  [/EAI_AGAIN|ESERVFAIL|EREFUSED/, 'the DNS did not answer'],
  [/CERT_HAS_EXPIRED|certificate has expired/i, 'the certificate there has expired'],
  [/ALTNAME|does not match certificate/i, 'the certificate there is for another name'],
  [
    /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|self-signed|unable to verify/i,
    'the certificate there is of an unknown authority',
  ],
  [/wrong version number|packet length too long/i, 'whoever is there speaks no TLS'],
  [/unexpected server response/i, 'a web server is there, and no peer'],
  [
    /missing newline|protocol selection|UnsupportedProtocol|multistream|invalid varint/i,
    'whoever is there speaks no libp2p',
  ],
  [/Parse Error|HPE_/, 'whoever is there speaks no HTTP'],
  [
    /ECONNRESET|EPIPE|socket hang up|unexpected end|stream.*(?:closed|reset)|connection was closed/i,
    'the connection was broken off',
  ],
  [/ETIMEDOUT|timed? ?out|TimeoutError/i, 'it took too long'],
  [/EMFILE|ENFILE/, 'this computer has no room for another connection'],
  [/EACCES|EPERM/, 'this computer does not let us connect there'],
]

/**
 * Says in words why an attempt failed.
 *
 * @returns `plain words: the library's`; the library's alone where the cause is none of the known ones
 */
export function plainReason(thrown: unknown): string {
  const told = reasonOf(thrown)
  const signs = errorsOf(thrown).map((error) => `${error.name} ${codeOf(error)} ${error.message}`)
  const words = CAUSES.find(([sign]) => sign.test(told) || signs.some((text) => sign.test(text)))?.[1]
  if (words === undefined || words === told) return told
  return told === '' ? words : `${words}: ${told}`
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
