// The name of the app with its sign.
import { useApp } from '../../app.ts'
import { Icon } from '../../parts/icon.tsx'

export function Brand() {
  const { t } = useApp()
  return (
    <p class="brand">
      <Icon name="home" />
      <span translate={false} dir="ltr">
        {t('app')}
      </span>
    </p>
  )
}
