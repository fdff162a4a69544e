// Other computers: who is connected, how we know their address, and the way to add or forget one.
import { useSignal } from '@preact/signals'
import { MAX_PEER_NAME_CHARS, type State } from '../../proto/api/index.ts'
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, CopyButton, Trouble } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, Segments } from '../parts/fields.tsx'
import { Badge, Details, Empty, Moment } from '../parts/pieces.tsx'
import type { IconName } from '../parts/icon.tsx'
import { bestTrust, findPeers, nameOfPeer, peersToShow, type Trust } from '../say/peers.ts'
import { View } from './view.tsx'

type Peer = State['peers']['list'][number]

const BADGES: Record<Trust, readonly ['good' | 'plain' | 'open', IconName]> = {
  certified: ['good', 'seal'],
  added: ['plain', 'person'],
  unverified: ['open', 'question'],
}

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

function TrustBadge({ trust }: { trust: Trust }) {
  const { t } = useApp()
  const [tone, icon] = BADGES[trust]
  return (
    <Badge tone={tone} icon={icon}>
      {t(`peers.${trust}`)}
    </Badge>
  )
}

function PeerLine({ peer }: { peer: Peer }) {
  const { t, times, now } = useApp()
  const forget = useAction('peers.forget')
  // what is folded is drawn when it is opened: two hundred peers have thousands of addresses
  const open = useSignal(false)
  const name = nameOfPeer(peer)
  const status = peer.connected
    ? peer.pingMs === null
      ? t('peers.connected-say')
      : t('peers.connected-ping', { ms: Math.round(peer.pingMs) })
    : peer.lastSeenAt === null
      ? t('peers.never')
      : t('peers.seen', { when: times().relative(peer.lastSeenAt, now.value) })
  const added = peer.addresses.some(({ trust }) => trust === 'added')
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
              {name}
            </span>
            <span class="small number">{status}</span>
          </span>
          <TrustBadge trust={bestTrust(peer.addresses)} />
        </summary>
        {open.value && (
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
              {peer.addresses.length > 0 && (
                <div>
                  <dt>{t('peers.addresses', { peer: name })}</dt>
                  {peer.addresses.map(({ address, trust }) => (
                    <dd class="address-line" key={`${trust} ${address}`}>
                      <span class="code name" translate={false} dir="ltr">
                        {address}
                      </span>
                      <CopyButton text={address} label={t('home.copy-address')} />
                    </dd>
                  ))}
                </div>
              )}
              {peer.lastSeenAt !== null && peer.connected && (
                <div>
                  <dt>{t('peers.seen', { when: times().relative(peer.lastSeenAt, now.value) })}</dt>
                  <dd class="number">
                    <Moment at={peer.lastSeenAt}>{times().moment(peer.lastSeenAt, now.value)}</Moment>
                  </dd>
                </div>
              )}
            </dl>
            {added && forget.allowed && (
              <div class="actions">
                <Button
                  busy={forget.busy.value}
                  label={t('peers.forget.what', { peer: name })}
                  onClick={() => void forget.run({ peerId: peer.peerId })}
                >
                  {t('peers.forget')}
                </Button>
              </div>
            )}
            <Trouble problem={forget.problem.value} />
          </div>
        )}
      </details>
    </li>
  )
}

/** Saved when the field is left, as settings are. */
function PeerName({ peer: { peerId, name = '' } }: { peer: Peer }) {
  const app = useApp()
  const { t } = app
  const save = useAction('peers.name')
  const typed = useSignal<string | undefined>(undefined)
  if (!save.allowed) return null
  const keep = async (text: string) => {
    if (text.trim() !== name) {
      if ((await save.run({ peerId, name: text.trim() })) === undefined) return
      app.say(t('peers.named'))
    }
    typed.value = undefined
  }
  const problem = save.problem.value
  return (
    <Field
      label={t('peers.name')}
      hint={t('peers.name.say')}
      error={problem === undefined ? undefined : t(`error.${problem.code}`)}
    >
      {({ id, describedBy, invalid }) => (
        <input
          class="input"
          id={id}
          dir="auto"
          autocomplete="off"
          spellcheck={false}
          maxLength={MAX_PEER_NAME_CHARS}
          value={typed.value ?? name}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          onInput={({ currentTarget }) => {
            typed.value = currentTarget.value
          }}
          onChange={({ currentTarget }) => void keep(currentTarget.value)}
        />
      )}
    </Field>
  )
}

function AddPeer({ onClose }: { onClose: () => void }) {
  const app = useApp()
  const { t } = app
  const add = useAction('peers.add')
  const address = useSignal('')
  const submit = async () => {
    const done = await add.run({ address: address.value.trim() })
    if (done === undefined) return
    app.say(t('peers.added-done'))
    onClose()
  }
  const problem = add.problem.value
  return (
    <Dialog title={t('peers.add.title')} onClose={onClose}>
      <form
        class="group"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <p class="soft">{t('peers.add.say')}</p>
        <Field
          label={t('peers.add.address')}
          hint={t('peers.add.hint')}
          error={problem === undefined ? undefined : t(`error.${problem.code}`)}
        >
          {({ id, describedBy, invalid }) => (
            <textarea
              dir="ltr"
              class="input code"
              id={id}
              rows={3}
              maxLength={1024}
              spellcheck={false}
              value={address.value}
              aria-describedby={describedBy}
              aria-invalid={invalid}
              onInput={({ currentTarget }) => {
                address.value = currentTarget.value
              }}
            />
          )}
        </Field>
        <div class="actions actions-end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="primary" type="submit" busy={add.busy.value} disabled={address.value.trim() === ''}>
            {t(add.busy.value ? 'peers.add.busy' : 'peers.add.button')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
