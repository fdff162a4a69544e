// Home: one picture, one title, one sentence, one button. Each state of the certificate's life adds below only what somebody in
// that state wants to know; those that add more than a line have a file in home/.
import type { ComponentChildren, ComponentType } from 'preact'
import { useRef } from 'preact/hooks'
import type { State } from '../../proto/api/index.ts'
import type { LifeWords } from '../../proto/text/life.ts'
import { useApp, useSlices, type App } from '../app.ts'
import { Button } from '../parts/button.tsx'
import { Breaks } from '../parts/breaks.tsx'
import { Icon } from '../parts/icon.tsx'
import { Scene } from '../parts/scene.tsx'
import { later, useLater, type Fetched, type Later } from '../later.ts'
import { NotFetched } from './frame/not-fetched.tsx'
import { ReachRow } from './reachability/row.tsx'
import { NextTryRow, StillValid, Why } from './rows.tsx'
import { View } from './view.tsx'
import { PrimaryAction } from './home/action.tsx'
import { Foot, NetworkRow, PeersRow } from './home/rows.tsx'
import { ServingCard } from './home/serving.tsx'
import { useLifeWords } from './home/words.ts'
import { Working } from './home/working.tsx'

type Life = State['certificate']['life']
/** What few states need below the sentence. */
type HomePart = ComponentType<{ readonly words: LifeWords }>

const KEY: Later<HomePart> = later(async () => (await import('./late/pages.ts')).KeyRescue)
const PARTS: Partial<Record<Life['state'], Later<HomePart>>> = {
  unreachable: later(async () => (await import('./late/pages.ts')).Unreachable),
  'rate-limited': later(async () => (await import('./late/pages.ts')).RateLimited),
}

function homePart(locked: boolean, failed: boolean, life: Life): Later<HomePart> | undefined {
  return locked ? KEY : failed ? undefined : PARTS[life.state]
}

/** All is well, and the first words say it. */
const CALM: readonly Life['state'][] = ['serving', 'renewing']

/** Fetches what Home will need, before it is drawn for the first time. */
export async function fetchHome({ store, moreWords }: App): Promise<void> {
  const slices = store.slices.peek()
  if (slices === undefined) return
  const { app, identity, certificate } = slices
  const locked = identity.value.state !== 'ready'
  const { life } = certificate.value
  await Promise.all([
    homePart(locked, app.value.phase === 'failed', life)?.fetch(),
    ...(locked || !CALM.includes(life.state) ? [moreWords.fetch()] : []),
  ])
}

export function HomeView() {
  const { moreWords } = useApp()
  const { app, certificate } = useSlices()
  const words = useLifeWords()
  const { life, attempt } = certificate.value
  const locked = words.scene === 'lock'
  const failed = !locked && app.value.phase === 'failed'
  const part = homePart(locked, failed, life)
  const fetched = useLater(part)
  const speech = locked || failed || !CALM.includes(life.state) ? moreWords : undefined
  const spoken = useLater(speech)
  const drawn = useRef<ComponentChildren>(null)
  // what was shown stays until all of the new is there, so that nothing jumps
  if (fetched?.is === 'wanted' || spoken?.is === 'wanted') return drawn.current
  if (words.scene === 'working' && attempt !== null) return <Working />
  drawn.current = (
    <View>
      <div class="page page-calm" data-life={life.state}>
        <Hero words={words} low={!failed && (life.state === 'unreachable' || life.state === 'rate-limited')} />
        {speech !== undefined && spoken?.is === 'failed' ? (
          <NotFetched part={speech} />
        ) : failed ? (
          <Foot>
            <PrimaryAction action={words.action} center />
            <Why problem={app.value.problem} />
          </Foot>
        ) : locked ? (
          <Part part={part} fetched={fetched} words={words} />
        ) : (
          <>
            <SilentForge />
            {fetched === undefined ? (
              <Below words={words} life={life} />
            ) : (
              <Part part={part} fetched={fetched} words={words} />
            )}
          </>
        )}
      </div>
    </View>
  )
  return drawn.current
}

function Part({
  part,
  fetched,
  words,
}: {
  part: Later<HomePart> | undefined
  fetched: Fetched<HomePart> | undefined
  words: LifeWords
}) {
  if (fetched?.is === 'there') return <fetched.what words={words} />
  return part === undefined ? null : <NotFetched part={part} />
}

function Hero({ words, low }: { words: LifeWords; low: boolean }) {
  return (
    <div class="hero">
      <Scene name={words.scene} low={low} />
      <h1 class="title" tabIndex={-1}>
        <Breaks text={words.title} />
      </h1>
      <p class="soft">
        <Breaks text={words.sentence} />
      </p>
    </div>
  )
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
function Below({ words, life }: { words: LifeWords; life: Life }): ComponentChildren {
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
        <>
          <PrimaryAction action={words.action} center />
          <div class="foot card rows">
            <StillValid />
            <PeersRow />
          </div>
        </>
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
