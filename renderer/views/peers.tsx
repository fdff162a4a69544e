// Other computers: who is connected, how we know their address, and the way to add or forget one.
import { useSignal } from '@preact/signals'
import { useAction, useApp, useSlices } from '../app.ts'
import { Button } from '../parts/button.tsx'
import { Segments } from '../parts/fields.tsx'
import { Details, Empty } from '../parts/pieces.tsx'
import { findPeers, peersToShow } from '../say/peers.ts'
import { AddPeer } from './peers/add.tsx'
import { PeerLine } from './peers/line.tsx'
import { Policy } from './peers/policy.tsx'
import { TrustBadge } from './peers/trust.tsx'
import { View } from './view.tsx'

/** A list that one can overlook needs no search. */
const SEARCH_FROM = 9
/** So many are drawn at once; a search finds among all. */
const MOST_SHOWN = 50

export function PeersView() {
  const { t } = useApp()
  const { peers, network } = useSlices()
  // a forge has no place where its peers would meet
  const alone = network.value.choice?.issue === false
  const show = useSignal<'connected' | 'all'>('connected')
  const adding = useSignal(false)
  const add = useAction('peers.add')
  const { known, connected, list } = peers.value
  const wanted = useSignal('')
  const whole = useSignal(false)
  const all = peersToShow(list, show.value)
  const found = findPeers(all, wanted.value)
  const shown = whole.value ? found : found.slice(0, MOST_SHOWN)
  return (
    <>
      <View>
        <div class="page">
          <div class="group">
            <p class="soft">{t('peers.say')}</p>
            <Segments
              legend={t('peers.show')}
              name="peers"
              wide
              value={show.value}
              options={[
                { value: 'connected', text: t('peers.connected'), count: connected },
                { value: 'all', text: t('peers.all'), count: known },
              ]}
              onChange={(value) => {
                show.value = value
              }}
            />
          </div>
          {(list.length >= SEARCH_FROM || wanted.value !== '') && (
            <div class="group">
              <input
                class="input"
                type="search"
                dir="auto"
                maxLength={128}
                spellcheck={false}
                autocomplete="off"
                aria-label={t('peers.search')}
                placeholder={t('peers.search')}
                value={wanted.value}
                onInput={({ currentTarget }) => {
                  wanted.value = currentTarget.value
                }}
              />
              <p class="small number" role="status">
                {wanted.value.trim() !== '' && t('peers.found', { count: found.length })}
              </p>
            </div>
          )}
          {all.length > 0 && shown.length === 0 ? null : shown.length === 0 ? (
            <Empty icon="peers" title={t('peers.none')} say={t(alone ? 'peers.none.forge.say' : 'peers.none.say')} />
          ) : (
            <ul class="card rows">
              {shown.map((peer) => (
                <PeerLine key={peer.peerId} peer={peer} />
              ))}
            </ul>
          )}
          {shown.length < found.length && (
            <div class="actions actions-center">
              <Button
                onClick={() => {
                  whole.value = true
                }}
              >
                {t('show-all')}
              </Button>
            </div>
          )}
          <Policy />
          {!alone && <p class="small">{t(peers.value.dht ? 'peers.dht' : 'peers.dht.off')}</p>}
          <Details summary={t('peers.badges')}>
            <dl class="facts note">
              {(['certified', 'added', 'unverified'] as const).map((trust) => (
                <div key={trust}>
                  <dt>
                    <TrustBadge trust={trust} />
                  </dt>
                  <dd>{t(`peers.${trust}.say`)}</dd>
                </div>
              ))}
            </dl>
          </Details>
        </div>
      </View>
      {add.allowed && (
        <div class="dock">
          <p class="row-body small">{t('peers.have-address')}</p>
          <Button
            onClick={() => {
              adding.value = true
            }}
          >
            {t('peers.add')}
          </Button>
        </div>
      )}
      {adding.value && (
        <AddPeer
          onClose={() => {
            adding.value = false
          }}
        />
      )}
    </>
  )
}
