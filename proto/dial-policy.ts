// The words of dial policies, as settings, the API and configuration files say them. What each of them does stands in
// main/peers/dial/policy.ts.

/** Policies that everybody has. */
export const DIAL_POLICIES = ['default', 'certified-only', 'user-only', 'any'] as const
export type DialPolicyName = (typeof DIAL_POLICIES)[number]

/** What a policy may be called. */
export const DIAL_POLICY_NAME = /^[a-z][a-z0-9-]{0,31}$/

/** What becomes of an address in a dial. */
export const DIAL_RESULTS = [
  /** It led to the peer, which proved its key. */
  'reached',
  /** Nobody is there, or it went wrong: the reason says more. */
  'failed',
  /** It takes connections, or swallows packets, and says nothing. */
  'no-answer',
  /** Somebody with another key is there. */
  'other-peer',
  /** It leads to this very node. */
  'ourselves',
  /** It was not dialled: others have made us dial there enough for now. */
  'held-back',
  /** It was not dialled, because its name leads where others may not send us. */
  'refused',
  /** Another address led to the peer first. */
  'slower',
  /** Whoever asked did not want to wait any more. */
  'given-up',
] as const
export type DialResult = (typeof DIAL_RESULTS)[number]
