// How people come in: the invitation as a QR code, whatever the colours of the page dark on white, and the link to copy.
import { copyButton, html, type Html, NONE } from '../html.ts'
import { qrPath } from '../../../proto/qr.ts'
import type { RolePictures } from '../report.ts'

/** The figure. @param title  whose it is */
export function invitationPicture(title: string, invitation: NonNullable<RolePictures['invitation']>): Html {
  if ('say' in invitation)
    return html`<figure class="invitation">
      <figcaption><strong>${title}</strong><span class="soft">${invitation.say}</span></figcaption>
    </figure>`
  const { link } = invitation
  const qr = qrPath(link)
  return html`<figure class="invitation">
    ${
      qr
        ? html`<svg
            viewBox="0 0 ${qr.size} ${qr.size}"
            role="img"
            aria-label="The invitation as a QR code"
            shape-rendering="crispEdges"
          >
            <rect class="paper" width="${qr.size}" height="${qr.size}" />
            <path class="ink" d="${qr.path}" />
          </svg>`
        : NONE
    }
    <figcaption>
      <strong>${title}</strong>
      <span class="soft">Whoever opens it is asked before anything is joined.</span>
      ${copyButton(link, 'Copy the link')}
      <details class="id" data-id="${title} invitation">
        <summary class="link">Show the link</summary>
        <span class="code whole">${link}</span>
      </details>
    </figcaption>
  </figure>`
}
