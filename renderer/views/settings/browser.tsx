// The same page in a browser: opened here, or by a link that somebody is given.
import { useSignal } from '@preact/signals'
import { useAction, useApp } from '../../app.ts'
import { Button } from '../../parts/button.tsx'
import { Failed, Group, Line } from './rows.tsx'

export function BrowserGroup() {
  const app = useApp()
  const { t, times } = app
  const open = useAction('bridge.open')
  const link = useAction('bridge.link')
  const until = useSignal<number | undefined>(undefined)
  if (!link.allowed) return null
  const copyLink = async (role: 'viewer' | 'owner') => {
    const done = await link.run({ role })
    if (done !== undefined && (await app.copy(done.url))) until.value = done.until
  }
  return (
    <Group id="browser" title={t('settings.browser')}>
      {app.host.kind === 'desktop' && (
        <Line title={t('settings.browser.open')} say={t('settings.browser.open.say')}>
          <Button icon="external" busy={open.busy.value} onClick={() => void open.run({})}>
            {t('settings.browser.open.button')}
          </Button>
        </Line>
      )}
      <Line
        title={t('settings.browser.link')}
        say={
          until.value === undefined
            ? t('settings.browser.link.say')
            : t('settings.browser.link.copied', { time: times().clock(until.value) })
        }
      >
        <Button icon="copy" onClick={() => void copyLink('owner')}>
          {t('settings.browser.link.button')}
        </Button>
      </Line>
      <Line title={t('settings.browser.link.viewer')} say={t('settings.browser.link.say')}>
        <Button
          icon="copy"
          label={`${t('settings.browser.link.button')}: ${t('settings.browser.link.viewer')}`}
          onClick={() => void copyLink('viewer')}
        >
          {t('settings.browser.link.button')}
        </Button>
      </Line>
      <Failed problem={open.problem.value ?? link.problem.value} />
    </Group>
  )
}
