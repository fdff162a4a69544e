// A QR code as one SVG path. Capitals make it a size smaller (alphanumeric mode), and a URL's host does not mind them.
import { encode } from 'uqr'

/** White modules around a code, as scanners expect them (ISO/IEC 18004). */
const MARGIN = 4

/** A code to draw: the side of its square in modules, and a path that fills the dark ones. */
export interface QrPath {
  readonly size: number
  readonly path: string
}

/**
 * Encodes a text.
 *
 * @returns undefined where it is too long for any code
 */
export function qrPath(text: string): QrPath | undefined {
  try {
    const { data, size } = encode(text, { ecc: 'L', border: MARGIN })
    return { size, path: pathOf(data) }
  } catch {
    return undefined
  }
}

/** Dark runs of each row, one after another. */
export function pathOf(data: readonly (readonly boolean[])[]): string {
  const parts: string[] = []
  for (const [y, row] of data.entries()) {
    for (let x = 0; x < row.length; x += 1) {
      if (row[x] !== true) continue
      const start = x
      while (row[x + 1] === true) x += 1
      parts.push(`M${start} ${y}h${x - start + 1}v1h-${x - start + 1}z`)
    }
  }
  return parts.join('')
}

/** The form of a URL that makes the smaller code; other texts stay as they are. */
export function qrText(text: string): string {
  return /^https:\/\/[^/]+\/?$/.test(text) ? text.toUpperCase() : text
}
