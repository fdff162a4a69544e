// A certificate on its way: the steps, how long it has taken, and the way out.
import { useAction, useApp, useSlices } from '../../app.ts'
import { Button, Trouble } from '../../parts/button.tsx'
import { Steps } from '../../parts/steps.tsx'
import { View } from '../view.tsx'
import { useLifeWords } from './words.ts'

export function Working() {
  const { t, now } = useApp()
  const { certificate } = useSlices()
  const words = useLifeWords()
  const cancel = useAction('certificate.cancel')
  const { attempt } = certificate.value
  if (attempt === null) return null
  return (
    <View>
      <div class="page page-calm" data-life="working">
        <div class="stack">
          <h1 class="title" tabIndex={-1}>
            {words.title}
          </h1>
          <p class="soft" role="status">
            {words.sentence}
          </p>
        </div>
        <Steps steps={attempt.steps} way={attempt.way} />
        <div class="foot pinned group">
          <Trouble problem={cancel.problem.value} />
          <div class="actions">
            <p class="row-body small">
              <SoFar ms={now.value - attempt.startedAt} />
            </p>
            {cancel.allowed && (
              <Button busy={cancel.busy.value} onClick={() => void cancel.run({})}>
                {t(cancel.busy.value ? 'home.working.cancelling' : 'cancel')}
              </Button>
            )}
          </div>
        </div>
      </div>
    </View>
  )
}

function SoFar({ ms }: { ms: number }) {
  const { t, times } = useApp()
  return <span class="number">{t('home.working.so-far', { time: times().lasted(ms) })}</span>
}
