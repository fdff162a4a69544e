// One peer: who it is and how it stands with it, and below that, once it is opened, everything that is known and can be done.
import { useSignal } from '@preact/signals'
import type { State } from '../../../proto/api/index.ts'
import { useAction, useApp } from '../../app.ts'
import { Button, CopyButton, Trouble } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { bestTrust, nameOfPeer } from '../../say/peers.ts'
import { PeerAddresses } from './addresses.tsx'
import { PeerName } from './name.tsx'
import { TryNow } from './try-now.tsx'
import { TrustBadge } from './trust.tsx'

type Peer = State['peers']['list'][number]

export function PeerLine({ peer }: { peer: Peer }) {
  const { t, times, now } = useApp()
  // what is folded is drawn when it is opened: two hundred peers have thousands of addresses
  const open = useSignal(false)
  const status = peer.connected
    ? peer.pingMs === null
      ? t('peers.connected')
      : t('peers.connected-ping', { ms: Math.round(peer.pingMs) })
    : peer.lastSeenAt === null
      ? t('peers.never')
      : t('peers.seen', { when: times().relative(peer.lastSeenAt, now.value) })
  return (
    <li>
      <details
        class="peer-fold"
        onToggle={({ currentTarget }) => {
          open.value = currentTarget.open
        }}
      >
        <summary class="row row-link peer">
          <svg class={peer.connected ? 'peer-dot peer-dot-on' : 'peer-dot'} viewBox="0 0 10 10" aria-hidden="true">
            <circle cx="5" cy="5" r="4" />
          </svg>
          <span class="row-body">
            <span class="strong one-line" title={peer.name ?? peer.peerId} translate={false} dir="auto">
              {nameOfPeer(peer)}
            </span>
            <span class="small number">{status}</span>
          </span>
          <TrustBadge trust={bestTrust(peer.addresses)} />
        </summary>
        {open.value && <PeerMore peer={peer} />}
      </details>
    </li>
  )
}

function PeerMore({ peer }: { peer: Peer }) {
  const { t } = useApp()
  const forget = useAction('peers.forget')
  const name = nameOfPeer(peer)
  // a name and addresses of one's own are not found again
  const asking = useSignal(false)
  const added = peer.addresses.some(({ trust }) => trust === 'added')
  return (
    <div class="peer-more group">
      <PeerName peer={peer} />
      <dl class="facts">
        <div>
          <dt>{t('peers.id')}</dt>
          <dd class="address-line">
            <span class="code name" translate={false} dir="ltr">
              {peer.peerId}
            </span>
            <CopyButton text={peer.peerId} label={t('copy')} />
          </dd>
        </div>
      </dl>
      <PeerAddresses peer={peer} />
      <TryNow peer={peer}>
        {added && forget.allowed && (
          <Button
            busy={forget.busy.value}
            label={t('peers.forget.what', { peer: name })}
            onClick={() => {
              asking.value = true
            }}
          >
            {t('peers.forget')}
          </Button>
        )}
      </TryNow>
      {asking.value && (
        <Dialog
          title={t('peers.forget.what', { peer: name })}
          onClose={() => {
            asking.value = false
          }}
        >
          <p class="soft">{t('peers.forget.say')}</p>
          <div class="actions actions-end">
            <Button
              onClick={() => {
                asking.value = false
              }}
            >
              {t('cancel')}
            </Button>
            <Button
              kind="primary"
              onClick={() => {
                asking.value = false
                void forget.run({ peerId: peer.peerId })
              }}
            >
              {t('peers.forget')}
            </Button>
          </div>
        </Dialog>
      )}
      <Trouble problem={forget.problem.value} />
    </div>
  )
}
