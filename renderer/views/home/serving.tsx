// Home while all is well: the address with its code, the renewal, the peers.
import { useSignal } from '@preact/signals'
import { useApp, useSlices } from '../../app.ts'
import { Button, CopyButton } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { HostName, TestLink } from '../../parts/pieces.tsx'
import { Qr } from '../../parts/qr.tsx'
import { InviteRow, LinkRow, PeersRow } from './rows.tsx'

/** The address with its code, the renewal, the peers. */
export function ServingCard() {
  const { t, times, now } = useApp()
  const { addresses, certificate, network } = useSlices()
  const large = useSignal(false)
  const { host, testUrl } = addresses.value
  const renewAt = certificate.value.current?.renewAt ?? null
  const renews =
    renewAt === null
      ? t('home.renews-unknown')
      : renewAt <= now.value
        ? t('home.renews-soon')
        : t('home.renews', { when: times().relative(renewAt, now.value) })
  if (network.value.choice?.kind === 'sandbox') return <PracticeCard host={host} renews={renews} />
  return (
    <div class="foot card rows">
      {host !== null && (
        <div class="address">
          <button
            class="qr-button"
            type="button"
            aria-label={t('home.qr.larger')}
            onClick={() => {
              large.value = true
            }}
          >
            <Qr text={testUrl ?? host} label={t('home.qr')} />
          </button>
          <div class="group">
            <div>
              <p class="small">{t('home.address')}</p>
              <div class="address-line">
                <HostName host={host} strong />
                <CopyButton text={testUrl ?? host} label={t('home.copy-address')} />
              </div>
            </div>
            {testUrl !== null && <TestLink url={testUrl} />}
          </div>
        </div>
      )}
      <LinkRow to="certificate" icon="refresh" text={renews} />
      <PeersRow />
      <InviteRow />
      {large.value && host !== null && (
        <Dialog
          title={t('home.address')}
          narrow
          onClose={() => {
            large.value = false
          }}
        >
          <Qr text={testUrl ?? host} label={t('home.qr')} large />
          <p class="small">{t('home.qr.say')}</p>
          <Button
            onClick={() => {
              large.value = false
            }}
          >
            {t('close')}
          </Button>
        </Dialog>
      )}
    </div>
  )
}

/** In a practice network nobody can follow a link or a code to this computer: the app shows the visit itself, and leads to a real one. */
function PracticeCard({ host, renews }: { host: string | null; renews: string }) {
  const app = useApp()
  const { t } = app
  return (
    <>
      <div class="actions actions-center">
        <Button kind="primary" large disabled={!app.may('network.join')} onClick={() => app.go('network')}>
          {t('home.practice.real')}
        </Button>
        <Button large onClick={() => app.go('practice')}>
          {t('home.practice.try')}
        </Button>
      </div>
      <div class="foot card rows">
        {host !== null && (
          <div class="row">
            <div class="row-body">
              <p class="small">{t('home.address')}</p>
              <div class="address-line">
                <HostName host={host} strong />
              </div>
            </div>
          </div>
        )}
        <LinkRow to="certificate" icon="refresh" text={renews} />
        <PeersRow />
      </div>
    </>
  )
}
