// What is known of a peer's address, as sentences: where it comes from, where it leads, and what trying it has shown; and what a dial
// came to.
import { PROVENANCES } from '../../proto/peers.ts'
import type { DialReportData, State } from '../../proto/api/index.ts'
import type { Words } from '../../proto/text/index.ts'

type Address = State['peers']['list'][number]['addresses'][number]

/** The picture beside a sentence, by the names of parts/icon.tsx. */
type IconName = 'seal' | 'person' | 'question' | 'home' | 'router' | 'peers' | 'check' | 'warning' | 'clock' | 'down'
type IconTone = 'soft' | 'good' | 'attention'

/** One sentence with its picture. */
export interface AddressFact {
  readonly key: string
  readonly icon: IconName
  readonly tone: IconTone
  readonly text: string
}

const KIND_ICONS = { private: 'home', carrier: 'router', loopback: 'home', relay: 'peers' } as const

/** Everything that there is to say to an address, the reasons to believe it first. */
export function addressFacts(address: Address, { text, times }: Words, now: number): readonly AddressFact[] {
  const { sources, kind, failures, lastSuccessAt, lastFailureAt, latencyMs, sunken } = address
  const when = (at: number) => times.relative(Math.min(at, now), now)
  const known = PROVENANCES.flatMap((provenance) => sources.filter((source) => source.provenance === provenance))
  const whys = known.map(({ provenance, since }): AddressFact => {
    const icon = provenance === 'certified' ? 'seal' : provenance === 'user' ? 'person' : 'question'
    return {
      ...{ key: provenance, icon, tone: provenance === 'certified' ? 'good' : 'soft' },
      text: text(`peers.source.${provenance}`, { when: when(since) }),
    }
  })
  const fact = (key: string, icon: IconName, words: string, tone: IconTone = 'soft'): AddressFact => ({
    ...{ key, icon, tone },
    text: words,
  })
  return [
    ...(whys.length === 0 ? [fact('none', 'question', text('peers.source.none'))] : whys),
    ...(kind === 'public' ? [] : [fact('kind', KIND_ICONS[kind], text(`peers.kind.${kind}`))]),
    ...(lastSuccessAt === null
      ? []
      : [
          fact(
            'worked',
            'check',
            latencyMs === null
              ? text('peers.worked', { when: when(lastSuccessAt) })
              : text('peers.worked-in', { when: when(lastSuccessAt), ms: Math.round(latencyMs) }),
            failures === 0 ? 'good' : 'soft',
          ),
        ]),
    ...(failures === 0 || lastFailureAt === null
      ? []
      : [fact('failed', 'warning', text('peers.failed', { count: failures, when: when(lastFailureAt) }), 'attention')]),
    ...(lastSuccessAt === null && failures === 0 ? [fact('untried', 'clock', text('peers.untried'))] : []),
    ...(sunken ? [fact('sunken', 'down', text('peers.sunken'))] : []),
  ]
}

/** An address as others can use it: with whom it is meant to lead to. */
export function wholeAddress(address: string, peerId: string): string {
  return address.endsWith(`/p2p/${peerId}`) ? address : `${address}/p2p/${peerId}`
}

export const isReached = ({ address, reused }: DialReportData): boolean => reused || address !== null

/** What a dial came to, in one sentence. */
export function dialHeadline(report: DialReportData, { text }: Words): string {
  const { reused, attempts, leftOut } = report
  if (isReached(report)) {
    const ms = attempts.find(({ result }) => result === 'reached')?.latencyMs ?? null
    return reused || ms === null ? text('peers.try.reused') : text('peers.try.reached-in', { ms: Math.round(ms) })
  }
  if (attempts.length > 0) return text('peers.try.silent')
  return text(leftOut.length > 0 ? 'peers.try.none-allowed' : 'peers.try.no-address')
}

/** Whether addresses were left out by the policy that might lead there. */
export function mayTryMore(report: DialReportData): boolean {
  return !isReached(report) && report.policy !== 'any' && report.leftOut.length > 0
}
