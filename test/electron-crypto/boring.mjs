// Loaded before anything else (NODE_OPTIONS=--import): makes this Node look like Electron to whoever asks, and takes from its
// crypto what BoringSSL does not have. Processes that are started from here inherit the variable and so the rest.
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { promisify } from 'node:util'

// all that Electron's Node can do; from `crypto.getCiphers()` and `getCurves()` of its BoringSSL
const CIPHERS =
  /^(?:id-)?(?:aes-?(?:128|192|256)-(?:cbc|ctr|ecb|ofb|gcm)|aes(?:128|192|256)-(?:gcm|wrap)|des-(?:cbc|ecb|ede.*)|rc4)$/i
const KEY_TYPES = new Set(['rsa', 'rsa-pss', 'ec', 'ed25519', 'x25519', 'dh'])
const CURVES = new Set(['prime256v1', 'P-256', 'secp224r1', 'P-224', 'secp384r1', 'P-384', 'secp521r1', 'P-521'])
const DIGESTS = /^(?:rsa-)?(?:md4|md5|md5-sha1|sha1|sha-?(?:1|224|256|384|512)(?:[-/](?:224|256))?)$/i

Object.defineProperty(process.versions, 'electron', { value: '45.4.1', enumerable: true })

/** Refuses a call whose words are not of the set. */
const only = (name, allowed) => {
  const checked =
    (real) =>
    (...args) => {
      if (allowed(...args)) return real(...args)
      const words = args.map((one) => (typeof one === 'string' ? one : one?.namedCurve)).filter(Boolean)
      throw new Error(`BoringSSL has no ${name}(${words.join(', ')})`)
    }
  const real = crypto[name]
  crypto[name] = checked(real)
  // what its promise gives is known to the real one alone
  crypto[name][promisify.custom] = checked(promisify(real))
}
const keyType = (type, options) => KEY_TYPES.has(type) && (type !== 'ec' || CURVES.has(options?.namedCurve))
only('createCipheriv', (name) => CIPHERS.test(name))
only('createDecipheriv', (name) => CIPHERS.test(name))
only('createECDH', (name) => CURVES.has(name))
only('generateKeyPair', keyType)
only('generateKeyPairSync', keyType)
only('createHash', (name) => DIGESTS.test(name))
only('createHmac', (name) => DIGESTS.test(name))
const ciphers = crypto.getCiphers()
crypto.getCiphers = () => ciphers.filter((name) => CIPHERS.test(name))
const curves = crypto.getCurves()
crypto.getCurves = () => curves.filter((name) => CURVES.has(name))
syncBuiltinESMExports()
