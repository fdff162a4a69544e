// One time for every file of a package, so that the same sources give the same bytes.

/** The first moment that every archive format can hold: 1980-01-01, seconds since 1970. */
const DEFAULT_MTIME = 315_532_800

/** Seconds since 1970; `SOURCE_DATE_EPOCH` is how distributions ask for another (reproducible-builds.org). */
export function sourceDate(env: Readonly<Record<string, string | undefined>> = process.env): number {
  const text = env['SOURCE_DATE_EPOCH']
  return text !== undefined && /^\d{1,11}$/.test(text) ? Number(text) : DEFAULT_MTIME
}
