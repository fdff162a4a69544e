// What every measurement says of a row of numbers. The median, because one run that was disturbed must not move it; the
// smallest and the largest, because a reader should see how much the runs differ.

/** A row of numbers in short. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** @param values  at least one */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN
  return { median: (lower + upper) / 2, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN }
}
