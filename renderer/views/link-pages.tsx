// What a page shows that has no node to show: it is on its way, the node does not answer, the link is used up, or the page is
// older than the node.
import type { ComponentChildren } from 'preact'
import { useApp } from '../app.ts'
import { Button, Ring } from '../parts/button.tsx'
import { Command } from '../parts/pieces.tsx'
import { Scene } from '../parts/scene.tsx'
import { commandOf, knownForm } from '../form.ts'
import type { Scene as SceneName } from '../../proto/text/life.ts'

function Calm({
  scene,
  title,
  say,
  children,
}: {
  scene: SceneName
  title: string
  say: string
  children?: ComponentChildren
}) {
  return (
    <div class="page page-calm">
      <div class="hero">
        <Scene name={scene} />
        <h1 class="title" tabIndex={-1}>
          {title}
        </h1>
        <p class="soft">{say}</p>
      </div>
      {children}
    </div>
  )
}

export function ConnectingPage() {
  const { t } = useApp()
  return (
    <Calm scene="plain" title={t('link.connecting.title')} say={t('link.connecting.say')}>
      <p class="actions actions-center soft">
        <Ring />
      </p>
    </Calm>
  )
}

export function LostPage() {
  const { t, host } = useApp()
  return (
    <Calm scene="offline" title={t('link.lost.title')} say={t('link.lost.say')}>
      <div class="actions actions-center">
        <Button kind="primary" large onClick={() => host.retry()}>
          {t('link.lost.button')}
        </Button>
      </div>
    </Calm>
  )
}

/** The node took its leave: it was ended by a person, and stays so until one starts it. */
export function EndedPage() {
  const { t, host } = useApp()
  const form = knownForm()
  return (
    <Calm scene="offline" title={t('link.ended.title')} say={t('link.ended.say')}>
      <div class="hero">
        <p>{t(form?.start === undefined ? 'link.ended.desktop' : 'link.ended.start')}</p>
        {form?.start !== undefined && <Command text={form.start} />}
        <p class="small">{t('link.ended.then')}</p>
      </div>
      <div class="actions actions-center">
        <Button onClick={() => host.retry()}>{t('link.lost.button')}</Button>
      </div>
    </Calm>
  )
}

export function ClosedPage() {
  const { t } = useApp()
  const desktop = knownForm()?.host === 'desktop'
  return (
    <Calm scene="lock" title={t('link.closed.title')} say={t('link.closed.say')}>
      <div class="hero">
        {desktop && <p>{t('link.closed.tray')}</p>}
        <p class="soft">{t(desktop ? 'link.closed.command' : 'link.closed.only-command')}</p>
        <Command text={commandOf('open')} />
      </div>
    </Calm>
  )
}

export function OutdatedPage() {
  const { t } = useApp()
  return (
    <Calm scene="plain" title={t('link.reload.title')} say={t('link.reload.say')}>
      <div class="actions actions-center">
        <Button kind="primary" large onClick={() => location.reload()}>
          {t('link.reload.button')}
        </Button>
      </div>
      <div class="hero">
        <p class="small">{t(knownForm()?.host === 'desktop' ? 'link.reload.link' : 'link.reload.only-command')}</p>
        <Command text={commandOf('open')} />
      </div>
    </Calm>
  )
}
