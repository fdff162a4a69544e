// "Check everything": what a certificate needs, looked at one by one; each line appears as it is known, and is read out where somebody
// listens. What was found can be copied for somebody who helps.
import { FINDINGS, type FindingCode, type FindingStatus } from '../../proto/doctor.ts'
import { useAction, useApp, useSlices } from '../app.ts'
import { ownName } from '../form.ts'
import { Button, Ring, Trouble } from '../parts/button.tsx'
import { Icon, type IconName, type IconTone } from '../parts/icon.tsx'
import { Moment } from '../parts/pieces.tsx'
import { Scene } from '../parts/scene.tsx'
import { View } from './view.tsx'
import type { State } from '../../proto/api/index.ts'

type Found = State['doctor']['findings'][number]

const LOOKS: Readonly<Record<FindingStatus, readonly [IconName, IconTone]>> = {
  good: ['check', 'good'],
  warning: ['warning', 'attention'],
  bad: ['close', 'attention'],
  unknown: ['question', 'soft'],
}

/** The page. */
export function DoctorView() {
  const { t, times, now } = useApp()
  const { doctor } = useSlices()
  const start = useAction('doctor.start')
  const { startedAt, endedAt, findings } = doctor.value
  const looking = startedAt !== null && endedAt === null
  const busy = start.busy.value || looking
  const [title, say] = useSummary()
  const scene = startedAt === null ? 'plain' : looking ? 'working' : isAllWell(findings) ? 'good' : 'alert'
  return (
    <>
      {/* nothing in it takes the focus, so that keys could not scroll it */}
      <View keys>
        <div class="page">
          <div class="hero">
            <Scene name={scene} low />
            <h2 class="title">{title}</h2>
            <p class="soft" role="status">
              {say}
            </p>
          </div>
          {startedAt !== null && (
            <section class="group" aria-labelledby="doctor-results">
              <h2 id="doctor-results">{t('doctor.results')}</h2>
              <ul class="card rows" aria-live="polite" aria-relevant="additions text">
                {findings.map((finding) => (
                  <Result key={finding.check} finding={finding} />
                ))}
              </ul>
            </section>
          )}
          {endedAt !== null && <CopyCard />}
          <Trouble problem={start.problem.value} />
        </div>
      </View>
      <div class="dock">
        <p class="row-body small number">
          {endedAt !== null && (
            <Moment at={endedAt}>{t('reach.looked', { when: times().relative(endedAt, now.value) })}</Moment>
          )}
        </p>
        {start.allowed && (
          <Button kind="primary" busy={busy} onClick={() => void start.run({})}>
            {t(looking ? 'doctor.waiting' : endedAt === null ? 'doctor' : 'doctor.again')}
          </Button>
        )}
      </div>
    </>
  )
}

/** Title and sentence of it all. */
function useSummary(): readonly [title: string, say: string] {
  const { t } = useApp()
  const { startedAt, endedAt, findings } = useSlices().doctor.value
  if (startedAt === null) return [t('doctor.intro.title'), t('doctor.intro.say')]
  if (endedAt === null) return [t('doctor.busy.title'), t('doctor.intro.say')]
  const bad = countOf(findings, 'bad')
  if (bad > 0) return [t('doctor.bad.title', { count: bad }), t('doctor.bad.say')]
  if (countOf(findings, 'warning') > 0) return [t('doctor.warning.title'), t('doctor.warning.say')]
  if (!isAllWell(findings)) return [t('finding.unchecked'), t('finding.unchecked.do')]
  return [t('doctor.well.title'), t('doctor.well.say')]
}

/** What took too long may be anything. */
function isAllWell(findings: readonly Found[]): boolean {
  const trouble = countOf(findings, 'bad') + countOf(findings, 'warning')
  return trouble === 0 && countOf(findings, 'good') > 0 && findings.every(({ code }) => code !== 'unchecked')
}

function countOf(findings: readonly Found[], status: FindingStatus): number {
  return findings.filter(({ code }) => code !== null && FINDINGS[code] === status).length
}

/** One check: a mark with its word, what was looked at, what was found, what to do. */
function Result({ finding: { check, code, params } }: { finding: Found }) {
  const { t } = useApp()
  const status = code === null ? undefined : FINDINGS[code]
  const [icon, tone] = LOOKS[status ?? 'unknown']
  return (
    <li class="row row-top" data-check={check} data-status={status}>
      {status === undefined ? <Ring /> : <Icon name={icon} tone={tone} />}
      <span class="row-body">
        {status !== undefined && status !== 'good' && <span class="unseen">{t(`doctor.status.${status}`)}: </span>}
        {t(`check.${check}`)}
        <span class="small">{code === null ? t('doctor.waiting') : t(`finding.${code}`, params)}</span>
        {code !== null && <Todo code={code} params={params} />}
      </span>
    </li>
  )
}

function Todo({ code, params }: { code: FindingCode; params: Found['params'] }) {
  const { t, words } = useApp()
  const { app } = useSlices()
  const key = `finding.${code}.do`
  if (!words.value.knows(key)) return null
  const own = ownName(app.value)
  return (
    <span class="small todo">
      <span class="unseen">{t('doctor.todo')}: </span>
      {t(key, { ...params, own })}
    </span>
  )
}

/** The card for somebody who helps; it is made by the node, which shortens what is nobody's business. */
function CopyCard() {
  const app = useApp()
  const { t } = app
  const card = useAction('doctor.card')
  if (!card.allowed) return null
  const copy = async () => {
    const made = await card.run({})
    if (made !== undefined) await app.copy(made.text)
  }
  return (
    <section class="group">
      <div class="card rows">
        <div class="setting">
          <p>
            <span class="small">{t('doctor.copy.say')}</span>
          </p>
          <Button icon="copy" busy={card.busy.value} onClick={() => void copy()}>
            {t('doctor.copy')}
          </Button>
        </div>
      </div>
      <Trouble problem={card.problem.value} />
    </section>
  )
}
