// The operator's page: at the top one sentence for each role of this process, then a part for each. It is HTML with one style, no
// script and nothing that is loaded.
import { Html, html, time } from './html.ts'
import type { RoleName } from '../role.ts'
import type { RoleReport } from './report.ts'

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
h2 { font-size: 1.125rem; line-height: 1.5rem; font-weight: 600; margin: 2.5rem 0 0 }
h3 { font-size: .875rem; line-height: 1.25rem; font-weight: 600; margin: 1.25rem 0 .5rem }
h2 + .card { margin-top: .75rem }
.card + .card { margin-top: 1.25rem }
.states { list-style: none; display: grid; gap: .5rem }
.state { display: grid; grid-template-columns: 1rem 8rem 1fr; gap: .25rem .625rem; padding: .75rem 1rem; border-radius: 12px;
  background: var(--accent-soft) }
.state::before { content: "✓"; text-align: center; font-weight: 600; color: var(--accent) }
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
.code { font: 400 .75rem/1.25rem ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace }
td .code { white-space: pre }
td:nth-child(2) { min-width: 12rem; overflow-wrap: anywhere }
.empty { padding: .75rem 1rem; color: var(--soft) }
footer { margin-top: 1.5rem; color: var(--soft); font-size: .75rem; line-height: 1rem }
a { color: var(--accent) }
@media (max-width: 40rem) { dl > div { grid-template-columns: 1fr }
  th, td { padding-inline: .5rem } td:first-child { white-space: normal } td:nth-child(2) { min-width: 5rem }
  td .code { white-space: pre-wrap; overflow-wrap: anywhere }
  .state { grid-template-columns: 1rem 1fr } .state > span { grid-column: 2 } }
@media (prefers-contrast: more) { :root { --soft: var(--text); --line: var(--soft) } }
`

/** What an operator comes for stands first. */
const PLACES: readonly RoleName[] = ['issue', 'broker', 'proof', 'dns', 'ca']

/** Nothing may stand around the style in its element, or the hash is another. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`)

/** The page. @param now  milliseconds since 1970 */
export function adminPage(zone: string, all: readonly RoleReport[], now: number): string {
  const reports = all.toSorted((one, other) => PLACES.indexOf(one.role) - PLACES.indexOf(other.role))
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Servers of ${zone}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <h1>Servers of ${zone}</h1>
          <ul class="states">
            ${reports.map((report) => stateOf(report))}
          </ul>
        </header>
        <main>
          ${reports.map(
            ({ role, title, content }) =>
              html`<section id="${role}">
                <h2>${title}</h2>
                ${content}
              </section>`,
          )}
        </main>
        <footer>
          As of ${time(now)}. Figures for Prometheus are at <a href="/metrics">/metrics</a>;
          <a href="/health">/health</a> says in its status whether all is well.
        </footer>
      </body>
    </html> `.text
}

function stateOf({ role, title, state }: RoleReport): Html {
  const { attention, sentence } = state
  return html`<li class="state${attention ? ' attention' : ''}">
    <a href="#${role}">${title}</a><span>${sentence}</span>
  </li>`
}
