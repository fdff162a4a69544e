// What a page shows that has no node to show: it is on its way, the node does not answer, the link is used up, or the page is
// older than the node.
import type { ComponentChildren } from 'preact'
import { useApp } from '../app.ts'
import { Button, Ring } from '../parts/button.tsx'
import { Command } from '../parts/pieces.tsx'
import { Scene } from '../parts/scene.tsx'
import type { Scene as SceneName } from '../../proto/text/life.ts'

/** Prints a fresh link to this page. */
const OPEN_COMMAND = 'nodetrust open'

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

export function ClosedPage() {
  const { t } = useApp()
  return (
    <Calm scene="lock" title={t('link.closed.title')} say={t('link.closed.say')}>
      <div class="hero">
        <p>{t('link.closed.tray')}</p>
        <p class="soft">{t('link.closed.command')}</p>
        <Command text={OPEN_COMMAND} />
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
        <p class="small">{t('link.reload.link')}</p>
        <Command text={OPEN_COMMAND} />
      </div>
    </Calm>
  )
}
