// Which account at a CA may have certificates for an AutoTLS peer, as the broker was told: a CAA record of the peer's own name
// (RFC 8659, with the account and the one method of RFC 8657). Whoever takes over the way between a CA and this server, but not the account, gets
// no certificate then.
import { parseZoneName } from '../../proto/names.ts'
import { nameToWire, withoutDot } from '../../core/dns/names.ts'
import { checkIssuer, withOnlyMethod } from './caa-issuers.ts'
import { NameOutsideZoneError } from './challenges.ts'

/** The value is none of an issue property. */
export class InvalidPinError extends Error {
  override readonly name = 'InvalidPinError'
}

/** As many peers as the table holds have a pin. */
export class TooManyPinsError extends Error {
  override readonly name = 'TooManyPinsError'
}

/** A pinned peer. */
export interface CaaPin {
  readonly name: string
  readonly value: string
}

/** The pins. */
export interface CaaPins {
  /**
   * Sets the record of a peer instead of the one it had; an empty value takes it away.
   *
   * @param name  of an AutoTLS peer of this zone
   * @param value  of an `issue` property: a CA's name and parameters
   * @throws NameOutsideZoneError, InvalidPinError, TooManyPinsError
   */
  set(name: string, value: string): CaaPin
  /** The data of a peer's CAA record. `wire` holds its name in lower case, from its beginning. */
  find(wire: Uint8Array, length: number): Uint8Array | undefined
}

/** Ten megabytes of memory; the newest certificate of a peer that long ago is over. */
const MAX_PINS = 50_000

const ISSUE_TAG = Buffer.from('issue', 'latin1')

/** Makes an empty table. */
export function createCaaPins(zone: string): CaaPins {
  const byName = new Map<string, Uint8Array>()
  return {
    set(given, value) {
      const name = withoutDot(given.toLowerCase())
      if (parseZoneName(name, zone)?.kind !== 'autotls')
        throw new NameOutsideZoneError(`${JSON.stringify(given)} is no name of an AutoTLS peer in ${zone}`)
      if (value !== '') checkPin(value)
      const key = keyOf(nameToWire(name))
      if (value === '') byName.delete(key)
      else if (byName.size >= MAX_PINS && !byName.has(key))
        throw new TooManyPinsError(`${byName.size} peers have a pin already`)
      else byName.set(key, issueData(withOnlyMethod(value)))
      return { name, value }
    },
    // asked for CAA of a peer's name alone, which few do: a text for each does not matter
    find: (wire, length) => (byName.size === 0 ? undefined : byName.get(keyOf(wire.subarray(0, length)))),
  }
}

function checkPin(value: string): void {
  try {
    checkIssuer(value)
  } catch (error) {
    throw new InvalidPinError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function keyOf(wire: Uint8Array): string {
  return Buffer.from(wire.buffer, wire.byteOffset, wire.length).toString('latin1')
}

function issueData(value: string): Uint8Array {
  return Uint8Array.from([0, ISSUE_TAG.length, ...ISSUE_TAG, ...Buffer.from(value, 'latin1')])
}
