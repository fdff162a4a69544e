// A QR code in a terminal: two rows of modules in one line of half blocks. With colours it says itself what is black and what is white,
// so that it is read on dark and on light terminals; without, the dark modules are drawn, as for paper.
import { encode } from 'uqr'

/** White modules around it: as few as scanners still take, since every column counts. */
const MARGIN = 2

/** Black letters on bright white, and back (ECMA-48). */
const [PAPER, PLAIN] = ['\u001b[30;107m', '\u001b[0m']

/**
 * The lines of a code.
 *
 * @returns undefined where the text is too long for any code
 */
export function qrLines(text: string, hasColours: boolean): readonly string[] | undefined {
  const code = codeOf(text)
  if (!code) return undefined
  const lines: string[] = []
  for (let y = 0; y < code.size; y += 2) {
    let line = ''
    for (let x = 0; x < code.size; x++) line += block(code.data[y]?.[x] === true, code.data[y + 1]?.[x] === true)
    lines.push(hasColours ? `${PAPER}${line}${PLAIN}` : line.trimEnd())
  }
  return lines
}

function codeOf(text: string): ReturnType<typeof encode> | undefined {
  try {
    return encode(text, { ecc: 'L', border: MARGIN })
  } catch {
    return undefined
  }
}

function block(upper: boolean, lower: boolean): string {
  if (upper && lower) return '█'
  if (upper) return '▀'
  return lower ? '▄' : ' '
}
