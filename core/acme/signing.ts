// The one place that touches acme-client: it signs requests (JWS, external account binding) and computes challenge values.
// Its HTTP half is replaced by ours through `client.http.request`, a hook that is not documented, so `loadSigner` proves
// that it is there and used.
import type acme from 'acme-client'
import { generateKeyPairSync } from 'node:crypto'
import { AcmeLibraryError } from './errors.ts'
import type { Answer } from './transport.ts'

/**
 * A CA may refuse a nonce for no fault of ours; each refusal brings a fresh one. With ten retries a CA that refuses six of
 * ten (the worst that test CAs are run with) fails one request in 270.
 */
const MAX_BAD_NONCE_RETRIES = 10

/** External account binding: what some CAs hand out with a subscription (RFC 8555 section 7.3.4). */
export interface ExternalAccount {
  readonly kid: string
  /** base64url, as the CA shows it. */
  readonly hmacKey: string
}

/** How signed requests leave: `send` carries them, `nonce` gives each its one-time value. */
export interface Outlet {
  send(method: 'GET' | 'HEAD' | 'POST', url: string, body?: unknown): Promise<Answer>
  nonce(): Promise<string>
}

/** The internals of acme-client that we use. */
interface LibraryHttp {
  request: (url: string, method: string, options?: { readonly data?: unknown }) => Promise<Answer>
  getNonce: () => Promise<string>
  maxBadNonceRetries: number
  signedRequest(
    url: string,
    payload: unknown,
    options: { readonly kid: string | null; readonly includeExternalAccountBinding?: boolean },
  ): Promise<Answer>
  createSignedBody(url: string, payload: unknown): object
  getJwk(): object
}

export interface Signer {
  /**
   * Sends a signed request.
   *
   * @param payload  undefined asks for the resource (POST-as-GET)
   * @param accountUrl  signs as this account; left out, the key itself is sent (new account, revocation by a certificate's key)
   * @param bind  adds the external account binding
   */
  post(url: string, payload: unknown, accountUrl?: string, bind?: boolean): Promise<Answer>
  /** The value of the TXT record that answers a DNS-01 challenge (RFC 8555 section 8.4). */
  challengeValue(token: string): Promise<string>
  /** A signed object for inside another request (key change), without a nonce. */
  innerJws(url: string, payload: unknown): object
  /** The public key as JWK. */
  publicJwk(): object
}

/** Makes a signer for a key. It is cheap: make one per request, with the request's own outlet. */
export type CreateSigner = (keyPem: string, outlet: Outlet, externalAccount?: ExternalAccount) => Signer

type Library = typeof acme

/**
 * Loads the library, which is large, when a CA is asked for the first time: most nodes let an issue server do that.
 *
 * @throws AcmeLibraryError where it is not the version this needs
 */
export async function loadSigner(): Promise<CreateSigner> {
  const { default: library } = await import('acme-client')
  const createSigner: CreateSigner = (...init) => signerOf(library, ...init)
  await checkLibrary(createSigner)
  return createSigner
}

function signerOf(library: Library, ...[keyPem, outlet, externalAccount]: Parameters<CreateSigner>): Signer {
  const client = new library.Client({
    // Never asked for: we read the directory ourselves.
    directoryUrl: 'https://directory.invalid/',
    accountKey: keyPem,
    ...(externalAccount
      ? { externalAccountBinding: { kid: externalAccount.kid, hmacKey: externalAccount.hmacKey } }
      : {}),
  })
  const http = httpOf(client)
  http.maxBadNonceRetries = MAX_BAD_NONCE_RETRIES
  http.getNonce = () => outlet.nonce()
  http.request = (url, method, options) => outlet.send(readMethod(method), url, options?.data)
  return {
    post: (url, payload, accountUrl, bind = false) =>
      http.signedRequest(url, payload ?? null, { kid: accountUrl ?? null, includeExternalAccountBinding: bind }),
    challengeValue: (token) =>
      client.getChallengeKeyAuthorization({ type: 'dns-01', token, url: '', status: 'pending' }),
    innerJws: (url, payload) => http.createSignedBody(url, payload),
    publicJwk: () => http.getJwk(),
  }
}

/**
 * Proves that the library sends what it signs through our hook, without touching a network.
 *
 * @throws AcmeLibraryError where it does not
 */
async function checkLibrary(createSigner: CreateSigner): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const sent: unknown[] = []
  const outlet: Outlet = {
    send(method, url, body) {
      sent.push(method, url, body)
      return Promise.resolve({ status: 200, headers: {}, data: 'seen' })
    },
    nonce: () => Promise.resolve('bm9uY2U'),
  }
  try {
    const signer = createSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), outlet)
    const answer = await signer.post('https://self-test.invalid/', { a: 1 }, 'https://self-test.invalid/account')
    const signed = JSON.stringify(sent[2] ?? {})
    if (answer.data === 'seen' && sent[0] === 'POST' && /"protected".*"signature"/.test(signed)) return
  } catch (error) {
    throw new AcmeLibraryError(`acme-client is not the version this needs (5.4.0): ${String(error)}`, { cause: error })
  }
  throw new AcmeLibraryError('acme-client does not send through `client.http.request`; 5.4.0 is needed')
}

function httpOf(client: unknown): LibraryHttp {
  const http = (client as { http?: Partial<LibraryHttp> }).http
  const missing = (['request', 'getNonce', 'signedRequest', 'createSignedBody', 'getJwk'] as const).find(
    (name) => typeof http?.[name] !== 'function',
  )
  if (!http || missing) {
    throw new AcmeLibraryError(`acme-client has no \`client.http.${missing}\`; 5.4.0 is needed`)
  }
  return http as LibraryHttp
}

function readMethod(method: string): 'GET' | 'HEAD' | 'POST' {
  const upper = method.toUpperCase()
  if (upper === 'GET' || upper === 'HEAD' || upper === 'POST') return upper
  throw new AcmeLibraryError(`acme-client sent an unexpected ${method}; 5.4.0 is needed`)
}
