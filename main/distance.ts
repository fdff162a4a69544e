// How far away a time is, as people say it.

const UNITS = [
  ['day', 24 * 3_600_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** How far away, in the largest unit of which there are two. */
export function distance(ms: number): string {
  const size = Math.abs(ms)
  const [name, unit] = UNITS.find(([, length]) => size >= 2 * length) ?? ['second', 1_000]
  const count = Math.floor(size / unit)
  const text = `${count} ${name}${count === 1 ? '' : 's'}`
  if (size < 1_000) return 'now'
  return ms < 0 ? `${text} ago` : `in ${text}`
}
