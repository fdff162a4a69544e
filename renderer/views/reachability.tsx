// Whether others can reach this computer: in plain words, what to do where they cannot, and what is known behind it.
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, Trouble } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { Moment } from '../parts/pieces.tsx'
import { Scene } from '../parts/scene.tsx'
import { View } from './view.tsx'
import { Advice } from './reachability/advice.tsx'
import { ReachFacts } from './reachability/facts.tsx'
import { useOpen, useReachWords } from './reachability/words.ts'

/** The page. */
export function ReachabilityView() {
  const app = useApp()
  const { t, times, now } = app
  const { reachability } = useSlices()
  const check = useAction('reachability.check')
  const { status, reason, checkedAt } = reachability.value
  const busy = check.busy.value || status === 'checking'
  const [title, say] = useReachWords()
  const open = useOpen()
  const scene = open === true ? 'good' : open === false ? 'gate' : 'plain'
  return (
    <>
      {/* nothing in it takes the focus where all is well, so that keys could not scroll it */}
      <View keys>
        <div class="page">
          <div class="hero">
            <Scene name={scene} low />
            <h2 class="title">{title}</h2>
            <p class="soft" role="status">
              {say}
            </p>
          </div>
          {status === 'unreachable' && <Advice reason={reason ?? 'no-public-address'} />}
          {status === 'unknown' && open === false && <Advice reason="not-dialled" />}
          <section class="group" aria-labelledby="reach-facts">
            <h2 id="reach-facts">{t('reach.facts')}</h2>
            <div class="card card-pad">
              <ReachFacts plain />
            </div>
          </section>
          {app.may('doctor.start') && (
            <div class="card rows">
              <a class="row row-link" href="#doctor">
                <Icon name="seal" tone="soft" />
                <span class="row-body">
                  {t('doctor')}
                  <span class="small">{t('doctor.say')}</span>
                </span>
                <Icon name="right" tone="soft" small />
              </a>
            </div>
          )}
          <Trouble problem={check.problem.value} />
        </div>
      </View>
      <div class="dock">
        <p class="row-body small number">
          {checkedAt !== null && (
            <Moment at={checkedAt}>{t('reach.looked', { when: times().relative(checkedAt, now.value) })}</Moment>
          )}
        </p>
        {check.allowed && (
          <Button kind="primary" busy={busy} onClick={() => void check.run({})}>
            {t(busy ? 'home.checking' : 'home.check-now')}
          </Button>
        )}
      </div>
    </>
  )
}
