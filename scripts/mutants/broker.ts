// Mutants of the statements about the broker.
import type { Mutants } from './mutant.ts'

const DIAL_BACK = 'servers/broker/dial-back.ts'
const DIALS = 'core/net/dial-limits.ts'
const TLS = 'core/net/tls-server.ts'
const NODE_TLS = 'main/node/tls-certificate.ts'
const HTTP = 'servers/broker/http.ts'
const TARGET = 'core/net/request-target.ts'
const AUTH = 'proto/peer-id-auth-server.ts'

export const BROKER: Mutants = {
  K1: [
    {
      file: 'servers/broker/buckets.ts',
      find: 'count: limits.newPerPrefix',
      replace: 'count: 100 * limits.newPerPrefix',
    },
  ],
  K2: [
    { file: DIALS, find: 'if (!own.hasRoom(cost, nowMs) || ', replace: 'if (' },
    { file: DIALS, find: ' || together?.take(1, nowMs) === false) return false', replace: ') return false' },
  ],
  K3: [
    {
      file: DIAL_BACK,
      find: 'await clock.sleep(Math.max(0, began + timeoutMs - clock.now()), ends)',
      replace: 'await clock.sleep(began < 0 ? 1 : 0, ends)',
    },
  ],
  K4: [
    { file: DIAL_BACK, find: 'places.enter(caller?.text,', replace: "places.enter('192.0.2.1'," },
    {
      file: 'core/net/side-by-side.ts',
      find: 'waiting.length > 0 && running.size < atOnce',
      replace: 'waiting.length > 0 && running.size < 1_000',
    },
  ],
  K5: [
    { file: TLS, find: "ciphers: [...TLS_1_3, ...TLS_1_2].join(':')", replace: "ciphers: 'ALL'" },
    { file: TLS, find: "    bit('SSL_OP_NO_RENEGOTIATION') |\n", replace: '' },
    { file: TLS, find: "    bit('SSL_OP_NO_TICKET') |\n", replace: '' },
    {
      file: TLS,
      find: 'server.setSecureContext({ ...TLS_SERVER_OPTIONS, ...pair })',
      replace: 'server.setSecureContext(pair)',
    },
    { file: NODE_TLS, find: '      for (const server of servers) give(server, pair)\n', replace: '' },
    { file: NODE_TLS, find: '      if (current) give(server, current.pair)\n', replace: '' },
    {
      file: HTTP,
      find: 'setCertificate: (pair) => secure && useCertificate(secure, pair)',
      replace: 'setCertificate: (pair) => secure?.addContext("localhost", pair)',
    },
  ],
  K6: [
    {
      file: HTTP,
      find: "if (init.tls) response.setHeader('Strict-Transport-Security'",
      replace: "if (!init.tls) response.setHeader('Strict-Transport-Security'",
    },
    {
      file: HTTP,
      find: "if (init.tls) response.setHeader('Strict-Transport-Security'",
      replace: "response.setHeader('Strict-Transport-Security'",
    },
    {
      file: HTTP,
      find: "const TRANSPORT_SECURITY = 'max-age=31536000'",
      replace: "const TRANSPORT_SECURITY = 'max-age=31536000; includeSubDomains'",
    },
  ],
  K7: [
    { file: TARGET, find: 'if (others.length > 0 || ', replace: 'if (' },
    { file: TARGET, find: '  if (absolute && !HOST.test(host)) return undefined\n', replace: '' },
    { file: HTTP, find: 'if (!target) end(response, 400)', replace: 'if (!target) refuse(response, notFound())' },
    {
      file: 'servers/admin/server.ts',
      find: ' || !isOwnHost(target?.host)',
      replace: '',
    },
    {
      file: 'servers/admin/server.ts',
      find: '!isOwnHost(request.headers.host) || ',
      replace: '',
    },
  ],
  K8: [
    {
      file: HTTP,
      find: 'if (wait > 0) return refuse(response, tooMany(wait))',
      replace: 'if (wait > 1e12) return refuse(response, tooMany(wait))',
    },
    {
      file: AUTH,
      find: "throw new AuthSignatureError('the client has not signed our challenge, key and name')",
      replace: 'return host',
    },
    {
      file: AUTH,
      find: "if (!(await crypto.subtle.verify('HMAC', await hmac, bytes.slice(0, SEAL_BYTES), json))) {",
      replace: 'if (json.length === 0) {',
    },
    { file: AUTH, find: '    if (!(await firstUse(text, expiresMs))) return ask(host)\n', replace: '' },
    {
      file: AUTH,
      find: 'return now() < expiresMs ? { content, expiresMs } : undefined',
      replace: 'return { content, expiresMs }',
    },
    {
      file: AUTH,
      find: "if (text.length % 4 !== 0) throw new MalformedAuthHeaderError('a value is no base64url with its padding')",
      replace: '',
    },
    {
      file: 'proto/peer-id-auth-signed.ts',
      find: 'if (text === undefined || length < MIN_CHALLENGE_CHARACTERS || length > MAX_CHALLENGE_CHARACTERS)',
      replace: 'if (text === undefined)',
    },
  ],
  K9: [
    {
      file: 'servers/broker/body.ts',
      find: '  let depth = 0\n',
      replace: '  let depth = [...text.matchAll(/"(?:[^"\\\\]|\\\\.)*"/gs)].length * 0\n',
    },
  ],
}
