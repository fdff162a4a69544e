// Reads the labels of computed names straight from the bytes of a question: IP addresses in every spelling, identities in
// both base36 alphabets. It says the same as proto/names.ts, which is the plain way to say it, but makes no object.
/** What a label says about a peer. */
export const NOT_A_PEER = 0
export const ID0_PEER = 1
export const BASE36_PEER = 2

const DASH = 0x2d

/**
 * Reads a label as a dotted IPv4 address with dashes for dots.
 *
 * @param name  in lower case
 * @param into  four bytes, overwritten also when the label is none
 */
export function readIpv4Label(name: Uint8Array, from: number, to: number, into: Uint8Array): boolean {
  let octet = 0
  let digits = 0
  let count = 0
  for (let at = from; at < to; at++) {
    const code = name[at] ?? 0
    if (code === DASH) {
      if (digits === 0 || count === 3) return false
      into[count++] = octet
      octet = 0
      digits = 0
      continue
    }
    const digit = code - 0x30
    if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return false
    octet = octet * 10 + digit
    if (octet > 255) return false
    digits++
  }
  into[3] = octet
  return digits > 0 && count === 3
}

/**
 * Reads a label as an IPv6 address with dashes for colons, in any spelling of RFC 4291 section 2.2 (forms 1 and 2).
 *
 * @param name  in lower case
 * @param into  sixteen bytes, overwritten also when the label is none
 */
export function readIpv6Label(name: Uint8Array, from: number, to: number, into: Uint8Array): boolean {
  let at = from
  let count = 0
  let gap = -1
  let group = 0
  let digits = 0
  if (name[at] === DASH) {
    if (at + 1 >= to || name[at + 1] !== DASH) return false
    gap = 0
    at += 2
  }
  for (; at < to; at++) {
    const code = name[at] ?? 0
    if (code !== DASH) {
      const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
      if (digit < 0 || digits === 4) return false
      group = (group << 4) | digit
      digits++
      continue
    }
    if (digits === 0 || count === 8) return false
    into[count * 2] = group >> 8
    into[count * 2 + 1] = group & 0xff
    count++
    group = 0
    digits = 0
    if (at + 1 >= to) return false
    if (name[at + 1] === DASH) {
      if (gap >= 0) return false
      gap = count
      at++
    }
  }
  if (digits > 0) {
    if (count === 8) return false
    into[count * 2] = group >> 8
    into[count * 2 + 1] = group & 0xff
    count++
  }
  if (gap < 0) return count === 8
  if (count > 7) return false
  spread(into, gap * 2, count * 2)
  return true
}

/** Moves what stands behind the `::` to the end and puts zeros between. */
function spread(bytes: Uint8Array, gap: number, end: number): void {
  let to = 16
  for (let at = end - 1; at >= gap; at--) bytes[--to] = bytes[at] ?? 0
  while (to > gap) bytes[--to] = 0
}

/**
 * The three kinds of peer ids (a SHA-256 of a key, an inlined Ed25519 key, an inlined compressed secp256k1 key) are, each
 * for itself, all the numbers from one bound to another with a fixed number of digits. So a label is a peer id, in its
 * one canonical spelling, exactly when it has that many digits and lies between the bounds: no big number is needed.
 */
interface PeerRange {
  readonly low: Uint8Array
  readonly high: Uint8Array
}

const ID0_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'
const BASE36_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'

/** The first bytes of each kind, as hex, lowest and highest, and how many free bytes follow (multihash, key protobuf). */
const PEER_KINDS = [
  { low: '1220', high: '1220', free: 32 },
  { low: '002408011220', high: '002408011220', free: 32 },
  { low: '00250802122102', high: '00250802122103', free: 32 },
] as const

/** CID version 1, codec libp2p-key: what stands before the multihash in an AutoTLS label. */
const CID_PREFIX = '0172'

const ID0_DIGITS = digitTable(ID0_ALPHABET)
const BASE36_DIGITS = digitTable(BASE36_ALPHABET)
const ID0_RANGES = rangesByLength('')
const BASE36_RANGES = rangesByLength(CID_PREFIX)

/**
 * Says whether a label is a peer id and in which alphabet. A secp256k1 key is not checked to be on its curve, which costs
 * more than everything else here and keeps nobody from anything: such a name has no owner.
 *
 * @param name  in lower case
 * @returns NOT_A_PEER, ID0_PEER or BASE36_PEER
 */
export function readPeerLabel(name: Uint8Array, from: number, to: number): number {
  const first = name[from]
  if (first === 0x70) return inRange(name, from + 1, to, ID0_DIGITS, ID0_RANGES) ? ID0_PEER : NOT_A_PEER
  if (first === 0x6b) return inRange(name, from + 1, to, BASE36_DIGITS, BASE36_RANGES) ? BASE36_PEER : NOT_A_PEER
  return NOT_A_PEER
}

function inRange(
  name: Uint8Array,
  from: number,
  to: number,
  digits: Int8Array,
  ranges: readonly (PeerRange | undefined)[],
): boolean {
  const range = ranges[to - from]
  if (!range) return false
  const { low, high } = range
  let at = from
  let aboveLow = false
  let belowHigh = false
  for (; at < to && !(aboveLow && belowHigh); at++) {
    const digit = digits[name[at] ?? 0] ?? -1
    const least = low[at - from] ?? 0
    const most = high[at - from] ?? 0
    if (digit < 0 || (!aboveLow && digit < least) || (!belowHigh && digit > most)) return false
    if (digit > least) aboveLow = true
    if (digit < most) belowHigh = true
  }
  let sum = 0
  for (; at < to; at++) sum |= digits[name[at] ?? 0] ?? -1
  return sum >= 0
}

const BASE58 = Buffer.from('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', 'latin1')

/** Digits taken together in one step; with these two, every product stays below 2^53. */
const STEP_DIGITS = 5
const STEP = 36 ** STEP_DIGITS
const LIMB = 58 ** 4

/** Thirteen limbs hold the 38 bytes of the longest peer id. */
const limbs = new Float64Array(14)

/**
 * Writes the base58 text (`12D3Koo...`, `Qm...`) of the peer id in an ID0 label that `readPeerLabel` has accepted.
 *
 * @param name  in lower case
 * @param from  where the label begins, at its `p`
 * @returns where the text ends in `out`
 */
export function writePeerId(name: Uint8Array, from: number, to: number, out: Uint8Array, outAt: number): number {
  const first = from + 1
  let used = 0
  let at = first
  let stop = first + ((to - first) % STEP_DIGITS)
  if (stop === first) stop += STEP_DIGITS
  while (at < to) {
    let carry = 0
    for (; at < stop; at++) carry = carry * 36 + (ID0_DIGITS[name[at] ?? 0] ?? 0)
    for (let index = 0; index < used; index++) {
      const sum = (limbs[index] ?? 0) * STEP + carry
      carry = Math.floor(sum / LIMB)
      limbs[index] = sum - carry * LIMB
    }
    while (carry > 0) {
      const rest = Math.floor(carry / LIMB)
      limbs[used++] = carry - rest * LIMB
      carry = rest
    }
    stop = at + STEP_DIGITS
  }
  let end = outAt
  // A leading zero byte, which an inlined key has, is a 1 in base58 and an `a` in ours.
  if (name[first] === 0x61) out[end++] = 0x31
  let leading = true
  for (let index = used - 1; index >= 0; index--) {
    const limb = limbs[index] ?? 0
    for (let unit = 195_112; unit >= 1; unit /= 58) {
      const digit = Math.floor(limb / unit) % 58
      if (leading && digit === 0) continue
      leading = false
      out[end++] = BASE58[digit] ?? 0
    }
  }
  return end
}

function digitTable(alphabet: string): Int8Array {
  const table = new Int8Array(256).fill(-1)
  for (let digit = 0; digit < alphabet.length; digit++) table[alphabet.charCodeAt(digit)] = digit
  return table
}

/** The range of each kind at the place of its number of digits, which no two kinds share. */
function rangesByLength(prefix: string): readonly (PeerRange | undefined)[] {
  const ranges = Array.from({ length: 64 }, (): PeerRange | undefined => undefined)
  for (const { low, high, free } of PEER_KINDS) {
    const range = {
      low: toDigits(`${prefix}${low}${'00'.repeat(free)}`),
      high: toDigits(`${prefix}${high}${'ff'.repeat(free)}`),
    }
    ranges[range.low.length] = range
  }
  return ranges
}

/** Base 36 as base58 does it: each leading zero byte is one zero digit, the rest one big number. */
function toDigits(hex: string): Uint8Array {
  const zeros = /^(00)*/.exec(hex)?.[0].length ?? 0
  const text = BigInt(`0x${hex}`).toString(36)
  return Uint8Array.from([
    ...Array.from({ length: zeros / 2 }, () => 0),
    ...Array.from(text, (digit) => Number.parseInt(digit, 36)),
  ])
}
