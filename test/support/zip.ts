// Zip archives made by hand, so that they can hold what no tool would write (APPNOTE.TXT 4.3): names that lead elsewhere, links,
// sizes that are not true.
import { crc32, deflateRawSync } from 'node:zlib'

/** A file in an archive. */
export interface ZipPart {
  readonly name: string
  readonly content?: string | Buffer
  /** Type and rights as Unix keeps them. @default an ordinary file */
  readonly mode?: number
  /** Bytes that the list of contents claims. @default the true number */
  readonly claims?: number
}

const ORDINARY = 0o100644
/** Version 2.0, which knows folders and deflate; and the same made on Unix, which is why it has rights. */
const NEEDS = 20
const MADE_BY = (3 << 8) | NEEDS
const DEFLATED = 8

/** Makes an archive. */
export function zipOf(parts: readonly ZipPart[]): Buffer {
  const files: Buffer[] = []
  const list: Buffer[] = []
  let at = 0
  for (const { name, content = '', mode = ORDINARY, claims } of parts) {
    const bytes = Buffer.from(content as string)
    const packed = deflateRawSync(bytes)
    const title = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(NEEDS, 0)
    common.writeUInt16LE(DEFLATED, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(claims ?? bytes.length, 18)
    common.writeUInt16LE(title.length, 22)
    const file = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, title, packed])
    const head = Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([MADE_BY & 0xff, MADE_BY >> 8]), common])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE((mode << 16) >>> 0, 6)
    tail.writeUInt32LE(at, 10)
    list.push(Buffer.concat([head, tail, title]))
    files.push(file)
    at += file.length
  }
  const size = list.reduce((sum, one) => sum + one.length, 0)
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...files, ...list, end])
}
