// "Did you mean": the known word that somebody probably wanted to type.

/** Nobody mistypes a word that is longer, and comparing costs the product of the lengths. */
const MAX_LENGTH = 64

/**
 * The nearest known word.
 *
 * @returns undefined where none is near: more than a third of the letters would have to change
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length === 0 || word.length > MAX_LENGTH) return undefined
  const typed = word.toLowerCase()
  const most = Math.max(1, Math.floor(typed.length / 3))
  let best: string | undefined
  let least = most + 1
  for (const candidate of known) {
    if (candidate.length > MAX_LENGTH) continue
    // what was only begun is near whatever is missing
    const isBegun = typed.length > 2 && candidate.toLowerCase().startsWith(typed)
    const steps = isBegun ? Math.min(1, most) : distance(typed, candidate.toLowerCase())
    if (steps < least) [best, least] = [candidate, steps]
  }
  return best
}

/** `; did you mean X?`, or nothing. */
export function didYouMean(word: string, known: readonly string[], show = (found: string) => found): string {
  const found = nearest(word, known)
  return found === undefined ? '' : `; did you mean ${show(found)}?`
}

/** Letters to change, add, leave out or swap with their neighbour (optimal string alignment). */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1
      const steps = [(rows[i - 1]?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (rows[i - 1]?.[j - 1] ?? 0) + same]
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      if (isSwap) steps.push((rows[i - 2]?.[j - 2] ?? 0) + 1)
      row.push(Math.min(...steps))
    }
    rows.push(row)
  }
  return rows[one.length]?.[other.length] ?? 0
}
