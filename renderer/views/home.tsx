// Home: one picture, one title, one sentence, one button. Each state of the certificate's life adds below only what somebody in
// that state wants to know; those that add more than a line have a file in home/.
import type { ComponentChildren } from 'preact'
import type { LifeWords } from '../../proto/text/life.ts'
import { useApp, useSlices } from '../app.ts'
import { Button } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { Scene } from '../parts/scene.tsx'
import { KeyRescue } from './key.tsx'
import { ReachRow } from './reachability.tsx'
import { NextTryRow, StillValid, Why } from './rows.tsx'
import { View } from './view.tsx'
import { PrimaryAction } from './home/action.tsx'
import { RateLimited } from './home/rate-limited.tsx'
import { Foot, NetworkRow, PeersRow } from './home/rows.tsx'
import { ServingCard } from './home/serving.tsx'
import { Unreachable } from './home/unreachable.tsx'
import { useLifeWords } from './home/words.ts'
import { Working } from './home/working.tsx'

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
