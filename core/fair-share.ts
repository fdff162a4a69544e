// How much of something one network may use while others want it too: all that the operator gives one network as long as there is
// plenty, and less the fuller it is (dynamic thresholds, Choudhury and Hahne 1998). So a handful of networks cannot use it up between
// them, and who has used nothing finds a place.

/**
 * The places that one may use.
 *
 * @param share.own   what one gets where nobody else asks
 * @param share.all   what there is for all together
 * @param share.used  what is used by all, this one among them
 * @returns 1 to `own`; `own` where the operator gives one as much as all
 */
export function fairShare({
  own,
  all,
  used,
}: {
  readonly own: number
  readonly all: number
  readonly used: number
}): number {
  if (own >= all) return own
  // one alone comes to exactly `own` of them: there what is left, in this proportion, is `own` again
  const proportion = own / (all - own)
  return Math.min(own, Math.max(1, Math.ceil((all - used) * proportion)))
}
