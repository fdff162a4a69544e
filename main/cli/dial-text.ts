// A report of a dial, for people: what came of it, then each address with its result and why it was where it was. Words that come
// from others (addresses, reasons) are cleaned for a terminal.
import { plainLine } from '../../proto/plain-text.ts'
import { dialEn } from '../../proto/text/dial-en.ts'
import type { DialReportData } from '../../proto/api/index.ts'
import type { DialResult } from '../../proto/dial-policy.ts'

/** `nodetrust peers dial`. */
export function dialText(report: DialReportData): string {
  return [headOf(report), ...triedOf(report), ...leftOutOf(report), ...adviceOf(report)].join('\n')
}

function headOf({ peerId, address, policy, reused, detail, attempts }: DialReportData): string {
  if (address === null)
    return attempts.length === 0 ? sentence(plainLine(detail)) : `Not reached: ${peerId}, by the policy ${policy}.`
  const at = plainLine(address.replace(/\/p2p\/[^/]+$/, ''))
  if (reused) return `Connected already, at ${at}, which the policy ${policy} takes.`
  const ms = attempts.find(({ result }) => result === 'reached')?.latencyMs
  return `Reached at ${at}${ms === undefined || ms === null ? '' : ` in ${ms} ms`}, by the policy ${policy}.`
}

function triedOf({ attempts }: DialReportData): readonly string[] {
  if (attempts.length === 0) return []
  const lines = attempts.flatMap(({ address, stage, why, startedMs, endedMs, result, detail }, at) => [
    `${String(at + 1).padStart(3)}  ${plainLine(address)}`,
    `     after ${startedMs} ms, for ${endedMs - startedMs} ms: ${dialEn[`dial.result.${result}`]}${saysMore(result) ? ` (${plainLine(detail)})` : ''}`,
    `     stage ${stage}: ${why}`,
  ])
  return ['', 'Tried, in this order:', ...lines]
}

function saysMore(result: DialResult): boolean {
  return result === 'failed' || result === 'no-answer' || result === 'held-back' || result === 'refused'
}

function leftOutOf({ leftOut }: DialReportData): readonly string[] {
  if (leftOut.length === 0) return []
  return ['', 'Not tried:', ...leftOut.flatMap(({ address, why }) => [`     ${plainLine(address)}`, `     ${why}`])]
}

/** What would be another try, by what came of this one. */
function adviceOf({ peerId, address, attempts, leftOut, policy }: DialReportData): readonly string[] {
  if (address !== null) return []
  const came = (...results: readonly DialResult[]) => attempts.some(({ result }) => results.includes(result))
  const other = attempts.find(({ result }) => result === 'other-peer')
  const advice = [
    came('failed', 'no-answer') &&
      `It may be switched off, or have moved: ask for its address of today, then: nodetrust peers add ADDRESS`,
    other && `Somebody else is at ${plainLine(other.address)}: if you added that, nodetrust peers remove takes it back`,
    came('held-back') && 'What is held back is tried again later: in ten minutes at most there is room again',
    came('refused') && 'A name may lead into your own network only where you add it: nodetrust peers add ADDRESS',
    leftOut.length > 0 && policy !== 'any' && `Another policy takes more: nodetrust peers dial ${peerId} --policy any`,
    attempts.length === 0 && leftOut.length === 0 && 'An address can be added: nodetrust peers add MULTIADDR',
  ].filter((line) => typeof line === 'string')
  return advice.length === 0 ? [] : ['', ...advice]
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
