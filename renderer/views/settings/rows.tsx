// What groups of settings are made of: a titled card, a line, a switch that saves itself, and what is said when saving failed.
import type { ComponentChildren } from 'preact'
import type { Settings } from '../../../proto/api/index.ts'
import { useAction, useApp, useSlices } from '../../app.ts'
import { Trouble } from '../../parts/button.tsx'
import { Switch } from '../../parts/fields.tsx'

type SwitchName = 'mapPorts' | 'discoverable' | 'startAtLogin' | 'startMinimised' | 'notifications' | 'checkForUpdates'

export function Group({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section class="group" aria-labelledby={`settings-${id}`}>
      <h2 id={`settings-${id}`}>{title}</h2>
      <div class="card rows">{children}</div>
    </section>
  )
}

/** A line with words on one side and what one does with them on the other. */
export function Line({
  title,
  say,
  data = false,
  children,
}: {
  title: string
  say?: string
  /** The title is no text of ours. */
  data?: boolean
  children?: ComponentChildren
}) {
  return (
    <div class="setting">
      <p>
        <span translate={data ? false : undefined} dir={data ? 'auto' : undefined}>
          {title}
        </span>
        {say !== undefined && <span class="small">{say}</span>}
      </p>
      {children}
    </div>
  )
}

export function useChange() {
  const set = useAction('settings.set')
  const { settings } = useSlices()
  return {
    set,
    values: settings.value.values,
    isLocked: (name: keyof Settings) => settings.value.locked.includes(name),
    /** @returns what is wrong with the field; undefined where the call itself failed */
    change: async (values: Partial<Record<keyof Settings, string | number | boolean>>) =>
      (await set.run({ values }))?.problems,
  }
}

export function Toggle({ name }: { name: SwitchName }) {
  const { t } = useApp()
  const { set, values, isLocked, change } = useChange()
  const locked = isLocked(name)
  return (
    <>
      <Switch
        label={t(`settings.${name}`)}
        say={t(locked ? 'settings.locked' : `settings.${name}.say`)}
        checked={values[name]}
        disabled={locked || !set.allowed}
        onChange={async (checked) => (await change({ [name]: checked }))?.length === 0}
      />
      <Failed problem={set.problem.value} />
    </>
  )
}

export function Failed({ problem }: { problem: Parameters<typeof Trouble>[0]['problem'] }) {
  if (problem === undefined) return null
  return (
    <div class="setting">
      <Trouble problem={problem} />
    </div>
  )
}
