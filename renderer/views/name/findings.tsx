// What a check of a name came to: the verdict first, which nobody can take for another, then every step in words.
import { NAME_STEPS, type VerificationData } from '../../../proto/api/index.ts'
import { useApp } from '../../app.ts'
import { Icon, type IconName, type IconTone } from '../../parts/icon.tsx'

type Finding = VerificationData['findings'][number]

const LOOKS: Readonly<Record<Finding['outcome'], readonly [IconName, IconTone]>> = {
  good: ['check', 'good'],
  note: ['info', 'soft'],
  bad: ['close', 'attention'],
}

/** Moments among the values of a finding, milliseconds since 1970. */
const MOMENTS: readonly string[] = ['signedAt', 'until', 'from']

export function Findings({ found }: { found: VerificationData }) {
  const { t } = useApp()
  const verdict = found.ok
    ? 'verified'
    : found.findings.some(({ step, code }) => step === 'pin' && code === 'other-key')
      ? 'wrong-key'
      : 'wrong'
  const steps = NAME_STEPS.flatMap((step) => found.findings.filter((finding) => finding.step === step))
  return (
    <section class={found.ok ? 'note peer-report' : 'note note-attention peer-report'} data-verdict={verdict}>
      <p class="tried">
        <Icon name={found.ok ? 'seal' : 'warning'} tone={found.ok ? 'good' : 'attention'} />
        <span class="strong">{t(`name.${verdict}`)}</span>
      </p>
      <p class="small">{t(`name.${verdict}.say`)}</p>
      <ul class="peer-facts small">
        {steps.map((finding, index) => (
          <Step key={index} finding={finding} />
        ))}
      </ul>
    </section>
  )
}

function Step({ finding: { step, code, outcome, params } }: { finding: Finding }) {
  const { t, words, times, now } = useApp()
  const [icon, tone] = LOOKS[outcome]
  const key = `name.find.${step}.${code}`
  const values = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      MOMENTS.includes(name) && typeof value === 'number' ? times().moment(value, now.value) : value,
    ]),
  )
  return (
    <li class="tried" data-step={step} data-outcome={outcome}>
      <Icon name={icon} tone={tone} small />
      <span class="name">{words.value.knows(key) ? t(key, values) : code}</span>
    </li>
  )
}
