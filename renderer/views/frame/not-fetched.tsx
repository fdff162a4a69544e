// What stands where a part of the page should be that did not come: the connection broke, or the node was updated meanwhile.
import { useSignal } from '@preact/signals'
import { useApp } from '../../app.ts'
import type { Later } from '../../later.ts'
import { Button } from '../../parts/button.tsx'

export function NotFetched({ part }: { part: Later<unknown> }) {
  const { t, store } = useApp()
  const busy = useSignal(false)
  const again = async () => {
    busy.value = true
    const there = await part.fetch()
    busy.value = false
    // some browsers remember for as long as the page lives that a file did not come, and an updated node has others
    if (!there && store.link.value === 'ready') location.reload()
  }
  return (
    <div class="page page-calm">
      <div class="hero" role="alert">
        <p class="strong">{t('view.failed')}</p>
        <p class="soft">{t('view.failed.say')}</p>
      </div>
      <div class="actions actions-center">
        <Button busy={busy.value} onClick={() => void again()}>
          {t('link.reload.button')}
        </Button>
      </div>
    </div>
  )
}
