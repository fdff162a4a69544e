// A client of ACME made of nothing but node:crypto, for asking a CA things that our real client never would: wrong
// signatures, used nonces, other people's objects.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'

export interface RawAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Parsed where it is JSON. */
  readonly body: Readonly<Record<string, unknown>>
}

/** What to do differently from a good request. */
export interface Twist {
  readonly alg?: string
  readonly kid?: string | undefined
  readonly withJwk?: boolean
  readonly nonce?: string
  /** In the header, instead of the address it is sent to. */
  readonly url?: string
  readonly contentType?: string
  /** Instead of the JWS. */
  readonly rawBody?: string
  /** Changes the signature. */
  readonly breakSignature?: boolean
}

export interface RawClient {
  readonly key: KeyObject
  readonly jwk: object
  /** The account's address, after `register`. */
  kid: string | undefined
  get(path: string, method?: string): Promise<RawAnswer>
  /** A signed POST; an undefined payload is POST-as-GET. */
  post(path: string, payload?: unknown, twist?: Twist): Promise<RawAnswer>
  nonce(): Promise<string>
  /** newAccount, terms agreed to. */
  register(payload?: object): Promise<RawAnswer>
  /** A flattened JWS without a nonce, for inside another. */
  inner(payload: unknown, header: object): object
}

/** A client with a new P-256 key. `origin` has no final slash. */
export function createRawClient(origin: string, ca: string): RawClient {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' })
  const jwk = { crv, kty, x, y }

  const send = (method: string, path: string, body?: string, contentType = 'application/jose+json') =>
    new Promise<RawAnswer>((resolve, reject) => {
      const sent = request(`${origin}${path}`, { method, ca, agent: false, headers: { 'content-type': contentType } })
      sent.on('error', reject)
      sent.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const json = /json/.test(response.headers['content-type'] ?? '') && text !== ''
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            body: json ? JSON.parse(text) : {},
          })
        })
      })
      sent.end(body)
    })

  const jws = (payload: unknown, header: object) => {
    const head = Buffer.from(JSON.stringify(header)).toString('base64url')
    const body = payload === undefined ? '' : Buffer.from(JSON.stringify(payload)).toString('base64url')
    const signature = sign('sha256', Buffer.from(`${head}.${body}`), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return { protected: head, payload: body, signature: signature.toString('base64url') }
  }

  const client: RawClient = {
    key: privateKey,
    jwk,
    kid: undefined,
    get: (path, method = 'GET') => send(method, path),
    async nonce() {
      return String((await send('HEAD', '/new-nonce')).headers['replay-nonce'])
    },
    async post(path, payload, twist = {}) {
      const kid = 'kid' in twist ? twist.kid : client.kid
      const envelope = jws(payload, {
        alg: twist.alg ?? 'ES256',
        nonce: twist.nonce ?? (await client.nonce()),
        url: twist.url ?? `${origin}${path}`,
        ...(kid === undefined ? {} : { kid }),
        ...(kid === undefined || twist.withJwk ? { jwk } : {}),
      })
      if (twist.breakSignature) envelope.signature = `${envelope.signature.slice(0, -8)}AAAAAAAA`
      return send('POST', path, twist.rawBody ?? JSON.stringify(envelope), twist.contentType)
    },
    async register(payload = {}) {
      const answer = await client.post('/new-account', { termsOfServiceAgreed: true, ...payload }, { kid: undefined })
      client.kid = answer.headers.location
      return answer
    },
    inner: (payload, header) => jws(payload, { alg: 'ES256', jwk, ...header }),
  }
  return client
}

/** What stands in DNS for a token (RFC 8555 section 8.4), computed without our code. */
export function txtValue(token: string, jwk: object): string {
  const thumbprint = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url')
  return createHash('sha256').update(`${token}.${thumbprint}`).digest('base64url')
}
