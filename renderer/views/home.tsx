// Home: one picture, one title, one sentence, one button. Each state of the certificate's life adds below only what somebody in
// that state wants to know.
import type { ComponentChildren } from 'preact'
import { useSignal } from '@preact/signals'
import { lifeWords, type LifeAction, type LifeWords } from '../../proto/text/life.ts'
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, CopyButton, Trouble } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Details, HostName, Moment, Qr, TestLink } from '../parts/pieces.tsx'
import { Scene } from '../parts/scene.tsx'
import { Steps } from '../parts/steps.tsx'
import { Switch } from '../parts/fields.tsx'
import { KeyRescue } from './key.tsx'
import { Advice, ReachFacts, ReachRow } from './reachability.tsx'
import { capital, NextTryRow, StillValid, Why, WhyFacts } from './rows.tsx'
import { View } from './view.tsx'

/** The words of the present state. */
export function useLifeWords(): LifeWords {
  const { words, now } = useApp()
  const { app, identity, certificate, settings } = useSlices()
  return lifeWords(
    { app: app.value, identity: identity.value, certificate: certificate.value, settings: settings.value },
    words.value,
    now.value,
  )
}

export function HomeView() {
  const { app, identity, certificate } = useSlices()
  const words = useLifeWords()
  const { life, attempt } = certificate.value
  if (words.scene === 'working' && attempt !== null) return <Working />
  const locked = words.scene === 'lock'
  const failed = !locked && app.value.phase === 'failed'
  return (
    <View>
      <div class="page page-calm" data-life={life.state}>
        <Hero words={words} low={!failed && (life.state === 'unreachable' || life.state === 'rate-limited')} />
        {failed ? (
          <Foot>
            <PrimaryAction action={words.action} center />
            <Why problem={app.value.problem} />
          </Foot>
        ) : locked ? (
          <KeyRescue state={identity.value.state} />
        ) : (
          <>
            <SilentForge />
            <Below words={words} />
          </>
        )}
      </div>
    </View>
  )
}

function Hero({ words, low }: { words: LifeWords; low: boolean }) {
  return (
    <div class="hero">
      <Scene name={words.scene} low={low} />
      <h1 class="title" tabIndex={-1}>
        {words.title}
      </h1>
      <p class="soft">{words.sentence}</p>
    </div>
  )
}

function Foot({ children }: { children: ComponentChildren }) {
  return <div class="foot group">{children}</div>
}

/** The broker has gone for so long that its last certificate may be: what else there is, calmly. */
function SilentForge() {
  const app = useApp()
  const { t, times } = app
  const { certificate, network } = useSlices()
  const { silent, choice } = network.value
  const { life, current } = certificate.value
  if (silent === null || choice?.kind !== 'joined' || life.state === 'offline') return null
  const isGood = current !== null && life.state !== 'expired'
  return (
    <div class="card rows">
      <div class="row">
        <Icon name="globe" tone="soft" />
        <p class="row-body">
          <span class="strong">{t('home.silent', { forge: silent.forge, day: times().date(silent.since) })}</span>{' '}
          <span class="small">{t(isGood ? 'home.silent.say' : 'home.silent.say-none')}</span>
        </p>
      </div>
      <div class="row">
        <Button onClick={() => app.go('network')}>{t('home.other-network')}</Button>
      </div>
    </div>
  )
}

/** What stands below the sentence. */
function Below({ words }: { words: LifeWords }): ComponentChildren {
  const { certificate } = useSlices()
  const { life } = certificate.value
  switch (life.state) {
    case 'serving':
    case 'renewing':
      return <ServingCard />
    case 'renewal-failed':
      return (
        <>
          <PrimaryAction action={words.action} center secondary />
          <ServingCard />
          <Why problem={life.problem} />
        </>
      )
    case 'unreachable':
      return <Unreachable words={words} />
    case 'rate-limited':
      return <RateLimited words={words} />
    case 'idle':
    case 'no-network':
      return (
        <>
          <PrimaryAction action={words.action} center />
          <div class="foot card rows">
            <ReachRow />
            <NetworkRow />
          </div>
        </>
      )
    case 'offline':
      return (
        <div class="foot card rows">
          <StillValid />
          <PeersRow />
        </div>
      )
    case 'expired':
    case 'failed':
    case 'refused':
      return (
        <>
          <PrimaryAction action={words.action} center />
          <Foot>
            <div class="card rows">
              {/* of one that has expired the sentence says it */}
              {life.state !== 'expired' && <NextTryRow />}
              <StillValid />
              <ReachRow />
              <NetworkRow />
            </div>
            <Why problem={life.problem} />
          </Foot>
        </>
      )
    default:
      return null
  }
}

/** The one thing to do. */
export function PrimaryAction({
  action,
  center = false,
  secondary = false,
}: {
  action: LifeAction
  center?: boolean
  secondary?: boolean
}) {
  const app = useApp()
  const get = useAction('certificate.get')
  const check = useAction('reachability.check')
  const set = useAction('settings.set')
  const { reachability } = useSlices()
  const look = secondary ? {} : { kind: 'primary' as const, large: center }
  const button = (): ComponentChildren => {
    switch (action.do) {
      case 'get':
        return (
          <Button {...look} disabled={!get.allowed} busy={get.busy.value} onClick={() => void get.run({})}>
            {action.label}
          </Button>
        )
      case 'check': {
        const busy = check.busy.value || reachability.value.status === 'checking'
        return (
          <Button {...look} disabled={!check.allowed} busy={busy} onClick={() => void check.run({})}>
            {busy ? app.t('home.checking') : action.label}
          </Button>
        )
      }
      case 'network':
        return (
          <Button {...look} disabled={!app.may('network.join')} onClick={() => app.go('network')}>
            {action.label}
          </Button>
        )
      case 'guide':
        return (
          <Button {...look} onClick={() => app.go('reachability')}>
            {action.label}
          </Button>
        )
      case 'port':
        return (
          <Button
            {...look}
            disabled={!set.allowed}
            busy={set.busy.value}
            onClick={() => void set.run({ values: { wssPort: action.port } }).then((done) => done && check.run({}))}
          >
            {action.label}
          </Button>
        )
      default:
        // the others have their own place: a link, the steps, the page of the key
        return null
    }
  }
  const shown = button()
  if (shown === null) return null
  return (
    <>
      <div class={center ? 'actions actions-center' : 'actions'}>{shown}</div>
      <Trouble problem={get.problem.value ?? check.problem.value ?? set.problem.value} />
    </>
  )
}

function Working() {
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

/** The address with its code, the renewal, the peers. */
function ServingCard() {
  const { t, times, now } = useApp()
  const { addresses, certificate } = useSlices()
  const large = useSignal(false)
  const { host, testUrl } = addresses.value
  const renewAt = certificate.value.current?.renewAt ?? null
  const renews =
    renewAt === null
      ? t('home.renews-unknown')
      : renewAt <= now.value
        ? t('home.renews-soon')
        : t('home.renews', { when: times().relative(renewAt, now.value) })
  return (
    <div class="foot card rows">
      {host !== null && (
        <div class="address">
          <button
            class="qr-button"
            type="button"
            aria-label={t('home.qr.larger')}
            onClick={() => {
              large.value = true
            }}
          >
            <Qr text={testUrl ?? host} label={t('home.qr')} />
          </button>
          <div class="group">
            <div>
              <p class="small">{t('home.address')}</p>
              <div class="address-line">
                <HostName host={host} strong />
                <CopyButton text={testUrl ?? host} label={t('home.copy-address')} />
              </div>
            </div>
            {testUrl !== null && <TestLink url={testUrl} />}
          </div>
        </div>
      )}
      <LinkRow to="certificate" icon="refresh" text={renews} />
      <PeersRow />
      {large.value && host !== null && (
        <Dialog
          title={t('home.address')}
          narrow
          onClose={() => {
            large.value = false
          }}
        >
          <Qr text={testUrl ?? host} label={t('home.qr')} large />
          <p class="small">{t('home.qr.say')}</p>
          <Button
            onClick={() => {
              large.value = false
            }}
          >
            {t('close')}
          </Button>
        </Dialog>
      )}
    </div>
  )
}

function LinkRow({ to, icon, text }: { to: string; icon: IconName; text: string }) {
  return (
    <a class="row row-link" href={`#${to}`}>
      <Icon name={icon} tone="soft" />
      <span class="row-body number">{text}</span>
      <Icon name="right" tone="soft" small />
    </a>
  )
}

function PeersRow() {
  const { t } = useApp()
  const { peers } = useSlices()
  return <LinkRow to="peers" icon="peers" text={t('home.peers', { count: peers.value.connected })} />
}

function NetworkRow() {
  const { t } = useApp()
  const { network } = useSlices()
  const { choice } = network.value
  if (choice === null) return null
  const name = choice.kind === 'sandbox' ? t('home.network.sandbox') : choice.name
  return (
    <a class="row row-link" href="#settings">
      <Icon name={choice.kind === 'sandbox' ? 'box' : 'globe'} tone="soft" />
      <span class="row-body" translate={choice.kind === 'sandbox' ? undefined : false}>
        {name}
      </span>
      <span class="small">{t('home.change')}</span>
      <Icon name="right" tone="soft" small />
    </a>
  )
}

function Unreachable({ words }: { words: LifeWords }) {
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

function RateLimited({ words }: { words: LifeWords }) {
  const { t, times, now } = useApp()
  const { certificate, settings } = useSlices()
  const set = useAction('settings.set')
  const { life } = certificate.value
  const { nextTryAt } = life
  return (
    <>
      <div class="card rows">
        {nextTryAt !== null && (
          <div class="row">
            <div class="leaf" aria-hidden="true" translate={false}>
              <span class="leaf-month">{times().month(nextTryAt)}</span>
              <span class="leaf-day number">{times().dayOfMonth(nextTryAt)}</span>
            </div>
            <p class="row-body">
              <Moment at={nextTryAt}>
                <span class="strong">{t('home.next-try', { when: times().moment(nextTryAt, now.value) })}</span>
              </Moment>
              <span class="small number">
                {t('home.next-try.say', { when: capital(times().relative(nextTryAt, now.value)) })}
              </span>
            </p>
          </div>
        )}
        {settings.value.can.notify && (
          <Switch
            label={t('home.tell-me')}
            checked={settings.value.values.notifications}
            disabled={!set.allowed || settings.value.locked.includes('notifications')}
            onChange={async (notifications) => (await set.run({ values: { notifications } })) !== undefined}
          />
        )}
        <StillValid />
      </div>
      <Foot>
        <div class="actions">
          <p class="row-body small">{t('home.hurry')}</p>
          <PrimaryAction action={words.action} secondary />
        </div>
        <Why problem={life.problem} until={nextTryAt} />
      </Foot>
    </>
  )
}
