// An authority that may sign for some names only (RFC 5280 section 4.2.1.10): names below the given ones, and no IP address at all.
import { der, explicit, sequence } from './der-write.ts'

export const NAME_CONSTRAINTS_OID = '2.5.29.30'

const DNS_NAME = 0x82
const IP_ADDRESS = 0x87

/** The content of the extension. @param names  as `example.net`: it and everything below it */
export function nameConstraints(names: readonly string[]): Buffer {
  const subtree = (tag: number, value: Buffer) => sequence(der(tag, value))
  return sequence(
    explicit(0, ...names.map((name) => subtree(DNS_NAME, Buffer.from(name, 'latin1')))),
    // address and mask of zeros: every one, of each family
    explicit(1, subtree(IP_ADDRESS, Buffer.alloc(8)), subtree(IP_ADDRESS, Buffer.alloc(32))),
  )
}
