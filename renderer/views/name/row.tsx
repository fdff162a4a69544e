// The name by key in one row, as Addresses shows it.
import { useApp, useSlices } from '../../app.ts'
import { Icon } from '../../parts/icon.tsx'

export function NameRow() {
  const { t } = useApp()
  const { published, trouble, publish } = useSlices().name.value
  const failing = publish && trouble !== null
  return (
    <a class="row row-link" href="#name">
      <Icon name={failing ? 'warning' : 'key'} tone={failing ? 'attention' : published === null ? 'soft' : 'good'} />
      <span class="row-body">
        {t('name.title')}
        <span class="small">{t(failing ? 'name.row.trouble' : published !== null ? 'name.row.on' : 'name.row')}</span>
      </span>
      <Icon name="right" tone="soft" small />
    </a>
  )
}
