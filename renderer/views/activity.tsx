// What happened, newest first, by day; and the file for whoever helps.
import { useSignal } from '@preact/signals'
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, Trouble } from '../parts/button.tsx'
import { Segments } from '../parts/fields.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Empty, Moment } from '../parts/pieces.tsx'
import { saveText } from '../save.ts'
import {
  byDay,
  entriesToShow,
  FILTERS,
  passes,
  sayEntry,
  topicOf,
  type ActivityEntry,
  type Filter,
} from '../say/activity.ts'
import { shortPeer } from '../say/names.ts'
import { nameOfPeer } from '../say/peers.ts'
import { View } from './view.tsx'

const ICONS: Record<ReturnType<typeof topicOf>, IconName> = {
  certificate: 'certificate',
  network: 'globe',
  other: 'home',
}

export function ActivityView() {
  const { t, times, now } = useApp()
  const { activity, peers } = useSlices()
  const names = new Map(peers.value.list.map((peer) => [peer.peerId, nameOfPeer(peer)]))
  const filter = useSignal<Filter>('all')
  const entries = entriesToShow(activity.value.entries).filter((entry) => passes(entry, filter.value))
  const days = byDay(entries, (at) => times().dayHeading(at, now.value))
  return (
    <>
      <View>
        <div class="page">
          <Segments
            legend={t('activity.show')}
            name="activity"
            wide
            value={filter.value}
            options={FILTERS.map((value) => ({ value, text: t(`activity.${value}`) }))}
            onChange={(value) => {
              filter.value = value
            }}
          />
          {days.length === 0 && <Empty icon="activity" title={t('activity.empty')} say={t('activity.empty.say')} />}
          {days.map(({ day, entries: lines }, index) => (
            <section class="group" key={day} aria-labelledby={`day-${index}`}>
              <h2 id={`day-${index}`}>
                <Moment at={lines[0]?.at ?? 0}>{day}</Moment>
              </h2>
              <ol class="card log-day">
                {lines.map((entry) => (
                  <Line key={entry.id} entry={entry} nameOf={(peerId) => names.get(peerId) ?? shortPeer(peerId)} />
                ))}
              </ol>
            </section>
          ))}
        </div>
      </View>
      <DiagnosticsDock />
    </>
  )
}

function Line({ entry, nameOf }: { entry: ActivityEntry; nameOf: (peerId: string) => string }) {
  const { t, times, words } = useApp()
  const { text, ours } = sayEntry(entry, words.value, nameOf)
  const icon: IconName =
    entry.level === 'attention' ? 'warning' : entry.level === 'good' ? 'check' : ICONS[topicOf(entry)]
  const tone = entry.level === 'attention' ? 'attention' : entry.level === 'good' ? 'good' : 'soft'
  return (
    <li class="log-line">
      <Moment at={entry.at}>{times().clock(entry.at)}</Moment>
      <Icon name={icon} tone={tone} />
      <p>
        {entry.level === 'attention' && <span class="unseen">{t('activity.attention')} </span>}
        <span translate={ours ? undefined : false} dir={ours ? undefined : 'auto'}>
          {text}
        </span>
      </p>
    </li>
  )
}

function DiagnosticsDock() {
  const app = useApp()
  const { t } = app
  const { settings } = useSlices()
  const exporting = useAction('diagnostics.export')
  const open = useAction('folder.open')
  const file = useSignal('')
  const run = async () => {
    const done = await exporting.run({})
    if (done === undefined) return
    file.value = done.fileName
    app.say(t('activity.diagnostics.done', { file: done.fileName }))
    if (app.host.kind === 'browser') saveText(done.fileName, 'application/json', done.content)
  }
  if (!exporting.allowed) return null
  return (
    <div class="dock">
      <div class="row-body">
        <p class="small">
          {file.value === '' ? t('activity.diagnostics.say') : t('activity.diagnostics.done', { file: file.value })}
        </p>
        <Trouble problem={exporting.problem.value} />
      </div>
      {file.value !== '' && app.host.kind === 'desktop' && settings.value.can.openFolders && (
        <Button onClick={() => void open.run({ name: 'exports' })}>{t('show-folder')}</Button>
      )}
      <Button icon="download" busy={exporting.busy.value} onClick={() => void run()}>
        {t(exporting.busy.value ? 'activity.diagnostics.busy' : 'activity.diagnostics')}
      </Button>
    </div>
  )
}
