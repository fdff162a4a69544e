// Settings save themselves. What is wrong is said under its field, with one button that mends it; what the configuration file sets
// is shown and not changed. Each group has a file in settings/.
import { useApp, useSlices } from '../app.ts'
import { ReachRow } from './reachability/row.tsx'
import { View } from './view.tsx'
import { AboutGroup } from './settings/about.tsx'
import { LanguageChoice, Theme } from './settings/appearance.tsx'
import { BrowserGroup } from './settings/browser.tsx'
import { IdentityGroup } from './settings/identity.tsx'
import { NetworkGroup } from './settings/network.tsx'
import { Port } from './settings/port.tsx'
import { Group, Toggle } from './settings/rows.tsx'

export function SettingsView() {
  const { t } = useApp()
  const { settings } = useSlices()
  const { can } = settings.value
  return (
    <View>
      <div class="page">
        <NetworkGroup />
        <Group id="doors" title={t('settings.doors')}>
          <Port name="wssPort" />
          <Port name="tcpPort" />
          <Toggle name="mapPorts" />
          <Toggle name="discoverable" />
          <ReachRow />
        </Group>
        <Group id="appearance" title={t('settings.appearance')}>
          <Theme />
          <LanguageChoice />
        </Group>
        {(can.startAtLogin || can.tray || can.notify) && (
          <Group id="starting" title={t('settings.starting')}>
            {can.startAtLogin && <Toggle name="startAtLogin" />}
            {can.tray && <Toggle name="startMinimised" />}
            {can.notify && <Toggle name="notifications" />}
          </Group>
        )}
        <IdentityGroup />
        <BrowserGroup />
        <AboutGroup />
        <p class="small">{t('settings.saved')}</p>
      </div>
    </View>
  )
}
