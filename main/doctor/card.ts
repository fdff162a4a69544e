// Findings as lines of a terminal, and as a card for somebody who helps: the same English words as in the window. A card names the
// peer and the zone, which are public; addresses are shortened, and nothing secret gets into a finding in the first place.
import { doctorSum, doctorText, FINDINGS, type DoctorLine } from '../../proto/doctor.ts'
import { en } from '../../proto/text/en.ts'
import { createText } from '../../proto/text/format.ts'
import { redactText } from '../../core/redact.ts'
import type { State } from '../../proto/api/index.ts'

type Findings = State['doctor']['findings']

const text = createText<typeof en>('en', en)

/** A terminal shows it as it can be typed there; a card is read elsewhere. */
const NAME = 'nodetrust'

/** What a card says of the node. */
export interface CardAbout {
  readonly version: string
  /** Wall clock, milliseconds. */
  readonly at: number
  readonly peerId: string | null
  readonly zone: string | null
}

/** Findings in English; those that are still looked for are left out. */
export function doctorLines(findings: Findings): readonly DoctorLine[] {
  return findings.flatMap(({ check, code, params }) => {
    if (code === null) return []
    const todo = `finding.${code}.do`
    return [
      {
        ...{ check, status: FINDINGS[code], title: en[`check.${check}`], say: text(`finding.${code}`, params) },
        todo: isKey(todo) ? text(todo, { ...params, own: NAME }) : '',
      },
    ]
  })
}

/** The card. */
export function cardText(findings: Findings, { version, at, peerId, zone }: CardAbout): string {
  const lines = doctorLines(findings)
  const about = [
    `Nodetrust ${version}, ${process.platform} ${process.arch}, ${new Date(at).toISOString().slice(0, 16)}Z`,
    ...(peerId === null ? [] : [`peer ${peerId}`]),
    ...(zone === null ? [] : [`zone ${zone}`]),
  ]
  return redactText([...about, '', doctorText(lines), '', doctorSum(lines)].join('\n'))
}

function isKey(key: string): key is keyof typeof en {
  return Object.hasOwn(en, key)
}
