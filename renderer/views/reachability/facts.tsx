// What is known about the way in, word for word.
import { UNREACHABLE_REASONS } from '../../../proto/api/index.ts'
import { useApp, useSlices } from '../../app.ts'
import { Icon } from '../../parts/icon.tsx'
import { Fact } from '../../parts/pieces.tsx'

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
          <span translate={false} dir="ltr">
            {router.protocol === 'upnp' ? 'UPnP' : router.protocol.toUpperCase()}
          </span>
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
                  <span translate={false} dir="ltr">
                    {one.by}
                  </span>{' '}
                  {t(one.ok ? 'reach.fact.tried-ok' : 'reach.fact.tried-no')}
                  <span class="code" translate={false} dir="ltr">
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
        <p class="code" key={item} translate={false} dir="ltr">
          {item}
        </p>
      ))}
    </>
  )
}
