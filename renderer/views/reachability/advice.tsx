// What a person can do where nobody gets in, each thing with its button.
import type { ComponentChildren } from 'preact'
import type { LINKS, UnreachableReason } from '../../../proto/api/index.ts'
import { portOf } from '../../../proto/text/life.ts'
import { useAction, useApp, useSlices } from '../../app.ts'
import { Button, CopyButton } from '../../parts/button.tsx'
import { Icon, type IconName } from '../../parts/icon.tsx'
import { OutsideLink } from '../../parts/pieces.tsx'
import { reachOf } from '../../say/reach.ts'

/** What a person can do, each with its button. */
export function Advice({ reason }: { reason: UnreachableReason }) {
  const { t } = useApp()
  return (
    <section class="group" aria-labelledby="advice">
      <h2 id="advice">{t('reach.what-to-do')}</h2>
      <div class="card rows" data-reason={reason}>
        <AdviceRows reason={reason} />
      </div>
    </section>
  )
}

function AdviceRows({ reason }: { reason: UnreachableReason }): ComponentChildren {
  const { t } = useApp()
  const { settings, reachability, certificate } = useSlices()
  const set = useAction('settings.set')
  const { values } = settings.value
  const ports = `${values.wssPort}, ${values.tcpPort}`
  const home = reachability.value.localAddresses.find(
    (address) => !address.includes(':') && reachOf(address) === 'home',
  )
  const mapped = (reachability.value.router?.mappings.length ?? 0) > 0
  const mappingOff = !values.mapPorts && !settings.value.locked.includes('mapPorts')
  switch (reason) {
    case 'carrier-nat':
    case 'no-public-address':
      return (
        <>
          <Line icon="mail" title={t('advice.letter')} say={t('advice.letter.say')}>
            <CopyButton
              text={t('advice.letter.text')}
              label={t('advice.letter.button')}
              words={t('advice.letter.button')}
            />
          </Line>
          <Line icon="router" title={t('advice.ipv6')} say={t('advice.ipv6.say')}>
            <Guide to="help-carrier-nat" />
          </Line>
        </>
      )
    case 'not-dialled':
    case 'router-refused':
    case 'no-router-control':
      return (
        <>
          {mapped ? null : mappingOff ? (
            <Line icon="router" title={t('advice.mapping-off')} say={t('advice.mapping-off.say')}>
              <Button
                disabled={!set.allowed}
                busy={set.busy.value}
                onClick={() => void set.run({ values: { mapPorts: true } })}
              >
                {t('advice.mapping-off.button')}
              </Button>
            </Line>
          ) : (
            <Line icon="router" title={t('advice.upnp')} say={t('advice.upnp.say')}>
              <Guide to="help-router" />
            </Line>
          )}
          <Line
            icon="key"
            title={t(mapped ? 'advice.forward.first' : 'advice.forward')}
            say={
              home === undefined
                ? t('advice.forward.say-unknown', { ports })
                : t('advice.forward.say', { ports, address: home })
            }
          >
            <Guide to="help-router" />
          </Line>
          {reason === 'not-dialled' && (
            <Line icon="lock" title={t('advice.firewall')} say={t('advice.firewall.say', { ports })}>
              <Guide to="help-firewall" />
            </Line>
          )}
        </>
      )
    case 'firewall':
      return (
        <Line icon="lock" title={t('advice.firewall')} say={t('advice.firewall.say', { ports })}>
          <Guide to="help-firewall" />
        </Line>
      )
    case 'port-taken': {
      const port = String(portOf({ settings: settings.value }, certificate.value.life.problem?.params ?? {}))
      return <Line icon="key" title={t('advice.port')} say={t('advice.port.say', { port })} />
    }
    default:
      return <Line icon="globe" title={t('advice.cable')} say={t('advice.cable.say')} />
  }
}

function Line({
  icon,
  title,
  say,
  children,
}: {
  icon: IconName
  title: string
  say: string
  children?: ComponentChildren
}) {
  return (
    <div class="row">
      <Icon name={icon} tone="soft" />
      <p class="row-body">
        {title}
        <span class="small">{say}</span>
      </p>
      {children}
    </div>
  )
}

function Guide({ to }: { to: keyof typeof LINKS }) {
  const { t } = useApp()
  return <OutsideLink to={to}>{t('home.show-how')}</OutsideLink>
}
