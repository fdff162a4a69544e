// The operator's page as text: is it well, how long is the certificate good, what is left of the week, who registered last and how
// it ended. It is HTML with one style and nothing else; whatever a peer or a CA wrote is escaped.
import { inWords } from '../issue/budget.ts'
import type { RegistrationRow } from '../store/sqlite-registrations.ts'
import type { BrokerState } from './admin.ts'
import type { CertificateFault, CertificateState } from './certificate.ts'

/** The whole style, whose hash stands in the policy. Colours are those of the app, each for day and night. */
export const STYLE = `
:root { color-scheme: light dark;
  --window: light-dark(#f3f5f4, #121716); --surface: light-dark(#ffffff, #1b2220); --sunken: light-dark(#e7ecea, #27302d);
  --line: light-dark(#dde3e0, #2c3532); --text: light-dark(#15201c, #e8eeeb); --soft: light-dark(#51605a, #a5b2ad);
  --accent: light-dark(#0b6b58, #62ccb3); --accent-soft: light-dark(#def0ea, #17362f);
  --attention: light-dark(#8a5200, #efb454); --attention-soft: light-dark(#fbeed8, #382b12) }
* { box-sizing: border-box; margin: 0; padding: 0 }
body { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; background: var(--window); color: var(--text);
  font: 400 .875rem/1.25rem system-ui, -apple-system, "Segoe UI", Cantarell, Ubuntu, "Noto Sans", sans-serif }
html { background: var(--window); text-size-adjust: none }
header { display: grid; gap: .75rem }
h1 { font-size: 1.5rem; line-height: 2rem; font-weight: 600; overflow-wrap: anywhere }
h2 { font-size: 1rem; line-height: 1.5rem; font-weight: 600; margin: 2rem 0 .5rem }
.state { display: flex; gap: .625rem; padding: .75rem 1rem; border-radius: 12px; background: var(--accent-soft) }
.state::before { content: "✓"; flex: none; width: .875rem; text-align: center; font-weight: 600; color: var(--accent) }
.state.attention, .fault { background: var(--attention-soft) }
.state.attention::before { content: "!"; color: var(--attention) }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; overflow: hidden }
dl > div { display: grid; grid-template-columns: 13rem 1fr; gap: .125rem 1rem; padding: .625rem 1rem }
dl > div + div, tr + tr > td, .fault { border-top: 1px solid var(--line) }
dt, th, .soft { color: var(--soft) }
dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums }
.fault { padding: .75rem 1rem; display: grid; gap: .25rem; overflow-wrap: anywhere }
.fault strong { color: var(--attention); font-weight: 600 }
.bar { width: 10rem; height: .5rem; margin-right: .75rem; border-radius: 4px; background: var(--sunken); fill: var(--accent) }
.bar.attention { fill: var(--attention) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .5rem 1rem; vertical-align: top; font-weight: 400 }
th { padding: .625rem 1rem .5rem; font-size: .75rem; line-height: 1rem; background: var(--sunken) }
td { font-variant-numeric: tabular-nums }
td:first-child { white-space: nowrap }
.peer, .code { font: 400 .75rem/1.25rem ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace }
.peer { white-space: nowrap }
td:last-child { min-width: 12rem; overflow-wrap: anywhere }
.empty { padding: .75rem 1rem; color: var(--soft) }
footer { margin-top: 1.5rem; color: var(--soft); font-size: .75rem; line-height: 1rem }
a { color: var(--accent) }
@media (max-width: 40rem) { dl > div { grid-template-columns: 1fr } }
@media (prefers-contrast: more) { :root { --soft: var(--text); --line: var(--soft) } }
`

/** With a third of a life left, or half of a short one, a renewal is due; with less than a quarter something is wrong. */
const OVERDUE_SHARE = 1 / 4

/** Whoever has mended something does not want to wait longer than this. */
const LONG_WAIT_MS = 15 * 60_000

/** From here on an operator may want to look. */
const FULL_SHARE = 0.9

/** The page. */
export function brokerPage(state: BrokerState): string {
  const { certificate, now } = state
  const well = wellness(state)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Broker of ${escape(state.zone)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Broker of ${escape(state.zone)}</h1>
<p class="state${well.attention ? ' attention' : ''}">${well.sentence}</p>
</header>
<main>
${certificate ? certificateSection(certificate, now) : ''}<h2>This broker</h2>
<div class="card">
${list(brokerFacts(state))}
</div>
<h2>Last registrations</h2>
<div class="card scroll">
${registrations(state.newest)}
</div>
</main>
<footer>As of ${time(now)}. Figures for Prometheus are at <a href="/metrics">/metrics</a>.</footer>
</body>
</html>
`
}

/** What an operator who looks for a second should see. */
function wellness({ certificate, quota, now }: BrokerState): {
  readonly attention: boolean
  readonly sentence: string
} {
  if (certificate && !certificate.current)
    return { attention: true, sentence: 'There is no certificate yet: nobody can connect.' }
  if (certificate?.current && certificate.current.notAfter <= now)
    return { attention: true, sentence: 'The certificate has expired: clients refuse to connect.' }
  if (quota.waitMs > 0)
    return { attention: true, sentence: `New peers have to wait ${inWords(quota.waitMs)}; known peers renew as ever.` }
  if (certificate?.fault)
    return { attention: true, sentence: 'New peers are welcome; something is wrong with the next certificate.' }
  return { attention: false, sentence: 'Well: new peers are welcome.' }
}

type Facts = readonly (readonly [name: string, html: string])[]

function certificateSection({ current, fault, renewAt, busy, from }: CertificateState, now: number): string {
  const facts: Facts = [
    ...(current ? certificateFacts(current, now) : [['Name', 'none yet'] as const]),
    ['Renewal', nextStep({ from, busy, renewAt, fault }, now)],
  ]
  return `<h2>Certificate</h2>
<div class="card">
${list(facts)}
${fault ? faultBox(fault, now, from) : ''}</div>
`
}

function certificateFacts(current: NonNullable<CertificateState['current']>, now: number): Facts {
  const { names, issuer, notBefore, notAfter } = current
  const [life, left] = [notAfter - notBefore, notAfter - now]
  return [
    [names.length === 1 ? 'Name' : 'Names', names.map(escape).join(', ')],
    ['Issued by', escape(issuer)],
    [left > 0 ? 'Valid until' : 'Expired at', `${time(notAfter)} ${soft(when(notAfter, now))}`],
    ['Life left', `${bar(left / life, left < life * OVERDUE_SHARE)}${Math.max(0, Math.round((left / life) * 100))} %`],
  ]
}

function nextStep({ from, busy, renewAt, fault }: Omit<CertificateState, 'current'>, now: number): string {
  if (from === 'files') return 'by whoever writes its files, which are read again every few seconds'
  if (busy) return 'a certificate is being ordered now'
  if (fault?.retryAt !== undefined) return `tried again at ${time(fault.retryAt)} ${soft(when(fault.retryAt, now))}`
  if (renewAt === undefined) return 'within ten minutes'
  return `${time(renewAt)} ${soft(when(renewAt, now))}`
}

function faultBox(
  { message, nextStep: todo, at, retryAt = 0 }: CertificateFault,
  now: number,
  from: CertificateState['from'],
): string {
  const since = at === undefined ? '' : ` <span class="soft">${time(at)}, ${when(at, now)}</span>`
  const hurry =
    from === 'acme' && retryAt - now > LONG_WAIT_MS
      ? '\n<p class="soft">To try at once, remove <span class="code">broker-certificate.retry.json</span> and start the broker again.</p>'
      : ''
  return `<div class="fault"><p><strong>Last failure</strong>${since}</p>
<p>${escape(message)}</p>
<p><span class="soft">What to do:</span> ${escape(todo)}</p>${hurry}</div>
`
}

function brokerFacts(state: BrokerState): Facts {
  const { quota } = state
  return [
    ['Zone', escape(state.zone)],
    ['Clients ask', escape(state.url)],
    ['Peer id', `<span class="code">${escape(state.peer)}</span>`],
    ['Running since', time(state.startedAt)],
    [`New peers in ${quota.days} days`, used(quota.used, quota.newPeers)],
    [`New certificates in ${quota.week.days} days`, used(quota.week.used, quota.week.newCertificates)],
    ['Dial-backs under way', String(state.dialBacks)],
    ...state.denylists.map(
      ({ name, entries, readAt }) => [`Denylist ${escape(name)}`, `${entries} entries, read ${time(readAt)}`] as const,
    ),
  ]
}

function used(count: number, of: number): string {
  return `${bar(count / of, count >= of * FULL_SHARE)}${count} of ${of}`
}

/** A share as a picture, for those who see; the number stands beside it. Attributes are no inline style, so the policy allows them. */
function bar(share: number, attention: boolean): string {
  const width = Math.round(Math.min(Math.max(share, 0), 1) * 160)
  const name = attention ? 'bar attention' : 'bar'
  return `<svg class="${name}" viewBox="0 0 160 8" aria-hidden="true"><rect width="${width}" height="8"/></svg>`
}

function list(facts: Facts): string {
  return `<dl>${facts.map(([name, html]) => `<div><dt>${name}</dt><dd>${html}</dd></div>`).join('\n')}</dl>`
}

function registrations(rows: readonly RegistrationRow[]): string {
  if (rows.length === 0) return '<p class="empty">Nobody has registered yet.</p>'
  const lines = rows.map(({ at, peer, status, reason }) => {
    const outcome = status === 200 ? 'registered' : `${status}: ${escape(reason)}`
    return `<tr><td>${time(at)}</td><td class="peer">${escape(peer)}</td><td>${outcome}</td></tr>`
  })
  return `<table><thead><tr><th scope="col">When</th><th scope="col">Peer</th><th scope="col">Outcome</th></tr></thead>
<tbody>${lines.join('\n')}</tbody></table>`
}

function time(ms: number): string {
  const text = new Date(ms).toISOString()
  return `<time datetime="${text}">${text.slice(0, 16).replace('T', ' ')} UTC</time>`
}

function when(ms: number, now: number): string {
  if (Math.abs(ms - now) < 60_000) return 'now'
  return ms > now ? `in ${inWords(ms - now)}` : `${inWords(now - ms)} ago`
}

function soft(text: string): string {
  return `<span class="soft">(${text})</span>`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
