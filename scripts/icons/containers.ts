// The two file formats that hold an icon in several sizes, for Windows (.ico) and macOS (.icns). Both may hold PNG files as they
// are, since Windows Vista and OS X 10.7, so only their tables are written and read here.

/** One size of an icon. */
export interface IconImage {
  /** Width and height, pixels. */
  readonly size: number
  readonly png: Uint8Array
}

/** The file is not what it should be; the message says where. */
export class IconFileError extends Error {
  override readonly name = 'IconFileError'
}

const PNG_MAGIC = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

const ICO_HEADER_BYTES = 6
const ICO_ENTRY_BYTES = 16

/** The types of PNG in an .icns and the pixels of each; one size may serve twice, as itself and as the half of it at 2x. */
const ICNS_TYPES = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic07', 128],
  ['ic08', 256],
  ['ic09', 512],
  ['ic11', 32],
  ['ic12', 64],
  ['ic13', 256],
  ['ic14', 512],
  ['ic10', 1024],
] as const

/** Width and height of a PNG. @throws IconFileError */
export function pngSize(png: Uint8Array): { readonly width: number; readonly height: number } {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength)
  if (bytes.length < 24 || !bytes.subarray(0, 8).equals(PNG_MAGIC) || bytes.toString('latin1', 12, 16) !== 'IHDR')
    throw new IconFileError('this is no PNG: its first bytes are not those of one')
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

/** A Windows icon, sizes up to 256. */
export function ico(images: readonly IconImage[]): Buffer {
  const header = Buffer.alloc(ICO_HEADER_BYTES + ICO_ENTRY_BYTES * images.length)
  header.writeUInt16LE(1, 2) // an icon, not a cursor
  header.writeUInt16LE(images.length, 4)
  let at = header.length
  for (const [index, { size, png }] of images.entries()) {
    const entry = ICO_HEADER_BYTES + ICO_ENTRY_BYTES * index
    header.writeUInt8(size % 256, entry) // 0 stands for 256
    header.writeUInt8(size % 256, entry + 1)
    header.writeUInt16LE(1, entry + 4)
    header.writeUInt16LE(32, entry + 6) // bits of a pixel
    header.writeUInt32LE(png.length, entry + 8)
    header.writeUInt32LE(at, entry + 12)
    at += png.length
  }
  return Buffer.concat([header, ...images.map(({ png }) => png)])
}

/** The images of a Windows icon. @throws IconFileError */
export function readIco(file: Buffer): IconImage[] {
  if (file.length < ICO_HEADER_BYTES || file.readUInt32LE(0) !== 0x10000) throw new IconFileError('this is no .ico')
  return Array.from({ length: file.readUInt16LE(4) }, (_, index) => {
    const entry = ICO_HEADER_BYTES + ICO_ENTRY_BYTES * index
    const at = file.readUInt32LE(entry + 12)
    const length = file.readUInt32LE(entry + 8)
    if (at + length > file.length) throw new IconFileError(`image ${index} of the .ico ends behind the end of the file`)
    return { size: file.readUInt8(entry) || 256, png: file.subarray(at, at + length) }
  })
}

/** A macOS icon; every size of it has to be given. @throws IconFileError */
export function icns(images: readonly IconImage[]): Buffer {
  const parts = ICNS_TYPES.map(([type, size]) => {
    const image = images.find((one) => one.size === size)
    if (!image) throw new IconFileError(`an .icns needs an image of ${size} pixels`)
    return part(type, image.png)
  })
  return part('icns', Buffer.concat(parts))
}

/** The images of a macOS icon. @throws IconFileError */
export function readIcns(file: Buffer): (IconImage & { readonly type: string })[] {
  if (file.toString('latin1', 0, 4) !== 'icns' || file.readUInt32BE(4) !== file.length)
    throw new IconFileError('this is no .icns, or not all of it')
  const images: (IconImage & { readonly type: string })[] = []
  for (let at = 8; at < file.length;) {
    const type = file.toString('latin1', at, at + 4)
    const length = file.readUInt32BE(at + 4)
    if (length < 8 || at + length > file.length) throw new IconFileError(`"${type}" ends behind the end of the .icns`)
    const png = file.subarray(at + 8, at + length)
    images.push({ type, size: pngSize(png).width, png })
    at += length
  }
  return images
}

function part(type: string, content: Uint8Array): Buffer {
  const header = Buffer.alloc(8, type, 'latin1')
  header.writeUInt32BE(content.length + 8, 4)
  return Buffer.concat([header, content])
}
