// English words of dialling a peer: what an address came to, and what each policy means.
import type { DialPolicyName, DialResult } from '../dial-policy.ts'

export const dialEn = {
  'dial.result.reached': 'reached',
  'dial.result.failed': 'failed',
  'dial.result.no-answer': 'no answer',
  'dial.result.other-peer': 'somebody else is there',
  'dial.result.ourselves': 'that is this node',
  'dial.result.held-back': 'held back',
  'dial.result.refused': 'not allowed',
  'dial.result.slower': 'another was faster',
  'dial.result.given-up': 'given up',
  'dial.policy.default': 'Careful',
  'dial.policy.default.say': 'First what you typed in and what the peer has signed, then everything else',
  'dial.policy.certified-only': 'Only signed',
  'dial.policy.certified-only.say': 'Only addresses that the peer itself has signed',
  'dial.policy.user-only': 'Only yours',
  'dial.policy.user-only.say': 'Only addresses that you have typed in',
  'dial.policy.any': 'Everything',
  'dial.policy.any.say': 'Every address that anybody has told, the likeliest first',
  'dial.policy.own': 'Your own',
  'dial.policy.own.say': 'As the configuration of this computer says',
} as const satisfies DialWords

/** What every language has words for. */
export type DialWords = Readonly<
  Record<`dial.result.${DialResult}` | `dial.policy.${DialPolicyName | 'own'}${'' | '.say'}`, string>
>
