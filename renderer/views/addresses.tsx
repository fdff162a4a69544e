// The addresses of this computer, grouped by who can use them; each can be copied whole or scanned.
import { useSignal } from '@preact/signals'
import { useApp, useSlices } from '../app.ts'
import { CopyButton } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { Badge, Empty, HostName } from '../parts/pieces.tsx'
import { Qr } from '../parts/qr.tsx'
import { addressGroups, type AddressLine } from '../say/addresses.ts'
import { NameRow } from './name/row.tsx'
import { ReachRow } from './reachability/row.tsx'
import { View } from './view.tsx'

export function AddressesView() {
  const { t } = useApp()
  const { addresses, network } = useSlices()
  const groups = addressGroups(addresses.value, network.value.choice?.kind === 'sandbox')
  return (
    <View>
      <div class="page">
        {groups.length === 0 ? (
          <Empty icon="address" title={t('addresses.none')} say={t('addresses.none.say')} />
        ) : (
          <div class="group-head">
            <p class="soft row-body">{t('addresses.say')}</p>
            <Form />
          </div>
        )}
        {groups.map(({ reach, lines }) => (
          <section class="group" key={reach} aria-labelledby={`from-${reach}`}>
            <h2 id={`from-${reach}`}>{t(`addresses.${reach}`)}</h2>
            <ul class="card rows">
              {lines.map((line) => (
                <Item key={line.address} line={line} />
              ))}
            </ul>
          </section>
        ))}
        <div class="card rows">
          <ReachRow />
          <NameRow />
        </div>
      </div>
    </View>
  )
}

/** Short or full; the style sheet follows the choice. */
function Form() {
  const { t } = useApp()
  return (
    <fieldset class="segments">
      <legend class="unseen">{t('addresses.form')}</legend>
      <label class="segment">
        <input type="radio" name="form" value="short" defaultChecked />
        {t('addresses.short')}
      </label>
      <label class="segment">
        <input type="radio" name="form" value="full" />
        {t('addresses.full')}
      </label>
    </fieldset>
  )
}

function Item({ line }: { line: AddressLine }) {
  const { t } = useApp()
  const open = useSignal(false)
  const what = t(`addresses.${line.use}`)
  return (
    <li class="address-item">
      <p class="strong">{what}</p>
      <CopyButton text={line.address} label={t('addresses.copy', { what })} />
      <div class="address-text">
        <p class="address-short">
          <HostName host={line.host} />
          {line.peer !== '' && (
            <span translate={false} dir="ltr">
              , {line.peer}
            </span>
          )}
        </p>
        <p class="address-full code" translate={false} dir="ltr">
          {line.address}
        </p>
      </div>
      <div class="address-foot">
        {line.certified && (
          <Badge tone="good" icon="seal">
            {t('addresses.certified')}
          </Badge>
        )}
        {!line.certified && line.use === 'web' && <Badge tone="open">{t('addresses.plain')}</Badge>}
        <details
          class="address-qr"
          name="qr"
          onToggle={({ currentTarget }) => {
            open.value = currentTarget.open
          }}
        >
          <summary class="icon-button" aria-label={t('addresses.qr', { what })} title={t('addresses.qr', { what })}>
            <Icon name="qr" />
          </summary>
          {open.value && (
            <div class="address-code">
              <Qr text={line.address} label={t('addresses.qr', { what })} />
              <p class="small">{t('addresses.scan')}</p>
            </div>
          )}
        </details>
      </div>
    </li>
  )
}
