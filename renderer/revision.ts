// Whether a push follows on what the page has. Revisions go up by one; a gap means that a push was missed, and then all of the
// state is asked for.

/** What to do with a push. `rev` is -1 as long as nothing is known. */
export function judgePush(rev: number, pushed: number): 'apply' | 'old' | 'gap' {
  if (rev >= 0 && pushed <= rev) return 'old'
  return rev >= 0 && pushed === rev + 1 ? 'apply' : 'gap'
}
