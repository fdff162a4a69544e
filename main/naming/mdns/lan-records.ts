// What is told of a name in the local network (RFC 6762, RFC 6763): `<npub>.local` with the addresses of the interface, and an `_https._tcp`
// service whose text carries the pin and the name's signature over it. Anybody in a network can claim any name: the signature and the
// pin are the proof, not the claim.
import { schnorr } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { NamingKey } from '../../../core/nostr/keys.ts'
import type { Answer } from 'dns-packet'

/** Seconds: of what hangs on an address, and of the rest (RFC 6762 section 10). */
export const HOST_TTL_S = 120
export const OTHER_TTL_S = 4_500

const SERVICE = '_https._tcp.local'
const SERVICES = '_services._dns-sd._udp.local'

/** What is said of a name at a port. */
export interface LanStatement {
  readonly npub: string
  /** SHA-256 of the key that is served, hexadecimal. */
  readonly sha256: string
  readonly port: number
}

/** The texts of the service: who, which key, and the signature over both and the port. */
export function statementTexts(
  { npub, secret }: NamingKey,
  { sha256: pin, port }: Omit<LanStatement, 'npub'>,
): readonly string[] {
  const signature = schnorr.sign(statementDigest({ npub, sha256: pin, port }), secret)
  return [`npub=${npub}`, `pin=${pin}`, `sig=${Buffer.from(signature).toString('hex')}`]
}

/** Whether texts say this of a name, signed by its key. @param pubkey  64 hexadecimal digits */
export function readStatement(
  texts: readonly string[],
  { npub, pubkey, port }: { readonly npub: string; readonly pubkey: string; readonly port: number },
): string | undefined {
  const value = (name: string) => texts.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1)
  const [pin = '', signature = ''] = [value('pin'), value('sig')]
  if (value('npub') !== npub || !/^[0-9a-f]{64}$/.test(pin) || !/^[0-9a-f]{128}$/.test(signature)) return undefined
  try {
    const digest = statementDigest({ npub, sha256: pin, port })
    return schnorr.verify(Buffer.from(signature, 'hex'), digest, Buffer.from(pubkey, 'hex')) ? pin : undefined
  } catch {
    return undefined
  }
}

/** With its purpose in front, so that it is no event's id and no other statement. */
function statementDigest({ npub, sha256: pin, port }: LanStatement): Uint8Array {
  return sha256(new TextEncoder().encode(`nodetrust-lan\0${npub}\0${pin}\0${port}`))
}

/** All records of a name at one interface. @param ips  of the interface, as text */
export function lanRecords({
  npub,
  texts,
  port,
  ips,
}: {
  readonly npub: string
  readonly texts: readonly string[]
  readonly port: number
  readonly ips: readonly string[]
}): readonly Answer[] {
  const host = `${npub}.local`
  const instance = `Nodetrust ${npub.slice(5, 17)}.${SERVICE}`
  return [
    ...ips.map((ip): Answer => ({
      name: host,
      type: ip.includes(':') ? 'AAAA' : 'A',
      ttl: HOST_TTL_S,
      flush: true,
      data: ip,
    })),
    { name: SERVICES, type: 'PTR', ttl: OTHER_TTL_S, data: SERVICE },
    { name: SERVICE, type: 'PTR', ttl: OTHER_TTL_S, data: instance },
    { name: instance, type: 'SRV', ttl: HOST_TTL_S, flush: true, data: { priority: 0, weight: 0, port, target: host } },
    { name: instance, type: 'TXT', ttl: OTHER_TTL_S, flush: true, data: texts.map((text) => Buffer.from(text)) },
  ]
}

/** The records that answer a question, and those that help whoever asked. */
export function answersTo(
  records: readonly Answer[],
  { name, type }: { readonly name: string; readonly type: string },
): { readonly answers: readonly Answer[]; readonly additionals: readonly Answer[] } {
  const wanted = name.toLowerCase()
  const answers = records.filter(
    (record) => record.name.toLowerCase() === wanted && (type === 'ANY' || record.type === type),
  )
  if (answers.length === 0) return { answers, additionals: [] }
  const more = answers.some((record) => record.type === 'PTR' || record.type === 'SRV')
    ? records.filter((record) => !answers.includes(record) && record.type !== 'PTR')
    : records.filter((record) => !answers.includes(record) && (record.type === 'A' || record.type === 'AAAA'))
  return { answers, additionals: more }
}

/** Whether whoever asks knows an answer already, for at least half of its time (RFC 6762 section 7.1). */
export function isKnown(answer: Answer, known: readonly Answer[]): boolean {
  return known.some(
    (one) =>
      one.name.toLowerCase() === answer.name.toLowerCase() &&
      one.type === answer.type &&
      'ttl' in one &&
      'ttl' in answer &&
      (one.ttl ?? 0) * 2 >= (answer.ttl ?? 0) &&
      'data' in one &&
      'data' in answer &&
      JSON.stringify(one.data) === JSON.stringify(answer.data),
  )
}
