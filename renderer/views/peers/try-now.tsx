// Dialling a peer now: one press, and what each of its addresses came to.
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import type { DialReportData, State } from '../../../proto/api/index.ts'
import { useAction, useApp } from '../../app.ts'
import { Button, Trouble } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { dialHeadline, isReached, mayTryMore } from '../../say/peer-addresses.ts'
import { nameOfPeer } from '../../say/peers.ts'

type Peer = State['peers']['list'][number]

/** @param children  what else can be done with the peer, beside the button */
export function TryNow({ peer, children }: { peer: Peer; children?: ComponentChildren }) {
  const app = useApp()
  const { t } = app
  const dial = useAction('peers.dial')
  const report = useSignal<DialReportData | undefined>(undefined)
  const run = async (policy?: 'any') => {
    report.value = undefined
    const done = await dial.run({ peerId: peer.peerId, ...(policy === undefined ? {} : { policy }) })
    if (done === undefined) return
    report.value = done
    app.say(dialHeadline(done, app.words.value))
  }
  const busy = dial.busy.value
  return (
    <>
      <div class="actions">
        {dial.allowed && (
          <Button busy={busy} label={t('peers.try.what', { peer: nameOfPeer(peer) })} onClick={() => void run()}>
            {t(busy ? 'peers.try.busy' : 'peers.try')}
          </Button>
        )}
        {children}
      </div>
      <Trouble problem={dial.problem.value} />
      {report.value !== undefined && <Report report={report.value} onAll={() => void run('any')} />}
    </>
  )
}

function Report({ report, onAll }: { report: DialReportData; onAll: () => void }) {
  const { t, words } = useApp()
  const reached = isReached(report)
  return (
    <div class="note peer-report">
      <p class="tried">
        <Icon name={reached ? 'check' : 'warning'} tone={reached ? 'good' : 'attention'} />
        <span class="strong">{dialHeadline(report, words.value)}</span>
      </p>
      {report.attempts.length > 0 && (
        <ul class="peer-facts small">
          {report.attempts.map(({ address, result }) => (
            <li class="tried" key={address}>
              <Icon
                name={result === 'reached' ? 'check' : 'close'}
                tone={result === 'reached' ? 'good' : 'soft'}
                small
              />
              <span>
                {t(`dial.result.${result}`)}
                <br />
                <span class="code" translate={false} dir="ltr">
                  {address}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
      {mayTryMore(report) && (
        <div class="actions asks">
          <p class="row-body small">{t('peers.try.left-out', { count: report.leftOut.length })}</p>
          <Button onClick={onAll}>{t('peers.try.all')}</Button>
        </div>
      )}
    </div>
  )
}
