// Rows that several pages show below their sentence: what is still good, what has to wait, and the answer word for word.
import { useApp, useSlices } from '../app.ts'
import { Breaks } from '../parts/breaks.tsx'
import { Icon } from '../parts/icon.tsx'
import { Details, Fact, Moment } from '../parts/pieces.tsx'

/** That the certificate in service is still good, and for how long. */
export function StillValid() {
  const { t, times, now } = useApp()
  const { certificate } = useSlices()
  const { current } = certificate.value
  if (current === null || current.notAfter <= now.value) return null
  return (
    <div class="row">
      <Icon name="check" tone="good" />
      <p class="row-body">
        {t(current.test ? 'home.valid.test' : 'home.valid')}
        <span class="small number">{t('home.valid.say', { left: times().span(current.notAfter - now.value) })}</span>
      </p>
    </div>
  )
}

/** What a key that cannot be read keeps from happening, and when that matters. */
export function RenewalWaits() {
  const { t, times, now } = useApp()
  const { certificate } = useSlices()
  const { current } = certificate.value
  if (current === null || current.renewAt === null) return null
  const due = current.renewAt <= now.value
  return (
    <div class="row">
      <Icon name="clock" tone={due ? 'attention' : 'soft'} />
      <p class="row-body">
        {t('home.renewal-waits')}
        <span class="small">
          {due
            ? t('home.renewal-waits.due')
            : t('home.renewal-waits.say', { day: times().day(current.renewAt, now.value) })}
        </span>
      </p>
    </div>
  )
}

/** Words that begin a sentence. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** When it is tried again by itself, where that is known. */
export function NextTryRow() {
  const { t, times, now } = useApp()
  const { certificate } = useSlices()
  const { nextTryAt } = certificate.value.life
  if (nextTryAt === null || nextTryAt <= now.value) return null
  return (
    <div class="row">
      <Icon name="clock" tone="soft" />
      <p class="row-body number">
        <Moment at={nextTryAt}>{t('home.next-try', { when: times().moment(nextTryAt, now.value) })}</Moment>
        <span class="small">{t('home.next-try.say', { when: capital(times().relative(nextTryAt, now.value)) })}</span>
      </p>
    </div>
  )
}

interface Told {
  readonly code: string
  readonly detail: string
  readonly params?: Readonly<Record<string, string | number>>
}

/** The answer word for word, behind a fold. */
export function Why({ problem, until = null }: { problem: Told | null; until?: number | null }) {
  if (problem === null) return null
  return (
    <Details>
      <WhyFacts problem={problem} until={until} />
    </Details>
  )
}

/** The same without the fold. */
export function WhyFacts({ problem, until = null }: { problem: Told; until?: number | null }) {
  const { t, times } = useApp()
  return (
    <dl class="facts note">
      {problem.detail !== '' && (
        <Fact word={t('fact.answer')}>
          <span translate={false} dir="auto">
            <Breaks text={problem.detail} />
          </span>
        </Fact>
      )}
      {/* a stranger's address: shown, never opened from here */}
      {problem.params?.['page'] !== undefined && (
        <Fact word={t('fact.page')} code>
          <span translate={false} dir="ltr">
            {problem.params['page']}
          </span>
        </Fact>
      )}
      {until !== null && (
        <Fact word={t('fact.wait-until')}>
          <Moment at={until}>{`${times().date(until)}, ${times().clock(until)}`}</Moment>
        </Fact>
      )}
      <Fact word={t('fact.code')} code>
        {problem.code}
      </Fact>
    </dl>
  )
}
