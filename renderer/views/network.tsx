// The one question of the first run, asked again when another network is chosen: the public network, an invitation, which is read
// and shown before it is followed, or a network for practice. Nothing happens without the button, which leads to a certificate.
import { useEffect } from 'preact/hooks'
import { useSignal, type ReadonlySignal } from '@preact/signals'
import { WAYS, type InvitationPreview, type State, type Way } from '../../proto/api/index.ts'
import { useApp, useSlices } from '../app.ts'
import { chosenAnswer, type From } from '../first-choice.ts'
import { Button, Ring, Trouble } from '../parts/button.tsx'
import { Segments } from '../parts/fields.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Details } from '../parts/pieces.tsx'
import { InvitationField, Preview, useInvitation } from './invitation.tsx'
import type { TextKey } from '../../proto/text/index.ts'
import type { ComponentChildren } from 'preact'
import { CalmNotices } from './banners.tsx'
import { CameIn, StayOrSwitch, useJoining } from './joining.tsx'
import { View } from './view.tsx'

/** The public network whose keepers are known; of another one only its name is. */
const KNOWN_ZONE = 'libp2p.direct'

/** The page; `first` where it is the first thing a person sees. */
export function NetworkView({ first = false }: { first?: boolean }) {
  const app = useApp()
  const { t } = app
  const { network } = useSlices()
  const offered = network.value.public
  const clicked = useSignal<From | undefined>(undefined)
  const way = useSignal<Way['kind']>('network')
  const text = useSignal(app.invitation.value)
  const clipboard = useClipboard(first)
  // what was drawn is what a press means, also where a link has just brought another invitation
  const shown = text.value.trim()
  const preview = useInvitation(shown)
  const joining = useJoining()
  const { busy, problem } = joining
  const from = chosenAnswer({ clicked: clicked.value, first, clipboard: clipboard.value, broker: offered?.broker })
  const choose = (answer: From) => () => {
    clicked.value = answer
  }

  // an invitation that is followed while the page is open
  const came = useSignal('')
  const take = (invitation: string) => {
    text.value = invitation
    clicked.value = 'invited'
    came.value = ''
  }
  useEffect(() => {
    const invitation = app.invitation.value
    if (invitation === '') return
    app.invitation.value = ''
    if (from === 'invited' && preview.value !== undefined && invitation.trim() !== shown) came.value = invitation
    else take(invitation)
  }, [app.invitation.value])
  useEffect(() => {
    if (text.value === '' && clicked.value === undefined) text.value = clipboard.value ?? ''
  }, [clipboard.value])
  useEffect(() => {
    if (first && app.may('network.look')) void app.host.call('network.look', {}).catch(() => undefined)
  }, [])

  // a question is about what was pressed: whoever looks at something else by now has left it
  const asked = joining.doubt?.wanted
  const doubt = asked?.from === from && (from !== 'invited' || asked?.invitation === shown) ? joining.doubt : undefined
  const ready = from !== undefined && joining.allowed(from) && (from !== 'invited' || preview.value !== undefined)
  return (
    <View>
      <form
        class="page page-calm"
        onSubmit={(event) => {
          event.preventDefault()
          if (ready && !busy && doubt === undefined) void joining.go({ from, invitation: shown, way: way.value })
        }}
      >
        <div class="stack">
          {first ? (
            <h1 class="title" id="question" tabIndex={-1}>
              {t('welcome.title')}
            </h1>
          ) : (
            <h2 class="title" id="question">
              {t('welcome.change.title')}
            </h2>
          )}
          <p class="soft">{t(first ? 'welcome.say' : 'welcome.change.say')}</p>
          <Details summary={t('welcome.learns')}>
            <p class="small">{t('welcome.learns.say')}</p>
          </Details>
        </div>
        <div class="group" role="radiogroup" aria-labelledby="question">
          {offered !== null && <PublicChoice offered={offered} from={from} first={first} onChoose={choose('public')} />}
          <Choice
            value="invited"
            from={from}
            icon="peers"
            title={t('welcome.invited')}
            say={t('welcome.invited.say')}
            onChoose={choose('invited')}
          >
            <InvitationField
              text={text.value}
              problem={preview.problem}
              whole={preview.value !== undefined}
              found={text.value !== '' && text.value === clipboard.value}
              onText={(typed) => {
                text.value = typed
                clicked.value = 'invited'
              }}
            />
            {preview.value !== undefined && <Preview invitation={preview.value} />}
          </Choice>
          <Choice
            value="sandbox"
            from={from}
            icon="box"
            title={t('welcome.sandbox')}
            say={t('welcome.sandbox.say')}
            onChoose={choose('sandbox')}
          >
            <span class="small" aria-hidden="true">
              {t('welcome.sandbox.way')}
            </span>
            <Segments
              legend={t('welcome.sandbox.way')}
              name="way"
              value={way.value}
              wide
              options={WAYS.map((value) => ({ value, text: t(`welcome.sandbox.${value}`) }))}
              onChange={(value) => {
                way.value = value
              }}
            />
            <p class="small">{t('welcome.sandbox.more')}</p>
          </Choice>
        </div>
        {first && <CalmNotices />}
        <div class="foot pinned group">
          {came.value !== '' && <CameIn onShow={() => take(came.value)} />}
          <Trouble problem={problem} />
          {doubt === undefined ? (
            <>
              <Advice from={from} first={first} preview={preview.value} />
              <Button kind="primary" large wide type="submit" busy={busy} disabled={!ready && !busy}>
                {t(labelOf(from, busy))}
              </Button>
            </>
          ) : (
            <StayOrSwitch
              {...{ doubt, first, busy }}
              onStay={() => {
                joining.stay()
                if (first) text.value = ''
                else app.go('home')
              }}
              onSwitch={() => void joining.go(doubt.wanted, true)}
            />
          )}
        </div>
      </form>
    </View>
  )
}

function labelOf(from: From | undefined, busy: boolean): TextKey {
  if (from === 'sandbox') return busy ? 'welcome.starting-sandbox' : 'welcome.start-sandbox'
  if (busy) return 'welcome.joining'
  return from === 'invited' ? 'welcome.join' : 'home.idle.button'
}

/** Looks for an invitation in the clipboard, once, where the page can do so without the person being asked. */
function useClipboard(first: boolean): ReadonlySignal<string | null | undefined> {
  const app = useApp()
  const { host } = app
  const looks = first && host.kind === 'desktop' && app.may('network.clipboard')
  const found = useSignal<string | null | undefined>(looks ? undefined : null)
  useEffect(() => {
    if (!looks) return
    void host.call('network.clipboard', { clicked: false }).then(
      ({ invitation }) => {
        found.value = invitation
      },
      () => {
        found.value = null
      },
    )
  }, [])
  return found
}

/** Who runs the public network and what becomes of it is said before anybody chooses it, so that an answer moves nothing. */
function PublicChoice({
  offered: { zone, broker },
  from,
  first,
  onChoose,
}: {
  offered: NonNullable<State['network']['public']>
  from: From | undefined
  first: boolean
  onChoose: () => void
}) {
  const { t } = useApp()
  const known = zone === KNOWN_ZONE
  return (
    <Choice
      value="public"
      from={from}
      icon="globe"
      busy={broker === 'asking'}
      open={first && from === undefined}
      title={t('welcome.public')}
      say={t(known ? 'welcome.public.say' : 'welcome.public.other', { zone })}
      onChoose={onChoose}
    >
      <p class="small">
        {t(known ? 'welcome.public.who' : 'welcome.public.any')} {t('welcome.public.away')}{' '}
        {t(known ? 'welcome.public.more' : 'welcome.public.more-other')}
      </p>
    </Choice>
  )
}

/** One sentence above the button: what the page waits for, or what to think of before one presses it. */
function Advice({
  from,
  first,
  preview,
}: {
  from: From | undefined
  first: boolean
  preview: InvitationPreview | undefined
}) {
  const app = useApp()
  const { host, t } = app
  const mayLook = app.may('network.look')
  const { network } = useSlices()
  const broker = network.value.public?.broker
  const waits = first && from === undefined && mayLook
  if (waits && (broker === 'asking' || broker === 'unasked')) return <p class="small">{t('welcome.asking')}</p>
  if (first && broker === 'silent' && (from === undefined || from === 'public')) {
    const again = () => void host.call('network.look', { again: true }).catch(() => undefined)
    return (
      <div class="actions asks">
        <p class="row-body small" role="status">
          {t('welcome.silent')}
        </p>
        {mayLook && <Button onClick={again}>{t('welcome.again')}</Button>}
      </div>
    )
  }
  return <p class="small">{t(from === 'invited' && preview ? 'welcome.care' : 'welcome.later')}</p>
}

function Choice({
  value,
  from,
  icon,
  busy = false,
  open = false,
  title,
  say,
  onChoose,
  children,
}: {
  value: From
  from: From | undefined
  icon: IconName
  /** Something about it is being found out. */
  busy?: boolean
  /** Shows what is in it also where it is not chosen. */
  open?: boolean
  title: string
  say: string
  onChoose: () => void
  children: ComponentChildren
}) {
  return (
    <div class={open || from === value ? 'choice choice-open' : 'choice'}>
      <label class="choice-head">
        <input class="radio" type="radio" name="from" value={value} checked={from === value} onChange={onChoose} />
        <span class="choice-name">{title}</span>
        {busy ? <Ring /> : <Icon name={icon} tone="soft" />}
        <span class="soft">{say}</span>
      </label>
      <div class="choice-more">{children}</div>
    </div>
  )
}
