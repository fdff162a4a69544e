// The certificate for the name, through the years: a new key in time, its pin told to the world before it is served, and both pins while
// two are in use. What is served and what comes next lie in one file, so that a crash leaves the old state or the new one.
import { createSecureContext, type SecureContext } from 'node:tls'
import { join } from 'node:path'
import * as v from 'valibot'
import { FileError, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { TLS_SERVER_OPTIONS } from '../../core/net/tls-server.ts'
import { readKeyName } from '../../proto/npub.ts'
import { makeNamePair, type NamePair, namesOf, pairOf } from './name-pair.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** What it needs. */
export interface NameCertificateInit {
  readonly dir: string
  readonly npub: string
  readonly clock: Clock
  readonly log: Log
}

/** The certificate of the name. */
export interface NameCertificate {
  current(): NamePair
  /** SHA-256 of the keys that are served or will be, hexadecimal; the one in use first. */
  pins(): readonly string[]
  /** For a handshake under one of the name's names; undefined for other names. */
  contextFor(servername: string): SecureContext | undefined
  /**
   * Does what is due: makes the next pair, or serves it once its pin was told for long enough.
   *
   * @param toldAt  when the world was told exactly the pins of now, milliseconds since 1970; undefined where it was not
   * @returns whether the pins have changed, so that they have to be told
   */
  tend(toldAt: number | undefined): Promise<boolean>
}

/** The file in the data folder. */
export const NAME_CERTIFICATE_FILE = 'name-certificate.json'

/** A third of its life before the end the next key is made. */
export const RENEW_BEFORE_MS = 10 * 24 * 3_600_000

/** Whoever looked the name up before the pin was told may believe what they have for a day (lookup.ts). */
export const TOLD_FOR_MS = 26 * 3_600_000

/** With less than this left the next one is served all the same: an end is certain to be refused. */
const LAST_MOMENT_MS = 24 * 3_600_000

const PairSchema = v.strictObject({ keyPem: v.string(), certPem: v.string() })
const FileSchema = v.strictObject({
  version: v.literal(1),
  npub: v.string(),
  current: PairSchema,
  next: v.optional(PairSchema),
})

interface Pairs {
  readonly current: NamePair
  readonly next?: NamePair | undefined
}

/**
 * Opens it, and makes one where there is none, it cannot be used, or is of another name.
 *
 * @throws FileError where it cannot be kept
 */
export async function openNameCertificate(init: NameCertificateInit): Promise<NameCertificate> {
  const { dir, npub, clock, log } = init
  const path = join(dir, NAME_CERTIFICATE_FILE)
  let pairs = await read(path, npub, log)
  const write = async (next: Pairs): Promise<void> => {
    const plain = ({ keyPem, certPem }: NamePair) => ({ keyPem, certPem })
    const file = {
      ...{ version: 1, npub, current: plain(next.current) },
      ...(next.next && { next: plain(next.next) }),
    }
    await writeFileAtomic(path, JSON.stringify(file))
    pairs = next
  }
  if (!pairs || pairs.current.notAfter <= clock.now()) {
    const usable = pairs?.next && pairs.next.notAfter > clock.now() ? pairs.next : await makeNamePair(npub, clock.now())
    await write({ current: usable })
  }
  const held = (): Pairs => pairs ?? raise()
  let served: { readonly pair: NamePair; readonly context: SecureContext } | undefined

  return {
    current: () => held().current,
    pins: () => [held().current, held().next].flatMap((pair) => pair?.sha256 ?? []),
    contextFor(servername) {
      const name = readKeyName(servername)
      if (name?.npub !== npub || !covers(npub, servername)) return undefined
      const { current } = held()
      if (served?.pair !== current) {
        const context = createSecureContext({ ...TLS_SERVER_OPTIONS, key: current.keyPem, cert: current.certPem })
        served = { pair: current, context }
      }
      return served.context
    },
    async tend(toldAt) {
      const now = clock.now()
      const { current, next } = held()
      if (next === undefined) {
        // a clock that was set back makes one that begins in the future as useless as one that has ended
        if (current.notAfter - now > RENEW_BEFORE_MS && current.notBefore <= now) return false
        await write({ current, next: await makeNamePair(npub, now) })
        log.info({ npub }, 'the next key of the name is made')
        return true
      }
      const isTold = toldAt !== undefined && now - toldAt >= TOLD_FOR_MS
      if (!isTold && current.notAfter - now > LAST_MOMENT_MS) return false
      await write({ current: next })
      log.info({ npub, told: isTold }, 'the name is served with its next key')
      return true
    },
  }
}

/** A wildcard stands for exactly one label (RFC 9525 section 6.3). */
function covers(npub: string, servername: string): boolean {
  const name = servername.toLowerCase().replace(/\.$/, '')
  const parent = `*.${name.slice(name.indexOf('.') + 1)}`
  return namesOf(npub).some((one) => one === name || one === parent)
}

async function read(path: string, npub: string, log: Log): Promise<Pairs | undefined> {
  const bytes = await readFileIfThere(path)
  if (bytes === undefined) return undefined
  try {
    const { current, next, npub: of } = v.parse(FileSchema, JSON.parse(bytes.toString('utf8')))
    if (of !== npub) return undefined
    return {
      current: pairOf(current.keyPem, current.certPem),
      ...(next && { next: pairOf(next.keyPem, next.certPem) }),
    }
  } catch (error) {
    if (error instanceof FileError) throw error
    log.warn({ path }, 'the certificate of the name cannot be used: a new one is made')
    return undefined
  }
}

function raise(): never {
  throw new TypeError('a certificate is used before it was opened')
}
