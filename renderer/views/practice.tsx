// A visit to this computer, drawn as it happens: what a browser would do, done by a second node of our own. For practice this is the end
// that a browser could not give, since the names of a practice network stand in no public DNS.
import { useEffect } from 'preact/hooks'
import type { State } from '../../proto/api/index.ts'
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, Trouble } from '../parts/button.tsx'
import { HostName } from '../parts/pieces.tsx'
import { Scene } from '../parts/scene.tsx'
import { Mark, STEP_CLASSES } from '../parts/steps.tsx'
import { View } from './view.tsx'

type Visit = NonNullable<State['addresses']['visit']>
type Part = Visit['parts'][number]

/** The page; opening it is asking for a visit. */
export function PracticeView() {
  const app = useApp()
  const { t } = app
  const { addresses, network } = useSlices()
  const { visit, testUrl } = addresses.value
  const look = useAction('self.visit')
  const practising = network.value.choice?.kind === 'sandbox'
  const state = stateOf(visit)
  const underWay = visit !== null && state === 'now'
  const possible = testUrl !== null && look.allowed
  useEffect(() => {
    if (possible && !underWay) void look.run({})
  }, [])
  return (
    <View keys>
      <div class="page page-calm">
        <div class="hero">
          <Scene name={SCENES[state]} low />
          <h2 class="title">{t(testUrl === null ? 'home.idle.title' : `visit.${state}.title`)}</h2>
          <p class="soft" role="status">
            {t(
              testUrl === null
                ? 'visit.none.say'
                : state === 'done' && practising
                  ? 'visit.done.practice'
                  : `visit.${state}.say`,
            )}
          </p>
        </div>
        {visit !== null && (
          <ol class="steps" aria-label={t('steps.label')}>
            {visit.parts.map((part) => (
              <PartLine key={part.name} part={part} />
            ))}
          </ol>
        )}
        <div class="foot pinned group">
          <Trouble problem={look.problem.value} />
          <div class="actions">
            {possible && (
              <Button busy={look.busy.value || underWay} onClick={() => void look.run({})}>
                {t('visit.again')}
              </Button>
            )}
            {practising && (
              <Button kind="primary" disabled={!app.may('network.join')} onClick={() => app.go('network')}>
                {t('home.practice.real')}
              </Button>
            )}
          </div>
        </div>
      </div>
    </View>
  )
}

const SCENES = { now: 'working', done: 'good', failed: 'alert' } as const

/** Where the visit stands as a whole. */
function stateOf(visit: Visit | null): keyof typeof SCENES {
  const all = visit?.parts ?? []
  if (all.some(({ status }) => status === 'failed')) return 'failed'
  return all.length > 0 && all.every(({ status }) => status === 'done') ? 'done' : 'now'
}

/** A name in its short form, and where it leads. */
function Found({ detail }: { detail: string }) {
  const [host = '', ...more] = detail.split(' ')
  return (
    <>
      <HostName host={host} /> {more.join(' ')}
    </>
  )
}

function PartLine({ part: { name, status, detail } }: { part: Part }) {
  const { t } = useApp()
  return (
    <li class={`step ${STEP_CLASSES[status]}`} aria-current={status === 'now' ? 'step' : undefined} data-step={name}>
      <Mark status={status} />
      <p class="step-name">
        {t(`visit.${name}`)}
        <span class="unseen">({t(`step.status.${status}`)})</span>
      </p>
      {detail === '' ? (
        <p class="step-say">{t(`visit.${name}.say`)}</p>
      ) : (
        <p class="step-say visit-say" translate={false} dir="ltr" lang="en">
          {name === 'name' && status === 'done' ? <Found detail={detail} /> : detail}
        </p>
      )}
    </li>
  )
}
