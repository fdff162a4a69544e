// Small pieces that many views use: folds, facts, short names, times, badges.
import { Fragment, type ComponentChildren } from 'preact'
import { useApp, type LinkName } from '../app.ts'
import { LINKS } from '../../proto/api/links.ts'
import { shortHost } from '../say/names.ts'
import { Button, CopyButton } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

/** What is technical stands behind a fold. */
export function Details({ summary, children }: { summary?: string; children: ComponentChildren }) {
  const { t } = useApp()
  return (
    <details class="details">
      <summary>
        <Icon name="right" small />
        {summary ?? t('details')}
      </summary>
      {children}
    </details>
  )
}

/** A word and what it stands for. `data` marks what is no text of ours. */
export function Fact({ word, children, code = false }: { word: string; children: ComponentChildren; code?: boolean }) {
  return (
    <div>
      <dt>{word}</dt>
      <dd class={code ? 'code' : undefined} translate={code ? false : undefined} dir={code ? 'ltr' : undefined}>
        {children}
      </dd>
    </div>
  )
}

/** A host in its short form; it may break before the zone. The long one is its tip. */
export function HostName({ host, strong = false }: { host: string; strong?: boolean }) {
  const { head, tail } = shortHost(host)
  return (
    <span class="name" title={host} translate={false} dir="ltr">
      {head.map((label, index) => (
        <Fragment key={label}>
          {index > 0 && <wbr />}
          <span class={[strong && 'strong', label.includes('…') && 'whole'].filter(Boolean).join(' ')}>{label}</span>
        </Fragment>
      ))}
      {tail !== '' && <wbr />}
      {tail}
    </span>
  )
}

/** A moment: what is shown, and the exact time for machines. */
export function Moment({ at, children, small = false }: { at: number; children: ComponentChildren; small?: boolean }) {
  return (
    <time class={small ? 'small' : undefined} dateTime={new Date(at).toISOString()}>
      {children}
    </time>
  )
}

/** A duration as minutes and seconds. */
export function Lasted({ ms, step = false }: { ms: number; step?: boolean }) {
  const { times } = useApp()
  return (
    <time class={step ? 'step-time small' : undefined} dateTime={`PT${Math.max(0, Math.floor(ms / 1000))}S`}>
      {times().lasted(ms)}
    </time>
  )
}

/** A state in one word, with its own shape. */
export function Badge({
  tone,
  icon,
  children,
}: {
  tone: 'good' | 'plain' | 'open' | 'attention'
  icon?: IconName
  children: ComponentChildren
}) {
  return (
    <span class={`badge badge-${tone}${icon === undefined ? ' badge-word' : ''}`}>
      {icon !== undefined && <Icon name={icon} small />}
      {children}
    </span>
  )
}

/** A note in a line of its own. */
export function Note({
  icon = 'info',
  attention = false,
  children,
}: {
  icon?: IconName
  attention?: boolean
  children: ComponentChildren
}) {
  return (
    <div class={attention ? 'note note-attention' : 'note'}>
      <Icon name={icon} tone={attention ? 'attention' : 'soft'} />
      {children}
    </div>
  )
}

/** What is shown where a list has nothing. */
export function Empty({ icon, title, say }: { icon: IconName; title: string; say: string }) {
  return (
    <div class="empty">
      <Icon name={icon} tone="soft" />
      <p class="strong">{title}</p>
      <p class="small">{say}</p>
    </div>
  )
}

/** Leads to a page outside: by the desktop app, or in a new tab. */
export function OutsideLink({ to, children }: { to: LinkName; children: ComponentChildren }) {
  const { host } = useApp()
  if (host.kind === 'desktop') {
    return <Button onClick={() => void host.call('link.open', { id: to }).catch(() => {})}>{children}</Button>
  }
  return (
    <a class="button" href={LINKS[to]} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  )
}

/** Leads to the page that the node itself serves to browsers. */
export function TestLink({ url, primary = false }: { url: string; primary?: boolean }) {
  const { host, t } = useApp()
  const label = t('home.serving.button')
  if (host.kind === 'desktop') {
    return (
      <Button
        icon="external"
        {...(primary ? { kind: 'primary' as const } : {})}
        onClick={() => void host.call('link.open', { id: 'test-page' }).catch(() => {})}
      >
        {label}
      </Button>
    )
  }
  return (
    <a class={primary ? 'button button-primary' : 'button'} href={url} target="_blank" rel="noopener noreferrer">
      <Icon name="external" small />
      {label}
    </a>
  )
}

/** A line of code that can be copied. */
export function Command({ text }: { text: string }) {
  const { t } = useApp()
  return (
    <p class="command">
      <code class="code" translate={false} dir="ltr">
        {text}
      </code>
      <CopyButton text={text} label={t('copy')} />
    </p>
  )
}
