// The one button of a state.
import type { ComponentChildren } from 'preact'
import type { LifeAction } from '../../../proto/text/life.ts'
import { useAction, useApp, useSlices } from '../../app.ts'
import { Button, Trouble } from '../../parts/button.tsx'

/** The one thing to do. */
export function PrimaryAction({
  action,
  center = false,
  secondary = false,
}: {
  action: LifeAction
  center?: boolean
  secondary?: boolean
}) {
  const app = useApp()
  const get = useAction('certificate.get')
  const check = useAction('reachability.check')
  const set = useAction('settings.set')
  const start = useAction('app.retry')
  const { reachability } = useSlices()
  const look = secondary ? {} : { kind: 'primary' as const, large: center }
  const button = (): ComponentChildren => {
    switch (action.do) {
      case 'get':
        return (
          <Button {...look} disabled={!get.allowed} busy={get.busy.value} onClick={() => void get.run({})}>
            {action.label}
          </Button>
        )
      case 'check': {
        const busy = check.busy.value || reachability.value.status === 'checking'
        return (
          <Button {...look} disabled={!check.allowed} busy={busy} onClick={() => void check.run({})}>
            {busy ? app.t('home.checking') : action.label}
          </Button>
        )
      }
      case 'start':
        return (
          <Button {...look} disabled={!start.allowed} busy={start.busy.value} onClick={() => void start.run({})}>
            {action.label}
          </Button>
        )
      case 'network':
        return (
          <Button {...look} disabled={!app.may('network.join')} onClick={() => app.go('network')}>
            {action.label}
          </Button>
        )
      case 'guide':
        return (
          <Button {...look} onClick={() => app.go('reachability')}>
            {action.label}
          </Button>
        )
      case 'port':
        return (
          <Button
            {...look}
            disabled={!set.allowed}
            busy={set.busy.value}
            onClick={() => void set.run({ values: { wssPort: action.port } }).then((done) => done && check.run({}))}
          >
            {action.label}
          </Button>
        )
      default:
        // the others have their own place: a link, the steps, the page of the key
        return null
    }
  }
  const shown = button()
  if (shown === null) return null
  return (
    <>
      <div class={center ? 'actions actions-center' : 'actions'}>{shown}</div>
      <Trouble problem={get.problem.value ?? check.problem.value ?? set.problem.value ?? start.problem.value} />
    </>
  )
}
