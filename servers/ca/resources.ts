// The CA's resources (RFC 8555 section 7.1, RFC 9773): which request goes where, who must have signed it, and how objects look
// in answers.
import * as v from 'valibot'
import { whyNotCertificateName } from '../../core/x509/names.ts'
import type { Accounts, CaAccount } from './accounts.ts'
import type { Certificates } from './certificates.ts'
import type { CaAnswer, CaRequest } from './http.ts'
import { checkSignature, type Jws, parseJson, parseJws, type PublicKey, readJwk } from './jws.ts'
import type { Nonces } from './nonces.ts'
import { CA_IDENTITY } from './caa.ts'
import type { CaAuthorization, CaOrder, Method, Orders } from './orders.ts'
import { CaProblem } from './problem.ts'
import type { Profile } from './profiles.ts'

/** As many names as Let's Encrypt allows. */
const MAX_NAMES = 100
/** Let's Encrypt refuses names with more. */
const MAX_LABELS = 10
/** How often a client should ask for renewal information; Let's Encrypt's answer. */
const RENEWAL_INFO_RETRY_SECONDS = 6 * 3600

export interface ResourcesInit {
  readonly accounts: Accounts
  readonly orders: Orders
  readonly certificates: Certificates
  readonly nonces: Nonces
  readonly profiles: Readonly<Record<string, Profile>>
  readonly defaultProfile: string
  readonly allow: (name: string) => boolean
  readonly externalAccountRequired: boolean
  /** Whether CAA records are looked at. */
  readonly checksCaa: boolean
  /** Whether names can be proved by HTTP as well. */
  readonly validatesByHttp: boolean
  readonly rootPem: string
  /** Known only once the server listens. */
  readonly origin: () => string
}

/** A checked request of an account, or of a bare key. */
interface Signed {
  readonly jws: Jws
  readonly url: string
  readonly account: CaAccount | undefined
  readonly key: PublicKey
}

const NewOrderSchema = v.object({
  identifiers: v.pipe(
    v.array(v.object({ type: v.string(), value: v.string() })),
    v.minLength(1),
    v.maxLength(MAX_NAMES, `an order has at most ${MAX_NAMES} names`),
  ),
  notBefore: v.optional(v.undefined_('notBefore is not supported')),
  notAfter: v.optional(v.undefined_('notAfter is not supported')),
  profile: v.optional(v.string()),
  replaces: v.optional(v.string()),
})
const FinalizeSchema = v.object({ csr: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/)) })
const RevocationSchema = v.object({ certificate: v.string(), reason: v.optional(v.number(), 0) })
const StatusSchema = v.object({ status: v.optional(v.string()), contact: v.optional(v.array(v.string())) })
const KeyChangeSchema = v.object({ account: v.string(), oldKey: v.unknown() })

/** Makes the function that answers every request; it throws CaProblem for refusals. */
export function createResources(init: ResourcesInit): (request: CaRequest) => Promise<CaAnswer> {
  const { accounts, orders, certificates, nonces } = init
  const at = (path: string) => `${init.origin()}${path}`

  function directory(): CaAnswer {
    const descriptions = Object.entries(init.profiles).map(([name, { description }]) => [name, description])
    return {
      status: 200,
      body: {
        newNonce: at('/new-nonce'),
        newAccount: at('/new-account'),
        newOrder: at('/new-order'),
        revokeCert: at('/revoke'),
        keyChange: at('/key-change'),
        renewalInfo: at('/renewal-info'),
        meta: {
          termsOfService: at('/terms'),
          profiles: Object.fromEntries(descriptions),
          ...(init.checksCaa ? { caaIdentities: [CA_IDENTITY] } : {}),
          ...(init.externalAccountRequired ? { externalAccountRequired: true } : {}),
        },
      },
    }
  }

  function renewalInfo(id: string): CaAnswer {
    const record = certificates.byCertId(id)
    if (!record) throw new CaProblem(404, 'malformed', 'no certificate has this id')
    const { start, end } = certificates.renewalWindow(record)
    return {
      status: 200,
      headers: { 'retry-after': String(RENEWAL_INFO_RETRY_SECONDS) },
      body: { suggestedWindow: { start: new Date(start).toISOString(), end: new Date(end).toISOString() } },
    }
  }

  /** Checks envelope, nonce, URL, key and signature, in an order that never answers a stranger in more than one way. */
  function authenticate(request: CaRequest): Signed {
    if (!/^application\/jose\+json\b/i.test(request.contentType)) {
      throw new CaProblem(415, 'malformed', 'expected application/jose+json')
    }
    const jws = parseJws(parseJson(request.body, 'the body is no JSON'))
    const url = at(request.path)
    const { kid, jwk, nonce } = jws.header
    if (jws.header.url !== url) throw new CaProblem(403, 'unauthorized', `signed for ${jws.header.url}, sent to ${url}`)
    if ((kid === undefined) === (jwk === undefined))
      throw new CaProblem(400, 'malformed', 'expected one of kid and jwk')
    const account = kid === undefined ? undefined : accountOf(kid)
    const key = account?.key ?? readJwk(jwk)
    checkSignature(jws, key.key)
    if (!nonces.use(nonce ?? '')) throw new CaProblem(400, 'badNonce', 'the nonce is unknown or was used before')
    if (account && account.status !== 'valid')
      throw new CaProblem(403, 'unauthorized', `the account is ${account.status}`)
    return { jws, url, account, key }
  }

  function accountOf(kid: string): CaAccount {
    const prefix = at('/account/')
    const account = kid.startsWith(prefix) ? accounts.byId(kid.slice(prefix.length)) : undefined
    if (account) return account
    throw new CaProblem(400, 'accountDoesNotExist', `there is no account ${kid}`)
  }

  function newAccount({ jws, key, url, account }: Signed): CaAnswer {
    if (account) throw new CaProblem(400, 'malformed', 'a new account is signed with its key (jwk), not with kid')
    const made = accounts.register(key, payloadOf(jws), url)
    return {
      status: made.created ? 201 : 200,
      headers: { location: at(`/account/${made.account.id}`) },
      body: accountView(made.account),
    }
  }

  function updateAccount(account: CaAccount, jws: Jws, id: string): CaAnswer {
    if (account.id !== id) throw new CaProblem(403, 'unauthorized', "this is another account's address")
    const update = jws.payload === '' ? {} : parse(StatusSchema, payloadOf(jws))
    if (update.status !== undefined && update.status !== 'deactivated') {
      throw new CaProblem(400, 'malformed', 'an account can only be deactivated')
    }
    if (update.contact) account.contact = update.contact
    if (update.status === 'deactivated') account.status = 'deactivated'
    return { status: 200, body: accountView(account) }
  }

  function newOrder(account: CaAccount, jws: Jws): CaAnswer {
    const wanted = parse(NewOrderSchema, payloadOf(jws))
    const names = wanted.identifiers.map(readName)
    const profile = wanted.profile ?? init.defaultProfile
    if (!Object.hasOwn(init.profiles, profile)) {
      const known = Object.keys(init.profiles).join(', ')
      throw new CaProblem(400, 'invalidProfile', `there is no profile ${profile}; there are ${known}`)
    }
    const order = orders.create(account, { names: [...new Set(names)], profile, replaces: wanted.replaces })
    return { status: 201, headers: { location: at(`/order/${order.id}`) }, body: orderView(order) }
  }

  function readName(identifier: { readonly type: string; readonly value: string }): string {
    if (identifier.type !== 'dns') throw new CaProblem(400, 'unsupportedIdentifier', 'only DNS names are certified')
    const name = identifier.value.toLowerCase()
    const labels = name.split('.')
    const dashes = labels.find((label) => /^..--/.test(label) && !label.startsWith('xn--'))
    const why =
      whyNotCertificateName(name) ??
      (labels.length > MAX_LABELS ? `has more than ${MAX_LABELS} labels` : undefined) ??
      (dashes === undefined ? undefined : `has dashes at the third and fourth place of "${dashes}"`) ??
      (init.allow(name) ? undefined : 'is not certified by this CA')
    if (why !== undefined) throw new CaProblem(400, 'rejectedIdentifier', `the name ${name} ${why}`)
    return name
  }

  async function finalize(account: CaAccount, jws: Jws, id: string): Promise<CaAnswer> {
    const order = orders.order(account, id)
    const { csr } = parse(FinalizeSchema, payloadOf(jws))
    await orders.finalize(account, order, Buffer.from(csr, 'base64url'))
    return { status: 200, headers: { location: at(`/order/${order.id}`) }, body: orderView(order) }
  }

  function authorization(account: CaAccount, jws: Jws, id: string): CaAnswer {
    const found = orders.authorization(account, id)
    if (jws.payload !== '') {
      if (parse(StatusSchema, payloadOf(jws)).status !== 'deactivated') {
        throw new CaProblem(400, 'malformed', 'an authorization can only be deactivated')
      }
      orders.deactivate(found)
    }
    return { status: 200, body: authorizationView(found) }
  }

  function challenge(account: CaAccount, jws: Jws, id: string, method: Method): CaAnswer {
    const found = orders.authorization(account, id)
    if (jws.payload !== '') orders.validate(account, found, method)
    const up = `<${at('/directory')}>;rel="index", <${at(`/authorization/${found.id}`)}>;rel="up"`
    return { status: 200, headers: { link: up }, body: challengeView(found, method) }
  }

  function certificate(account: CaAccount, serial: string): CaAnswer {
    const record = certificates.bySerial(serial)
    if (record?.account !== account.id) throw new CaProblem(404, 'malformed', 'there is no such certificate')
    return { status: 200, headers: { 'content-type': 'application/pem-certificate-chain' }, body: record.chainPem }
  }

  function revoke({ jws, account, key }: Signed): CaAnswer {
    const { certificate: encoded, reason } = parse(RevocationSchema, payloadOf(jws))
    const record = certificates.byDer(Buffer.from(encoded, 'base64url'))
    if (!record) throw new CaProblem(404, 'malformed', 'this CA has not signed this certificate')
    const allowed = account ? record.account === account.id : record.spkiSha256 === key.spkiSha256
    if (!allowed)
      throw new CaProblem(403, 'unauthorized', "neither the certificate's account nor its key has signed this")
    certificates.revoke(record, reason)
    return { status: 200 }
  }

  /** RFC 8555 section 7.3.5: the new key signs inside, the old one outside. */
  function changeKey(account: CaAccount, jws: Jws, url: string): CaAnswer {
    const inner = parseJws(payloadOf(jws))
    const key = readJwk(inner.header.jwk)
    checkSignature(inner, key.key)
    const change = parse(KeyChangeSchema, payloadOf(inner))
    if (inner.header.url !== url || change.account !== at(`/account/${account.id}`)) {
      throw new CaProblem(400, 'malformed', 'the inner request is for another address or account')
    }
    if (readJwk(change.oldKey).thumbprint !== account.key.thumbprint) {
      throw new CaProblem(400, 'malformed', 'the old key is not the one of the account')
    }
    accounts.changeKey(account, key, (other) => at(`/account/${other.id}`))
    return { status: 200, body: accountView(account) }
  }

  function orderView(order: CaOrder): object {
    return {
      status: order.status,
      expires: new Date(order.expires).toISOString(),
      identifiers: order.names.map((value) => ({ type: 'dns', value })),
      profile: order.profile,
      ...(order.replaces === undefined ? {} : { replaces: order.replaces }),
      authorizations: order.authorizations.map(({ id }) => at(`/authorization/${id}`)),
      finalize: at(`/order/${order.id}/finalize`),
      ...(order.certificate ? { certificate: at(`/certificate/${order.certificate.serial}`) } : {}),
      ...(order.problem ? { error: order.problem } : {}),
    }
  }

  function authorizationView(found: CaAuthorization): object {
    return {
      identifier: { type: 'dns', value: found.name },
      status: found.status,
      expires: new Date(found.expires).toISOString(),
      ...(found.wildcard ? { wildcard: true } : {}),
      challenges: methodsOf(found).map((method) => challengeView(found, method)),
    }
  }

  /** Wildcards are proved by DNS alone (RFC 8555 section 7.1.3 leaves it to the CA; the Baseline Requirements do not). */
  function methodsOf({ wildcard }: CaAuthorization): readonly Method[] {
    return init.validatesByHttp && !wildcard ? ['dns-01', 'http-01'] : ['dns-01']
  }

  function challengeView(found: CaAuthorization, type: Method): object {
    const url = at(`/challenge/${found.id}${type === 'dns-01' ? '' : `/${type}`}`)
    if (type !== found.method) return { type, url, token: found.token, status: 'pending' }
    return {
      ...{ type, url, token: found.token },
      status: found.challengeStatus,
      ...(found.validated === undefined ? {} : { validated: new Date(found.validated).toISOString() }),
      ...(found.problem ? { error: found.problem } : {}),
    }
  }

  async function post(request: CaRequest): Promise<CaAnswer> {
    const signed = authenticate(request)
    const { account, jws, url } = signed
    if (request.path === '/new-account') return newAccount(signed)
    if (request.path === '/revoke') return revoke(signed)
    if (!account) throw new CaProblem(400, 'malformed', 'this is signed with a key, expected an account (kid)')
    if (request.path === '/new-order') return newOrder(account, jws)
    if (request.path === '/key-change') return changeKey(account, jws, url)
    const [, kind, id = '', action] = request.path.split('/')
    if (kind === 'order' && action === 'finalize') return finalize(account, jws, id)
    if (kind === 'account') return updateAccount(account, jws, id)
    if (kind === 'authorization') return authorization(account, jws, id)
    if (kind === 'challenge') return challenge(account, jws, id, action === 'http-01' ? 'http-01' : 'dns-01')
    if (jws.payload === '' && kind === 'order') return { status: 200, body: orderView(orders.order(account, id)) }
    if (jws.payload === '' && kind === 'certificate') return certificate(account, id)
    throw new CaProblem(404, 'malformed', `there is nothing at ${request.path}`)
  }

  return async (request) => {
    const { method, path } = request
    if (method === 'POST') return post(request)
    if (method !== 'GET' && method !== 'HEAD') throw new CaProblem(405, 'malformed', `${method} is not used here`)
    if (path === '/directory') return directory()
    if (path === '/new-nonce') return { status: method === 'HEAD' ? 200 : 204 }
    if (path === '/root.pem') return text(init.rootPem, 'application/x-pem-file')
    if (path === '/terms') return text('A CA for tests. Nobody may trust its certificates.\n', 'text/plain')
    const info = /^\/renewal-info\/([A-Za-z0-9_.-]+)$/.exec(path)
    if (info?.[1] !== undefined) return renewalInfo(info[1])
    throw new CaProblem(
      404,
      'malformed',
      `there is nothing to read at ${path} (POST-as-GET is for everything of an account)`,
    )
  }
}

function accountView(account: CaAccount): object {
  return { status: account.status, contact: account.contact }
}

function text(body: string, contentType: string): CaAnswer {
  return { status: 200, headers: { 'content-type': contentType }, body }
}

function payloadOf(jws: Jws): unknown {
  return parseJson(jws.payload, 'the payload is no JSON')
}

function parse<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new CaProblem(400, 'malformed', `${v.getDotPath(issue) ?? 'the payload'}: ${issue.message}`)
}
