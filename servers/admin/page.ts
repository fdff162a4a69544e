// The operator's page: at the top one sentence for each role of this process and the pictures, then a part for each role. It is HTML with
// one style and one script, and nothing that is loaded; each part is replaced by itself when there is news (script.ts).
import { Html, exactTime, html, NONE } from './html.ts'
import { type Machine, machineFacts } from './machine.ts'
import { certificatesPicture } from './pictures/certificates.ts'
import { dayPicture } from './pictures/day.ts'
import { invitationPicture } from './pictures/invitation.ts'
import { rolesPicture } from './pictures/roles.ts'
import { weekPicture } from './pictures/week.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'
import { VERSION } from '../../core/version.ts'
import type { RoleName } from '../role.ts'
import type { RoleReport } from './report.ts'

/** What an operator comes for stands first. */
const PLACES: readonly RoleName[] = ['issue', 'broker', 'proof', 'dns', 'nostr-relay', 'ca']

/** Nothing may stand around style and script in their elements, or the hash is another. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`)
const SCRIPT_ELEMENT = new Html(`<script>${SCRIPT}</script>`)

/** What is shown. */
export interface Shown {
  readonly zone: string
  readonly reports: readonly RoleReport[]
  readonly machine: Machine
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The whole page. */
export function adminPage(shown: Shown): string {
  return html`<!doctype html>
    <html lang="en" data-version="${VERSION}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Servers of ${shown.zone}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        ${new Html(adminBody(shown))}
        <footer>
          <p id="liveness">As of the moment when it was opened: reload it for news.</p>
          <p>
            Figures for Prometheus are at <a href="/metrics">/metrics</a>; <a href="/health">/health</a> says in its
            status whether all is well.
          </p>
        </footer>
        ${SCRIPT_ELEMENT}
      </body>
    </html> `.text
}

/** What of it changes, in parts with names. */
export function adminBody({ zone, reports: given, machine, now }: Shown): string {
  const reports = given.toSorted((one, other) => PLACES.indexOf(one.role) - PLACES.indexOf(other.role))
  return html`<header>
      <h1>Servers of ${zone}</h1>
      <p class="as-of" data-part="as-of">As of ${exactTime(now)}</p>
      <ul class="states" data-part="states">
        ${reports.map((report) => stateOf(report))}
      </ul>
    </header>
    <main>
      <div class="pictures" data-part="pictures">${pictures({ zone, reports, machine, now })}</div>
      ${reports.map(
        ({ role, title, content }) =>
          html`<section id="${role}" data-part="${role}">
            <h2>${title}</h2>
            ${content}
          </section>`,
      )}
    </main> `.text
}

function pictures({ reports, machine, now }: Shown): readonly Html[] {
  const all = reports.flatMap(({ title, pictures: own }) => (own ? [{ title, ...own }] : []))
  // issue server and broker take from the same week
  const week = all.find((one) => one.week)?.week
  const certificates = all.find((one) => one.certificates)?.certificates
  const days = all.flatMap(({ day }) => day ?? [])
  return [
    tile('whole-row', rolesPicture(reports)),
    ...(week ? [tile('', weekPicture(week))] : []),
    ...(certificates ? [tile('', certificatesPicture(certificates, now))] : []),
    tile('facts', machineFacts(machine, now)),
    ...days.map((day) => tile('half', dayPicture(day, now))),
    ...all.flatMap(({ title, invitation }) =>
      invitation
        ? [
            tile(
              'say' in invitation ? 'whole-row' : 'half',
              invitationPicture(`Invitation: ${title.toLowerCase()}`, invitation),
            ),
          ]
        : [],
    ),
  ].filter(({ text }) => text !== '')
}

function tile(kind: string, content: Html): Html {
  return content === NONE ? NONE : html`<div class="${kind}">${content}</div>`
}

function stateOf({ role, title, state }: RoleReport): Html {
  const { attention, sentence } = state
  return html`<li class="state${attention ? ' attention' : ''}">
    <a href="#${role}">${title}</a><span>${sentence}</span>
  </li>`
}
