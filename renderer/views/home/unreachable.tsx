// Home while nobody can reach the node: why, what to do, and when it looks again.
import type { LifeAction, LifeWords } from '../../../proto/text/life.ts'
import { useAction, useApp, useSlices } from '../../app.ts'
import { Button, Trouble } from '../../parts/button.tsx'
import { Details } from '../../parts/pieces.tsx'
import { Advice } from '../reachability/advice.tsx'
import { ReachFacts } from '../reachability/facts.tsx'
import { WhyFacts } from '../rows.tsx'
import { PrimaryAction } from './action.tsx'
import { Foot } from './rows.tsx'

export function Unreachable({ words }: { words: LifeWords }) {
  const { t, times, now } = useApp()
  const { certificate } = useSlices()
  const { life } = certificate.value
  const again =
    life.nextTryAt === null
      ? t('home.look-again-soon')
      : t('home.look-again', { when: times().moment(life.nextTryAt, now.value) })
  const check: LifeAction = { do: 'check', label: t('home.check-now') }
  return (
    <>
      <Advice reason={life.reason ?? 'no-public-address'} />
      <Foot>
        <div class="actions">
          <p class="row-body small number">{again}</p>
          <PrimaryAction action={words.action.do === 'port' || words.action.do === 'get' ? words.action : check} />
        </div>
        <Details>
          <ReachFacts />
          {life.problem !== null && life.reason === 'not-dialled' ? (
            <WhyFacts problem={life.problem} />
          ) : (
            life.reason !== 'offline' && life.reason !== 'port-taken' && <Anyway />
          )}
        </Details>
      </Foot>
    </>
  )
}

/** Whoever knows better than our look from outside need not wait for it. */
function Anyway() {
  const { t } = useApp()
  const get = useAction('certificate.get')
  if (!get.allowed) return null
  return (
    <div class="group">
      <p class="small">{t('home.anyway.say')}</p>
      <div class="actions">
        <Button busy={get.busy.value} onClick={() => void get.run({ anyway: true })}>
          {t('home.anyway')}
        </Button>
      </div>
      <Trouble problem={get.problem.value} />
    </div>
  )
}
