// What was found when somebody looked from outside, in words.
import { useApp, useSlices } from '../../app.ts'

/** Title and sentence of the present finding. */
export function useReachWords(): readonly [title: string, say: string] {
  const { t, times, now } = useApp()
  const { reachability, settings, network } = useSlices()
  const { status, reason, router, knock } = reachability.value
  const opened = (router?.mappings.length ?? 0) > 0
  if (status === 'reachable') {
    return [t('reach.reachable'), t(opened ? 'reach.reachable.router' : 'reach.reachable.say')]
  }
  if (status === 'unreachable') {
    const port = String(settings.value.values.wssPort)
    return [t('reach.unreachable'), t(`unreachable.${reason ?? 'no-public-address'}`, { port })]
  }
  if (status === 'unknown' && knock !== null) {
    const key = knock.ok ? ('reach.knocked' as const) : ('reach.knocked-not' as const)
    return [t(key, { forge: knock.by }), t(`${key}.say`, { when: times().relative(knock.at, now.value) })]
  }
  const { forges = [], issue = true } = network.value.choice ?? {}
  const [forge] = forges
  if (status === 'unknown' && !issue && forge !== undefined) {
    return [t('reach.unknown.forge'), t('reach.unknown.forge.say', { forge })]
  }
  return [t(`reach.${status}`), t(`reach.${status}.say`)]
}

/** Whether somebody came in, as far as anybody has tried. */
export function useOpen(): boolean | undefined {
  const { reachability } = useSlices()
  const { status, knock } = reachability.value
  if (status === 'unknown') return knock?.ok
  return status === 'reachable' ? true : status === 'unreachable' ? false : undefined
}
