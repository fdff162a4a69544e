// Accounts of the CA (RFC 8555 section 7.3): a key, an id, a status. Ids are what `kid` URLs end in; one key has at most one
// account.
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { isSignedWith, parseJson, parseJws, type PublicKey, readJwk } from './jws.ts'
import { CaProblem } from './problem.ts'

export interface CaAccount {
  readonly id: string
  key: PublicKey
  status: 'valid' | 'deactivated'
  contact: readonly string[]
}

const NewAccountSchema = v.object({
  termsOfServiceAgreed: v.optional(v.boolean()),
  onlyReturnExisting: v.optional(v.boolean()),
  contact: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(320))), v.maxLength(10))),
  externalAccountBinding: v.optional(v.unknown()),
})

export interface Accounts {
  byId(id: string): CaAccount | undefined
  byKey(key: PublicKey): CaAccount | undefined
  /**
   * Registers a key, or finds its account.
   *
   * @param url  of the request, which an external binding repeats
   * @throws CaProblem (accountDoesNotExist, userActionRequired, externalAccountRequired, unauthorized, malformed)
   */
  register(key: PublicKey, payload: unknown, url: string): { readonly account: CaAccount; readonly created: boolean }
  /** @throws CaProblem (409 malformed) where the new key has an account; `other` is asked for its address */
  changeKey(account: CaAccount, key: PublicKey, urlOf: (other: CaAccount) => string): void
  count(): number
}

/** @param externalAccounts  key ids and their base64url secrets; accounts need one of them where given */
export function createAccounts(externalAccounts: Readonly<Record<string, string>> | undefined): Accounts {
  const byId = new Map<string, CaAccount>()
  const byThumbprint = new Map<string, CaAccount>()

  function checkBinding(binding: unknown, key: PublicKey, url: string): void {
    if (!externalAccounts) return
    if (binding === undefined) {
      throw new CaProblem(403, 'externalAccountRequired', 'this CA wants an external account binding')
    }
    const jws = parseJws(binding)
    const kid = jws.header.kid ?? ''
    const secret = Object.hasOwn(externalAccounts, kid) ? externalAccounts[kid] : undefined
    const bound = jws.header.url === url && secret !== undefined
    if (!bound || !isSignedWith(jws, Buffer.from(secret, 'base64url'))) {
      throw new CaProblem(403, 'unauthorized', 'the external account binding is not ours or not signed with its secret')
    }
    if (readJwk(parseJson(jws.payload, 'the external account binding holds no key')).thumbprint !== key.thumbprint) {
      throw new CaProblem(403, 'unauthorized', 'the external account binding is for another key')
    }
  }

  return {
    byId: (id) => byId.get(id),
    byKey: (key) => byThumbprint.get(key.thumbprint),
    register(key, payload, url) {
      const request = v.safeParse(NewAccountSchema, payload)
      if (!request.success) throw new CaProblem(400, 'malformed', 'this is no new-account request')
      const existing = byThumbprint.get(key.thumbprint)
      if (existing) {
        if (existing.status !== 'valid') throw new CaProblem(403, 'unauthorized', `the account is ${existing.status}`)
        return { account: existing, created: false }
      }
      const wanted = request.output
      if (wanted.onlyReturnExisting) throw new CaProblem(400, 'accountDoesNotExist', 'this key has no account')
      if (!wanted.termsOfServiceAgreed) throw new CaProblem(403, 'userActionRequired', 'the terms must be agreed to')
      checkBinding(wanted.externalAccountBinding, key, url)
      const id = randomBytes(9).toString('base64url')
      const account: CaAccount = { id, key, status: 'valid', contact: wanted.contact ?? [] }
      byId.set(id, account)
      byThumbprint.set(key.thumbprint, account)
      return { account, created: true }
    },
    changeKey(account, key, urlOf) {
      const other = byThumbprint.get(key.thumbprint)
      if (other) throw new CaProblem(409, 'malformed', 'the new key has an account already', { location: urlOf(other) })
      byThumbprint.delete(account.key.thumbprint)
      byThumbprint.set(key.thumbprint, account)
      account.key = key
    },
    count: () => byId.size,
  }
}
