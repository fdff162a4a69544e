// Whether others can reach this computer: in plain words, what to do where they cannot, and what is known behind it.
import { UNREACHABLE_REASONS, type LINKS, type UnreachableReason } from '../../proto/api/index.ts'
import { portOf } from '../../proto/text/life.ts'
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, CopyButton, Trouble } from '../parts/button.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Fact, Moment, OutsideLink } from '../parts/pieces.tsx'
import { Scene } from '../parts/scene.tsx'
import { reachOf } from '../say/names.ts'
import type { ComponentChildren } from 'preact'
import { View } from './view.tsx'

/** The page. */
export function ReachabilityView() {
  const { t, times, now } = useApp()
  const { reachability } = useSlices()
  const check = useAction('reachability.check')
  const { status, reason, checkedAt } = reachability.value
  const busy = check.busy.value || status === 'checking'
  const [title, say] = useReachWords()
  const open = useOpen()
  const scene = open === true ? 'good' : open === false ? 'gate' : 'plain'
  return (
    <>
      {/* nothing in it takes the focus where all is well, so that keys could not scroll it */}
      <View keys>
        <div class="page">
          <div class="hero">
            <Scene name={scene} low />
            <h2 class="title">{title}</h2>
            <p class="soft" role="status">
              {say}
            </p>
          </div>
          {status === 'unreachable' && <Advice reason={reason ?? 'no-public-address'} />}
          {status === 'unknown' && open === false && <Advice reason="not-dialled" />}
          <section class="group" aria-labelledby="reach-facts">
            <h2 id="reach-facts">{t('reach.facts')}</h2>
            <div class="card card-pad">
              <ReachFacts plain />
            </div>
          </section>
          <Trouble problem={check.problem.value} />
        </div>
      </View>
      <div class="dock">
        <p class="row-body small number">
          {checkedAt !== null && (
            <Moment at={checkedAt}>{t('reach.looked', { when: times().relative(checkedAt, now.value) })}</Moment>
          )}
        </p>
        {check.allowed && (
          <Button kind="primary" busy={busy} onClick={() => void check.run({})}>
            {t(busy ? 'home.checking' : 'home.check-now')}
          </Button>
        )}
      </div>
    </>
  )
}

/** Title and sentence of the present finding. */
function useReachWords(): readonly [title: string, say: string] {
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
function useOpen(): boolean | undefined {
  const { reachability } = useSlices()
  const { status, knock } = reachability.value
  if (status === 'unknown') return knock?.ok
  return status === 'reachable' ? true : status === 'unreachable' ? false : undefined
}

/** The finding in one row, as Home and Addresses show it. */
export function ReachRow() {
  const { t, times, now } = useApp()
  const { reachability, network } = useSlices()
  const { status, checkedAt } = reachability.value
  const [title, say] = useReachWords()
  const open = useOpen()
  // nobody is asked to look from outside there, so a look tells nothing new
  const alone = network.value.choice?.issue === false
  const icon: IconName = open === true ? 'check' : open === false ? 'warning' : 'router'
  const tone = open === true ? 'good' : open === false ? 'attention' : 'soft'
  const looked =
    checkedAt === null || status === 'checking' || (status === 'unknown' && alone)
      ? ''
      : ` ${t('reach.looked', { when: times().relative(checkedAt, now.value) })}`
  return (
    <a class="row row-link" href="#reachability">
      <Icon name={icon} tone={tone} />
      <span class="row-body">
        {title}
        <span class="small number">{say + looked}</span>
      </span>
      <Icon name="right" tone="soft" small />
    </a>
  )
}

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

/** How many addresses and visitors are listed. */
const MOST_LISTED = 6

/** What is known, word for word. */
export function ReachFacts({ plain = false }: { plain?: boolean }) {
  const { t, times } = useApp()
  const { reachability } = useSlices()
  const { router, localAddresses, publicAddresses, ports, dialBacks, reason, status } = reachability.value
  const meaning = status === 'unreachable' ? UNREACHABLE_REASONS.find((known) => known === reason) : undefined
  return (
    <dl class={plain ? 'facts' : 'facts note'}>
      {router !== null && router.externalIp !== null && (
        <Fact word={t('reach.fact.router')} code>
          {router.externalIp}
        </Fact>
      )}
      <Fact word={t('reach.fact.public')}>
        <List items={publicAddresses} />
      </Fact>
      <Fact word={t('reach.fact.local')}>
        <List items={localAddresses} />
      </Fact>
      <Fact word={t('reach.fact.doors')}>
        {ports.wss !== null && <p class="number">{t('reach.fact.door-web', { port: String(ports.wss) })}</p>}
        {ports.tcp !== null && <p class="number">{t('reach.fact.door-peer', { port: String(ports.tcp) })}</p>}
        {ports.wss === null && ports.tcp === null && t('reach.fact.none')}
      </Fact>
      {router?.protocol != null && (
        <Fact word={t('reach.fact.protocol')}>
          <span translate={false}>{router.protocol === 'upnp' ? 'UPnP' : router.protocol.toUpperCase()}</span>
        </Fact>
      )}
      {router !== null && router.mappings.length > 0 && (
        <Fact word={t('reach.fact.mapping')}>
          {router.mappings.map(({ external, internal, until }) => (
            <p class="number" key={external}>
              {until === null
                ? t('reach.fact.mapping-value', { external: String(external), internal: String(internal) })
                : t('reach.fact.mapping-until', {
                    external: String(external),
                    internal: String(internal),
                    time: times().clock(until),
                  })}
            </p>
          ))}
        </Fact>
      )}
      {dialBacks.length > 0 && (
        <Fact word={t('reach.fact.tried')}>
          <ul class="stack">
            {dialBacks.slice(0, MOST_LISTED).map((one) => (
              <li key={`${one.by} ${one.address}`} class="tried">
                <Icon name={one.ok ? 'check' : 'close'} tone={one.ok ? 'good' : 'attention'} small />
                <span>
                  <span translate={false}>{one.by}</span> {t(one.ok ? 'reach.fact.tried-ok' : 'reach.fact.tried-no')}
                  <span class="code" translate={false}>
                    {' '}
                    {one.address}
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </Fact>
      )}
      {meaning !== undefined && <Fact word={t('reach.fact.meaning')}>{t(`reach.meaning.${meaning}`)}</Fact>}
    </dl>
  )
}

function List({ items }: { items: readonly string[] }) {
  const { t } = useApp()
  if (items.length === 0) return <>{t('reach.fact.none')}</>
  return (
    <>
      {items.slice(0, MOST_LISTED).map((item) => (
        <p class="code" key={item} translate={false}>
          {item}
        </p>
      ))}
    </>
  )
}
