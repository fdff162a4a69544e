// Joining, as the page of the networks does it: the call, and the question where the server of the new network does not answer or
// has another key. Nothing is changed before that question has its answer, and to stay is the answer that lies at hand.
import { useSignal } from '@preact/signals'
import type { ApiErrorCode, Way } from '../../proto/api/index.ts'
import type { TextKey } from '../../proto/text/index.ts'
import { useAction, useApp, useSlices } from '../app.ts'
import type { From } from '../first-choice.ts'
import { Button } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'

/** What a press on the button means: everything as it was drawn then. */
export interface Wanted {
  readonly from: From
  readonly invitation: string
  readonly way: Way['kind']
}

/** What is asked before a join goes on. */
export interface Doubt {
  readonly wanted: Wanted
  readonly why: keyof typeof WHY
}

const WHY = {
  'server-unreachable': 'welcome.stays-silent',
  'server-other-key': 'welcome.stays-other-key',
} as const satisfies Partial<Record<ApiErrorCode, TextKey>>

const isDoubt = (code: ApiErrorCode): code is keyof typeof WHY => Object.hasOwn(WHY, code)

/** Joining goes straight on to the certificate; what comes of it stands on Home. */
export function useJoining() {
  const app = useApp()
  const { network } = useSlices()
  const actions = {
    public: useAction('network.public'),
    invited: useAction('network.join'),
    sandbox: useAction('network.sandbox'),
  }
  const get = useAction('certificate.get')
  const doubt = useSignal<Doubt | undefined>(undefined)
  const all = [...Object.values(actions), get]
  const failed = Object.values(actions).find(({ problem }) => problem.value)
  return {
    busy: all.some(({ busy }) => busy.value) || network.value.sandbox === 'starting',
    problem: doubt.value === undefined ? failed?.problem.value : undefined,
    doubt: doubt.value,
    allowed: (from: From) => actions[from].allowed,
    stay() {
      doubt.value = undefined
      for (const { problem } of all) problem.value = undefined
    },
    async go(wanted: Wanted, anyway = false) {
      doubt.value = undefined
      for (const { problem } of all) problem.value = undefined
      const { from, invitation, way } = wanted
      const more = anyway ? { anyway } : {}
      const joining = {
        public: () => actions.public.run(more),
        invited: () => actions.invited.run({ invitation, ...more }),
        sandbox: () => actions.sandbox.run({ way }),
      }
      if ((await joining[from]()) === undefined) {
        const why = actions[from].problem.value?.code
        if (from !== 'sandbox' && why !== undefined && isDoubt(why)) doubt.value = { wanted, why }
        return
      }
      await get.run({})
      app.go('home')
    },
  }
}

/** The question. @param first  there is no network that one could stay in */
export function StayOrSwitch({
  doubt: { why },
  first,
  busy,
  onStay,
  onSwitch,
}: {
  doubt: Doubt
  first: boolean
  busy: boolean
  onStay: () => void
  onSwitch: () => void
}) {
  const { t } = useApp()
  return (
    <div class="group" role="alert">
      <p class="note note-attention note-small">
        <Icon name="warning" tone="attention" />
        <span>{t(WHY[why])}</span>
      </p>
      <div class="actions asks">
        <Button busy={busy} onClick={onSwitch}>
          {t(first ? 'welcome.join-anyway' : 'welcome.switch-anyway')}
        </Button>
        <Button kind="primary" onClick={onStay}>
          {t(first ? 'welcome.not-joining' : 'welcome.stay')}
        </Button>
      </div>
    </div>
  )
}

/** A link that came in while another invitation is being looked at waits: it may not slip in under a press that is meant for that one. */
export function CameIn({ onShow }: { onShow: () => void }) {
  const { t } = useApp()
  return (
    <div class="actions asks" role="status">
      <p class="row-body small">{t('welcome.came')}</p>
      <Button onClick={onShow}>{t('welcome.came.show')}</Button>
    </div>
  )
}
