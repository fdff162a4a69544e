// Class 10: names and keys at the edge of what CAs take. What no CA would sign is refused here before an order is spent on it;
// what is fine gets through, however long or odd it looks.
import { generateKeyPairSync } from 'node:crypto'
import { KEY_ALGORITHMS } from '../../core/x509/index.ts'
import { parseIp } from '../../proto/ip.ts'
import { dns2ipName } from '../../proto/names.ts'
import { pebbleIsMissing } from '../support/pebble.ts'
import type { Fault } from './fault.ts'
import { withOwnCa, withPebble } from './world.ts'

const ZONE = 'nt.example.net'
const LABEL_62 = 'k51qzi5uqu5dgdmqcqsdhwm3cdi4m5l3ddjhtabrdhvhfm0wqs3v5t5vk4xyza'
const labels = (count: number) =>
  Array.from({ length: count - 2 }, (_, index) => `l${index}`).join('.') + '.example.net'
const many = (count: number) => Array.from({ length: count }, (_, index) => `n${index}.${ZONE}`)
const ipName = (text: string): string => {
  const ip = parseIp(text)
  if (!ip) throw new TypeError(`${text} is no address`)
  return dns2ipName(ip, ZONE)
}

const ONE = 'one certificate'
const REFUSED = 'refused: rejectedIdentifier'
const NOT_ASKED = 'not asked for: names'

const NAMES: readonly (readonly [what: string, names: () => readonly string[], expected: string])[] = [
  ['the name of an IPv6 address that begins with ::', () => [ipName('::1')], ONE],
  ['the name of an IPv6 address that ends with ::', () => [ipName('2001:db8::')], ONE],
  ['a label of 62 characters (a peer’s)', () => [`*.${LABEL_62}.${ZONE}`], ONE],
  ['a label of 63 characters', () => [`${'a'.repeat(63)}.${ZONE}`], ONE],
  ['a label of 64 characters', () => [`${'a'.repeat(64)}.${ZONE}`], NOT_ASKED],
  ['ten labels', () => [labels(10)], ONE],
  ['eleven labels', () => [labels(11)], REFUSED],
  ['upper case', () => ['UPPER.Example.NET'], ONE],
  ['an internationalised name in its ASCII form', () => ['xn--bcher-kva.example.net'], ONE],
  ['an internationalised name as it is read', () => ['bücher.example.net'], NOT_ASKED],
  ['dashes at the third and fourth place', () => ['ab--cd.example.net'], REFUSED],
  ['a wildcard below a wildcard', () => ['*.*.example.net'], NOT_ASKED],
  ['a wildcard in the middle', () => ['a.*.example.net'], NOT_ASKED],
  ['the same name twice', () => ['twice.example.net', 'TWICE.example.net'], ONE],
  ['a hundred names', () => many(100), ONE],
  ['a hundred and one names', () => many(101), NOT_ASKED],
  ['an IP address in place of a name', () => ['192.0.2.1'], NOT_ASKED],
]

export const NAME_FAULTS: readonly Fault[] = [
  ...NAMES.map(([what, names, expected]): Fault => ({
    class: 10,
    fault: `a certificate for ${what}`,
    expected,
    run: () => withOwnCa({}, (world) => world.tell({ names: names() })),
  })),
  {
    class: 10,
    fault: 'a certificate for a name too long for a common name (Pebble)',
    expected: ONE,
    skip: pebbleIsMissing,
    run: () => withPebble({}, (world) => world.tell({ names: [`*.${LABEL_62}.${ZONE}`] })),
  },
  ...KEY_ALGORITHMS.map((algorithm): Fault => ({
    class: 10,
    fault: `a key of ${algorithm}`,
    expected: ONE,
    run: () => withOwnCa({}, (world) => world.tell({ algorithm })),
  })),
  {
    class: 10,
    fault: 'a key of P-521, which public CAs refuse',
    expected: 'this key cannot be used: curve secp521r1, expected P-256 or P-384',
    run: () => withOwnCa({}, (world) => world.tell({ privateKeyPem: p521() })),
  },
  {
    class: 10,
    fault: 'the account’s key as the certificate’s',
    expected: 'not asked for: key-reused',
    run: () =>
      withOwnCa({}, async (world) => {
        const session = await world.open()
        return world.tell({ session, privateKeyPem: (await session.account()).keyPem })
      }),
  },
]

function p521(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-521' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
}
