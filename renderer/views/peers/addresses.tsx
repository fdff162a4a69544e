// The addresses of a peer: where each comes from and when it last worked, in words; those that a person added can be taken back.
import type { State } from '../../../proto/api/index.ts'
import { useAction, useApp } from '../../app.ts'
import { Button, CopyButton, Trouble } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { addressFacts, wholeAddress } from '../../say/peer-addresses.ts'
import { nameOfPeer } from '../../say/peers.ts'

type Peer = State['peers']['list'][number]
type Address = Peer['addresses'][number]

export function PeerAddresses({ peer }: { peer: Peer }) {
  const { t } = useApp()
  const { peerId, addresses } = peer
  if (addresses.length === 0) return <p class="small">{t('peers.try.no-address')}</p>
  return (
    <div class="group">
      <p class="small">{t('peers.addresses', { peer: nameOfPeer(peer) })}</p>
      <ul class="peer-addresses">
        {addresses.map((address) => (
          <PeerAddress key={address.address} address={address} peerId={peerId} />
        ))}
      </ul>
    </div>
  )
}

function PeerAddress({ address, peerId }: { address: Address; peerId: string }) {
  const { t, words, now } = useApp()
  const remove = useAction('peers.remove')
  const whole = wholeAddress(address.address, peerId)
  const mine = address.sources.some(({ provenance }) => provenance === 'user')
  return (
    <li class="peer-address">
      <div class="address-line">
        <span class="code name" translate={false} dir="ltr">
          {address.address}
        </span>
        <CopyButton text={whole} label={t('home.copy-address')} />
      </div>
      <ul class="peer-facts small number">
        {addressFacts(address, words.value, now.value).map(({ key, icon, tone, text }) => (
          <li class="tried" key={key}>
            <Icon name={icon} tone={tone} small />
            <span>{text}</span>
          </li>
        ))}
      </ul>
      {mine && remove.allowed && (
        <Button
          kind="quiet"
          busy={remove.busy.value}
          label={t('peers.remove.what', { address: address.address })}
          onClick={() => void remove.run({ address: whole })}
        >
          {t('peers.remove')}
        </Button>
      )}
      <Trouble problem={remove.problem.value} />
    </li>
  )
}
