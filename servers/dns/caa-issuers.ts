// Which CAs may issue for the names of peers, as issue servers and brokers have told: CAA records at `ip`, at every `p<id>` and at
// every AutoTLS label, with `validationmethods=dns-01` (RFC 8657 section 4). Those names lead to any address that is written into
// them, so without these records everybody could get certificates below everybody's name by HTTP, and spend the zone's week.
import { NameOutsideZoneError } from './challenges.ts'

/** Kinds of names: those of issue servers (`p<id>` and `ip`), and those of AutoTLS. */
export const ISSUED_KINDS = ['peers', 'autotls'] as const
export type IssuedKind = (typeof ISSUED_KINDS)[number]

/** A value that is none of an issue property. */
export class InvalidIssuerError extends Error {
  override readonly name = 'InvalidIssuerError'
}

/** The records of both kinds. */
export interface CaaIssuers {
  /**
   * Takes what a writer says instead of what it said before; what all writers say counts together.
   *
   * @param kind  one of ISSUED_KINDS
   * @param values  of `issue` properties; empty where nobody may issue
   * @throws NameOutsideZoneError for another kind, InvalidIssuerError
   */
  tell(writer: string, kind: string, values: readonly string[]): void
  /** Forgets what a writer said. */
  forget(writer: string): void
  /** The data of the CAA records of a kind; undefined where nobody has said anything. */
  find(kind: IssuedKind): readonly Uint8Array[] | undefined
}

/** What a CA is asked to prove names by here: the only way that does not lead to whoever is named by the address. */
export const ONLY_METHOD = 'validationmethods=dns-01'

/** As many as fit, and more than anybody uses. */
const MAX_VALUES = 8

/** A reply of 512 bytes without header, question (a peer's label and a long zone) and OPT record. */
const ROOM_BYTES = 512 - 12 - 4 - 11
const PEER_LABEL_BYTES = 64
const RECORD_HEAD_BYTES = 12

const NOBODY = ';'
const TAG = Buffer.from('issue', 'latin1')

/** Makes it, with nothing said. @param zone  whose length decides how much fits */
export function createCaaIssuers(zone: string): CaaIssuers {
  const told = new Map<IssuedKind, Map<string, readonly string[]>>()
  const records = new Map<IssuedKind, readonly Uint8Array[] | undefined>()
  const room = ROOM_BYTES - PEER_LABEL_BYTES - zone.length - 2

  const compute = (kind: IssuedKind) => {
    const all = told.get(kind)
    const values = [...new Set([...(all?.values() ?? [])].flat())]
    records.set(
      kind,
      all && all.size > 0
        ? fitting(values.length > 0 ? values : [NOBODY], room).map((value) => issueData(value))
        : undefined,
    )
  }
  return {
    tell(writer, given, values) {
      const kind = ISSUED_KINDS.find((known) => known === given)
      if (!kind)
        throw new NameOutsideZoneError(`${JSON.stringify(given)} is no kind of names; expected peers or autotls`)
      if (values.length > MAX_VALUES)
        throw new InvalidIssuerError(`${values.length} CAs are too many, ${MAX_VALUES} are allowed`)
      const checked = values.map((value) => withOnlyMethod(checkIssuer(value)))
      told.set(kind, (told.get(kind) ?? new Map<string, readonly string[]>()).set(writer, checked))
      compute(kind)
    },
    forget(writer) {
      for (const kind of ISSUED_KINDS) {
        told.get(kind)?.delete(writer)
        compute(kind)
      }
    },
    find: (kind) => records.get(kind),
  }
}

/**
 * A value of an `issue` property (RFC 8659 section 4.2), in the form that everybody writes it.
 *
 * @throws InvalidIssuerError
 */
export function checkIssuer(value: string): string {
  if (value.length <= 255 && /^[a-z0-9.-]+(; ?[a-z]+=[\x21-\x3a\x3c-\x7e]+)*$/.test(value)) return value
  throw new InvalidIssuerError(`expected the name of a CA and parameters, got ${JSON.stringify(value)}`)
}

/** The value with the one method of validation, unless it names its methods itself or there is no room. */
export function withOnlyMethod(value: string): string {
  const whole = `${value}; ${ONLY_METHOD}`
  return /; ?validationmethods=/.test(value) || whole.length > 255 ? value : whole
}

/** As many as fit a reply of 512 bytes: a CA that gets a cut one asks by TCP, or not at all. Accounts are left out first. */
function fitting(values: readonly string[], room: number): readonly string[] {
  const size = (some: readonly string[]) =>
    some.reduce((sum, value) => sum + RECORD_HEAD_BYTES + 2 + TAG.length + value.length, 0)
  if (size(values) <= room) return values
  const shorter = [...new Set(values.map((value) => value.replace(/; ?accounturi=[^;]*/, '')))]
  while (shorter.length > 1 && size(shorter) > room) shorter.pop()
  return shorter
}

function issueData(value: string): Uint8Array {
  return Uint8Array.from([0, TAG.length, ...TAG, ...Buffer.from(value, 'latin1')])
}
