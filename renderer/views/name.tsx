// The name that belongs to this computer's key: what it is, whether and where it is published, and the way to check somebody else's.
import { useEffect } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { NameView as Name } from '../../proto/api/index.ts'
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, CopyButton } from '../parts/button.tsx'
import { Switch } from '../parts/fields.tsx'
import { Icon } from '../parts/icon.tsx'
import { Details, Fact, Moment, Note } from '../parts/pieces.tsx'
import { Qr } from '../parts/qr.tsx'
import { Failure } from './name/failure.tsx'
import { OtherName, Trust } from './name/other.tsx'
import { View } from './view.tsx'

export function NameView() {
  const { t } = useApp()
  const name = useSlices().name.value
  const wake = useAction('name.wake')
  const { allowed } = wake
  useEffect(() => {
    // nothing of it is loaded in a node that uses no name, until somebody looks
    if (allowed) void wake.run({})
  }, [allowed])
  return (
    <View>
      <div class="page">
        <p class="soft">{t('name.say')}</p>
        {name.state === 'failed' && (
          <Note attention icon="warning">
            <span class="stack">
              {t('name.failed')}
              <span class="small" lang="en" translate={false} dir="ltr">
                {name.detail}
              </span>
            </span>
          </Note>
        )}
        {name.state === 'off' && <Failure problem={wake.problem.value} />}
        <div class="card rows">
          {name.names[0] !== undefined && <OwnName host={name.names[0]} />}
          <Publish name={name} />
        </div>
        {name.imported && <Note>{t('name.imported')}</Note>}
        <State name={name} />
        <OtherName />
        <Trust />
      </div>
    </View>
  )
}

function OwnName({ host }: { host: string }) {
  const { t } = useApp()
  const open = useSignal(false)
  return (
    <div class="address-item">
      <p class="strong">{t('name.title')}</p>
      <CopyButton text={host} label={t('copy')} />
      <div class="address-text">
        <p class="code" translate={false} dir="ltr" data-name={host}>
          {host}
        </p>
      </div>
      <div class="address-foot">
        <details
          class="address-qr"
          onToggle={({ currentTarget }) => {
            open.value = currentTarget.open
          }}
        >
          <summary
            class="icon-button"
            aria-label={t('addresses.qr', { what: t('nav.name') })}
            title={t('addresses.qr', { what: t('nav.name') })}
          >
            <Icon name="qr" />
          </summary>
          {open.value && (
            <div class="address-code">
              <Qr text={`https://${host}/`} label={t('addresses.qr', { what: t('nav.name') })} />
            </div>
          )}
        </details>
      </div>
    </div>
  )
}

function Publish({ name }: { name: Name }) {
  const { t } = useApp()
  const publish = useAction('name.publish')
  const withdraw = useAction('name.withdraw')
  return (
    <>
      <Switch
        label={t('name.publish')}
        say={t(name.locked ? 'settings.locked' : 'name.publish.say')}
        checked={name.publish}
        disabled={name.locked || !publish.allowed}
        onChange={async (on) => (await (on ? publish : withdraw).run({})) !== undefined}
      />
      {(publish.problem.value ?? withdraw.problem.value) !== undefined && (
        <div class="setting">
          <Failure problem={publish.problem.value ?? withdraw.problem.value} />
        </div>
      )}
    </>
  )
}

/** Whether the world knows it, what the world knows, and who keeps that. */
function State({ name }: { name: Name }) {
  const { t, times, now } = useApp()
  const { published, publish, trouble, otherMachineAt, busy, relays } = name
  const again = useAction('name.publish')
  const waits = publish && trouble === null && otherMachineAt === null
  const state = published !== null ? 'on' : waits ? 'pending' : 'off'
  const moment = (at: number) => times().moment(at, now.value)
  const press = (key: 'name.here' | 'name.again') =>
    again.allowed && (
      <Button busy={busy || again.busy.value} onClick={() => void again.run({})}>
        {t(busy || again.busy.value ? 'name.busy' : key)}
      </Button>
    )
  return (
    <>
      {publish && otherMachineAt !== null ? (
        <Note attention icon="warning">
          <span class="stack">
            {t('name.other-machine')}
            <span class="actions">{press('name.here')}</span>
          </span>
        </Note>
      ) : (
        publish &&
        trouble !== null && (
          <Note attention icon="warning">
            <span class="stack">
              {t(`name.trouble.${trouble}`)}
              <span class="actions">{press('name.again')}</span>
            </span>
          </Note>
        )
      )}
      <div class="card rows">
        <div class="row row-top" data-published={state}>
          <Icon
            name={state === 'on' ? 'check' : state === 'pending' ? 'clock' : 'info'}
            tone={state === 'on' ? 'good' : 'soft'}
          />
          <span class="row-body" role="status">
            {t(`name.${state}`)}
            <span class="small number">
              {published === null ? (
                t(state === 'off' ? 'name.off.say' : 'name.pending.say')
              ) : (
                <Moment at={published.at}>
                  {t('name.on.say', { since: moment(published.at), until: moment(published.until) })}
                </Moment>
              )}
            </span>
          </span>
        </div>
        {publish &&
          relays.map(({ url, state: did }) => (
            <div class="row" key={url}>
              <Icon
                name={did === 'kept' ? 'check' : did === 'unasked' ? 'clock' : did === 'answered' ? 'check' : 'info'}
                tone={did === 'kept' ? 'good' : 'soft'}
              />
              <span class="row-body">
                <span translate={false} dir="ltr">
                  {url}
                </span>
                <span class="small">{t(`name.relay.${did}`)}</span>
              </span>
            </div>
          ))}
      </div>
      {published !== null && (
        <Details summary={t('name.records')}>
          <dl class="facts note">
            {published.records.map(({ type, name: label, value }) => (
              <div key={`${type} ${label} ${value}`} translate={false} dir="ltr">
                <dt>{label === '@' ? type : `${type} ${label}`}</dt>
                <dd class="code" dir="ltr">
                  {value}
                </dd>
              </div>
            ))}
            {published.pins.map((pin) => (
              <Fact key={pin} word={t('name.pin')} code>
                {pin}
              </Fact>
            ))}
          </dl>
        </Details>
      )}
    </>
  )
}
