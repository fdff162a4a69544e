// The way from page to page: the five pages and Settings, below or beside the page.
import { useApp } from '../../app.ts'
import { Icon, type IconName } from '../../parts/icon.tsx'
import { MAIN_VIEWS, PARENTS, type View } from '../../way.ts'
import { Brand } from './brand.tsx'

const ICONS: Record<(typeof MAIN_VIEWS)[number], IconName> = {
  home: 'home',
  certificate: 'certificate',
  addresses: 'address',
  peers: 'peers',
  activity: 'activity',
}

export function Navigation({ shown }: { shown: View }) {
  const { t } = useApp()
  const current = PARENTS[shown] ?? shown
  return (
    <nav class="nav" aria-label={t('nav.main')}>
      <Brand />
      <ul class="nav-list">
        {MAIN_VIEWS.map((view) => (
          <li key={view}>
            <NavLink view={view} icon={ICONS[view]} current={current} />
          </li>
        ))}
      </ul>
      <div class="nav-more">
        <NavLink view="settings" icon="settings" current={current} />
      </div>
    </nav>
  )
}

function NavLink({ view, icon, current }: { view: View; icon: IconName; current: View }) {
  const { t } = useApp()
  return (
    <a class="nav-link" href={`#${view}`} aria-current={current === view ? 'page' : undefined}>
      <span class="nav-pill">
        <Icon name={icon} />
      </span>
      <span class="nav-label">{t(`nav.${view}`)}</span>
    </a>
  )
}
