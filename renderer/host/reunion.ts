// The page's half of proto/api/reunion.ts: after the connection broke, whoever answers at the page's address has to show that it is the
// node that the page knew before it is sent anything; one that was started anew then takes a token that both make and nobody sends. The key lives in memory: a
// page of somebody else that is loaded from the same address later cannot find it.
import * as v from 'valibot'
import {
  BRIDGE_GREET_PATH,
  BRIDGE_RENEW_PATH,
  reunionText,
  ReunionAnswer,
  type ReunionClaim,
  type ReunionKey,
} from '../../proto/api/index.ts'

const NONCE_BYTES = 32

/** A node answers at once; whoever does not is not waited for, and does not keep the connection. */
const ANSWER_MS = 5_000

/** A node that was met before. */
export interface Met {
  /** Whether it is who answers now; `silent` where nobody does, or something else. */
  greet(): Promise<'same' | 'other' | 'silent'>
  /** Makes a token with it, once it was greeted. @returns `silent` where it does not answer (any more), undefined where it takes none */
  renew(): Promise<string | undefined>
}

/** Posts JSON to the page's own origin. @returns undefined where nobody answers, or not now */
export async function postJson(path: string, body: unknown): Promise<Response | undefined> {
  const headers = { 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_MS) }
  const answer = await fetch(path, init).catch(() => undefined)
  return answer === undefined || answer.status === 429 || answer.status >= 500 ? undefined : answer
}

/** Reads an answer. @returns undefined where it is not of the contract */
export async function readAnswer<Schema extends v.GenericSchema>(
  schema: Schema,
  answer: Response | undefined,
): Promise<v.InferOutput<Schema> | undefined> {
  const parsed = v.safeParse(schema, answer?.ok ? await answer.json().catch(() => undefined) : undefined)
  return parsed.success ? parsed.output : undefined
}

/** @returns undefined where the browser cannot do it, or the page is at an address that others may share */
export async function meet({ id, key }: ReunionKey): Promise<Met | undefined> {
  // `localhost` may lead to ::1, where another program can have the same port
  if (location.hostname !== '127.0.0.1' || crypto.subtle === undefined) return undefined
  const hmac = await crypto.subtle.importKey('raw', fromBase64(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  let nonces: Pick<ReunionClaim, 'pageNonce' | 'nodeNonce'> | undefined
  const proofOf = async (by: ReunionClaim['by'], said: Pick<ReunionClaim, 'pageNonce' | 'nodeNonce'>) => {
    const text = new TextEncoder().encode(reunionText({ by, host: location.host, id, ...said }))
    return toBase64(new Uint8Array(await crypto.subtle.sign('HMAC', hmac, text)))
  }
  return {
    async greet() {
      nonces = undefined
      const pageNonce = toBase64(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)))
      const answer = await readAnswer(ReunionAnswer, await postJson(BRIDGE_GREET_PATH, { id, nonce: pageNonce }))
      if (answer === undefined) return 'silent'
      const said = { pageNonce, nodeNonce: answer.nonce }
      if (answer.proof !== (await proofOf('node', said))) return 'other'
      nonces = said
      return 'same'
    },
    async renew() {
      if (nonces === undefined) return undefined
      const request = { id, nonce: nonces.pageNonce, proof: await proofOf('page', nonces) }
      const answer = await postJson(BRIDGE_RENEW_PATH, request)
      if (answer === undefined) return 'silent'
      return answer.ok ? await proofOf('token', nonces) : undefined
    },
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll(/[+/=]/g, (sign) => ({ '+': '-', '/': '_' })[sign] ?? '')
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0))
}
