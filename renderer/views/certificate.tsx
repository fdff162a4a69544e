// What the certificate says, how long it is good, when it renews, and what happened to it.
import { useSignal } from '@preact/signals'
import type { State } from '../../proto/api/index.ts'
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, CopyButton, Trouble } from '../parts/button.tsx'
import { Icon, type IconName, type IconTone } from '../parts/icon.tsx'
import { Badge, Details, Empty, Fact, HostName, Moment } from '../parts/pieces.tsx'
import { Timeline } from '../parts/timeline.tsx'
import { saveText } from '../save.ts'
import { historyToShow, historyWords } from '../say/history.ts'
import { View } from './view.tsx'

type Current = NonNullable<State['certificate']['current']>

/** So much of the history is shown at first. */
const FIRST_ENTRIES = 8

export function CertificateView() {
  const { certificate } = useSlices()
  const { current } = certificate.value
  const { t } = useApp()
  return (
    <>
      <View>
        <div class="page">
          {current === null ? (
            <Empty icon="certificate" title={t('home.idle.title')} say={t('certificate.none.say')} />
          ) : (
            <Life current={current} />
          )}
          <div class={current === null ? 'stack' : 'columns'}>
            {current !== null && <Says current={current} />}
            <History />
          </div>
        </div>
      </View>
      <Dock current={current} />
    </>
  )
}

function Life({ current }: { current: Current }) {
  const { t, times, now } = useApp()
  const expired = current.notAfter <= now.value
  const due = !expired && current.renewAt !== null && current.renewAt <= now.value
  const title = expired
    ? t('certificate.expired-ago', { when: times().relative(current.notAfter, now.value) })
    : current.renewAt === null
      ? t('certificate.expires-in', { when: times().relative(current.notAfter, now.value) })
      : due
        ? t('home.renews-soon')
        : t('home.renews', { when: times().relative(current.renewAt, now.value) })
  return (
    <section class="card card-pad group" aria-labelledby="life">
      <div class="group-head">
        <h2 class="number" id="life">
          {title}
        </h2>
        <span class="actions">
          {current.otherZone !== null && <Badge tone="plain">{t('certificate.other-network')}</Badge>}
          {current.test && <Badge tone="plain">{t('certificate.test')}</Badge>}
          {expired ? (
            <Badge tone="attention" icon="warning">
              {t('certificate.expired')}
            </Badge>
          ) : due ? (
            <Badge tone="attention" icon="clock">
              {t('certificate.due')}
            </Badge>
          ) : (
            <Badge tone="good" icon="check">
              {t('certificate.valid')}
            </Badge>
          )}
        </span>
      </div>
      <Timeline from={current.notBefore} to={current.notAfter} renewAt={current.renewAt} />
    </section>
  )
}

function Says({ current }: { current: Current }) {
  const { t, times } = useApp()
  const own = current.names.find((one) => !one.startsWith('*.'))
  // a forge certifies no name but those below ours
  const name = own ?? current.names[0]?.slice(2) ?? ''
  const wildcard = current.names.includes(`*.${name}`)
  const more = current.names.length - 1 - (wildcard && own !== undefined ? 1 : 0)
  const dates = t('certificate.valid-range', {
    from: times().date(current.notBefore),
    to: times().date(current.notAfter),
  })
  const exact = (at: number) => `${times().date(at)}, ${times().clock(at)}`
  return (
    <section class="group" aria-labelledby="says">
      <h2 id="says">{t('certificate.says')}</h2>
      <div class="card card-pad group">
        <dl class="facts">
          <div>
            <dt>{t('certificate.name')}</dt>
            <dd class="address-line">
              <HostName host={name} />
              <CopyButton text={name} label={t('certificate.copy-name')} />
            </dd>
            {wildcard && (
              <dd class="small">{t(own === undefined ? 'certificate.only-wildcard' : 'certificate.wildcard')}</dd>
            )}
            {more > 0 && <dd class="small">{t('certificate.more-names', { count: more })}</dd>}
          </div>
          <Fact word={t('certificate.issuer')}>
            {current.test ? (
              t('certificate.issuer.test', { issuer: current.issuer })
            ) : (
              <span translate={false} dir="ltr">
                {current.issuer}
              </span>
            )}
          </Fact>
          <Fact word={t('certificate.valid-dates')}>{dates}</Fact>
        </dl>
        <Details>
          <dl class="facts">
            <div>
              <dt>{t('certificate.all-names')}</dt>
              {current.names.map((one) => (
                <dd class="code" key={one} translate={false} dir="ltr">
                  {one}
                </dd>
              ))}
            </div>
            {current.renewAt !== null && (
              <Fact word={t('certificate.renewal-moment')}>
                <Moment at={current.renewAt}>{exact(current.renewAt)}</Moment>
              </Fact>
            )}
            <Fact word={t('certificate.expires')}>
              <Moment at={current.notAfter}>{exact(current.notAfter)}</Moment>
            </Fact>
            <Fact word={t('certificate.obtained')}>
              <Moment at={current.obtainedAt}>{exact(current.obtainedAt)}</Moment>
            </Fact>
            <Fact word={t('certificate.key')}>
              <span translate={false} dir="ltr">
                {current.keyAlgorithm}
              </span>
            </Fact>
            <Fact word={t('certificate.fingerprint')} code>
              {current.fingerprint}
            </Fact>
          </dl>
        </Details>
      </div>
    </section>
  )
}

const TONES: Record<'good' | 'attention' | 'plain', readonly [IconName, IconTone]> = {
  good: ['check', 'good'],
  attention: ['warning', 'attention'],
  plain: ['clock', 'soft'],
}

function History() {
  const { t, times, words } = useApp()
  const { certificate } = useSlices()
  const all = useSignal(false)
  const entries = historyToShow(certificate.value.history)
  const shown = all.value ? entries : entries.slice(0, FIRST_ENTRIES)
  return (
    <section class="group" aria-labelledby="history">
      <h2 id="history">{t('certificate.history')}</h2>
      {shown.length === 0 ? (
        <p class="soft">{t('certificate.history.empty')}</p>
      ) : (
        <ol class="card rows">
          {shown.map((entry) => {
            const { title, say, tone } = historyWords(entry, words.value)
            const [icon, iconTone] = TONES[tone]
            return (
              <li class="row" key={`${entry.at} ${entry.what}`}>
                <Icon name={icon} tone={iconTone} />
                <p class="row-body">
                  {title}
                  <span class="small">{say}</span>
                </p>
                <Moment at={entry.at} small>
                  {times().shortDateYear(entry.at)}
                </Moment>
              </li>
            )
          })}
        </ol>
      )}
      {entries.length > shown.length && (
        <div class="actions actions-center">
          <Button
            kind="quiet"
            onClick={() => {
              all.value = true
            }}
          >
            {t('show-all')}
          </Button>
        </div>
      )}
    </section>
  )
}

function Dock({ current }: { current: Current | null }) {
  const app = useApp()
  const { t } = app
  const { certificate, network } = useSlices()
  const copy = useAction('certificate.export')
  const get = useAction('certificate.get')
  const { state } = certificate.value.life
  const problem = copy.problem.value ?? get.problem.value
  const busy = get.busy.value || state === 'working' || state === 'renewing'
  const exportPem = async () => {
    const done = await copy.run({})
    if (done === undefined) return
    if (app.host.kind === 'browser') saveText('nodetrust-certificate.pem', 'application/x-pem-file', done.chainPem)
    else await app.copy(done.chainPem)
  }
  if (current === null && network.value.choice === null) return null
  return (
    <div class="dock">
      {problem !== undefined && (
        <div class="row-body">
          <Trouble problem={problem} />
        </div>
      )}
      {current !== null && (
        <Button busy={copy.busy.value} onClick={() => void exportPem()}>
          {t(app.host.kind === 'browser' ? 'certificate.save' : 'certificate.copy')}
        </Button>
      )}
      {get.allowed && (
        <Button
          busy={busy}
          onClick={() => void get.run({}).then((done) => done !== undefined && app.say(t('certificate.asked')))}
        >
          {t(current === null ? 'home.idle.button' : 'certificate.renew')}
        </Button>
      )}
    </div>
  )
}
