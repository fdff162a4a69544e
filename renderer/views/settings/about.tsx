// The version, help, the folder, and starting over.
import { useSignal } from '@preact/signals'
import { useAction, useApp, useSlices } from '../../app.ts'
import { Button } from '../../parts/button.tsx'
import { OutsideLink } from '../../parts/pieces.tsx'
import { ResetDialog } from '../identity/reset.tsx'
import { QuitDialog } from './quit.tsx'
import { Failed, Group, Line, Toggle } from './rows.tsx'

/** What was found so lately is still so; what is older is looked at again. */
const FRESH_MS = 10_000

export function AboutGroup() {
  const app = useApp()
  const { t, times, now } = app
  const slices = useSlices()
  const folder = useAction('folder.open')
  const start = useAction('doctor.start')
  const resetting = useSignal(false)
  const quitting = useSignal(false)
  const { available, checkedAt } = slices.update.value
  const update =
    available !== null
      ? t('settings.version.update', { version: available.version })
      : checkedAt === null
        ? undefined
        : `${t('settings.version.newest')} ${t('settings.version.checked', { when: times().relative(checkedAt, now.value) })}`
  return (
    <Group id="about" title={t('settings.about')}>
      <div class="setting">
        <p>
          {t('settings.version')}
          {update !== undefined && <span class="small">{update}</span>}
        </p>
        <span class="number" translate={false} dir="ltr">
          {slices.app.value.version}
        </span>
      </div>
      {/* only the desktop app looks for them */}
      {slices.app.value.host === 'desktop' && <Toggle name="checkForUpdates" />}
      <Line title={t('settings.website')}>
        <span class="actions">
          <OutsideLink to="help">{t('settings.help')}</OutsideLink>
          <OutsideLink to="home">{t('settings.website')}</OutsideLink>
        </span>
      </Line>
      {app.may('doctor.start') && (
        <Line title={t('doctor')} say={t('doctor.say')}>
          <Button
            onClick={() => {
              const { endedAt } = slices.doctor.value
              if (endedAt !== null && Date.now() - endedAt > FRESH_MS) void start.run({})
              app.go('doctor')
            }}
          >
            {t('doctor.button')}
          </Button>
        </Line>
      )}
      {slices.settings.value.can.openFolders && folder.allowed && (
        <Line title={t('settings.folder')} say={t('settings.folder.say')}>
          <Button onClick={() => void folder.run({ name: 'data' })}>{t('show-folder')}</Button>
        </Line>
      )}
      {slices.app.value.host === 'headless' && app.may('app.quit') && (
        <Line title={t('settings.quit')} say={t('settings.quit.say')}>
          <Button
            onClick={() => {
              quitting.value = true
            }}
          >
            {t('settings.quit.button')}
          </Button>
        </Line>
      )}
      {app.may('app.reset') && (
        <Line title={t('settings.reset')} say={t('settings.reset.say')}>
          <Button
            onClick={() => {
              resetting.value = true
            }}
          >
            {t('settings.reset.button')}
          </Button>
        </Line>
      )}
      <Failed problem={folder.problem.value} />
      {quitting.value && (
        <QuitDialog
          onClose={() => {
            quitting.value = false
          }}
        />
      )}
      {resetting.value && (
        <ResetDialog
          onClose={() => {
            resetting.value = false
          }}
        />
      )}
    </Group>
  )
}
