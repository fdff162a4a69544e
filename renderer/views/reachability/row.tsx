// The finding in one row, as other pages show it.
import { useApp, useSlices } from '../../app.ts'
import { Icon, type IconName } from '../../parts/icon.tsx'
import { useOpen, useReachWords } from './words.ts'

/** The finding in one row, as Home and Addresses show it. */
export function ReachRow() {
  const { t, times, now } = useApp()
  const { reachability, network } = useSlices()
  const { status, checkedAt } = reachability.value
  const [title, say] = useReachWords()
  const open = useOpen()
  // nobody is asked to look from outside there, so a look tells nothing new
  const alone = network.value.choice?.issue === false
  const icon: IconName = open === true ? 'check' : open === false ? 'warning' : 'router'
  const tone = open === true ? 'good' : open === false ? 'attention' : 'soft'
  const looked =
    checkedAt === null || status === 'checking' || (status === 'unknown' && alone)
      ? ''
      : ` ${t('reach.looked', { when: times().relative(checkedAt, now.value) })}`
  return (
    <a class="row row-link" href="#reachability">
      <Icon name={icon} tone={tone} />
      <span class="row-body">
        {title}
        <span class="small number">{say + looked}</span>
      </span>
      <Icon name="right" tone="soft" small />
    </a>
  )
}
