// A page for https invitation links, to be put on any web server of the operator's: it forwards to the app, and says what to do where
// there is none. It is one file without anything that is loaded, and the same for every invitation: what a link says stands behind
// its `#`, which no browser sends, so that no server and no log of one ever sees a token.
import { createHash } from 'node:crypto'

const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#15201c, #e8eeeb); --soft: light-dark(#51605a, #a5b2ad);
  --window: light-dark(#f3f5f4, #121716); --accent: light-dark(#0b6b58, #62ccb3); --on: light-dark(#ffffff, #05231c) }
body { max-width: 34rem; margin: 0 auto; padding: 3rem 1.25rem; background: var(--window); color: var(--text);
  font: 400 1rem/1.5 system-ui, -apple-system, "Segoe UI", Cantarell, Ubuntu, "Noto Sans", sans-serif }
h1 { font-size: 1.375rem; line-height: 1.3 } h2 { font-size: 1rem; margin-top: 2rem } p, li { color: var(--soft) }
code { color: var(--text); overflow-wrap: anywhere; font-size: .8125rem }
a.open { display: inline-block; padding: .625rem 1.25rem; border-radius: 10px; background: var(--accent); color: var(--on);
  text-decoration: none } [hidden] { display: none !important }
`

/** Takes nothing but the one form that `nodetrust invite` writes, and puts it into the page as text alone. */
const SCRIPT = `
'use strict'
var found = /^#(?:nodetrust:\\/\\/)?(join\\/[A-Za-z0-9.-]+\\?[A-Za-z0-9._~:/?&=+%-]+&check=[0-9a-f]{8})$/.exec(location.hash)
if (found) {
  var link = 'nodetrust://' + found[1]
  document.querySelectorAll('a.open').forEach(function (open) { open.href = link; open.hidden = false })
  document.querySelectorAll('code').forEach(function (code) { code.textContent = link })
  document.querySelectorAll('.whole').forEach(function (whole) { whole.hidden = false })
  document.querySelectorAll('.none').forEach(function (none) { none.hidden = true })
  location.href = link
} else {
  document.querySelectorAll('.none').forEach(function (none) { none.hidden = true })
  document.querySelectorAll('.cut').forEach(function (cut) { cut.hidden = false })
}
`

/** The page; the same bytes every time. */
export function joinPage(): string {
  const policy = [
    ...["default-src 'none'", `script-src '${digestOf(SCRIPT)}'`, `style-src '${digestOf(STYLE)}'`],
    ...["base-uri 'none'", "form-action 'none'"],
  ].join('; ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Nodetrust: an invitation · eine Einladung</title>
<style>${STYLE}</style>
</head>
<body>
<section>
<h1>You are invited to a network of Nodetrust</h1>
<p class="none">Copy the whole address of this page and paste it into Nodetrust, where it asks for an invitation.</p>
<p class="cut" hidden>The address of this page was cut off: the invitation, which stands behind a # at its end, is missing or damaged. Ask whoever invited you to send it once more.</p>
<p><a class="open" hidden>Open in Nodetrust</a></p>
<p class="whole" hidden>If nothing opens, copy this and paste it into Nodetrust, where it asks for an invitation: <code></code></p>
<p>Nodetrust shows what the invitation says and joins nothing before you say yes. Without the app, ask whoever invited you for it.</p>
</section>
<section lang="de">
<h2>Du bist in ein Netzwerk von Nodetrust eingeladen</h2>
<p class="none">Kopiere die ganze Adresse dieser Seite und füge sie in Nodetrust ein, wo es nach einer Einladung fragt.</p>
<p class="cut" hidden>Die Adresse dieser Seite ist abgeschnitten: Die Einladung, die am Ende hinter einem # steht, fehlt oder ist beschädigt. Bitte, wer dich eingeladen hat, sie noch einmal zu schicken.</p>
<p><a class="open" hidden>In Nodetrust öffnen</a></p>
<p class="whole" hidden>Öffnet sich nichts, kopiere dies und füge es in Nodetrust ein, wo es nach einer Einladung fragt: <code></code></p>
<p>Nodetrust zeigt, was die Einladung sagt, und tritt nichts bei, bevor du Ja sagst. Ohne die App frag, wer dich eingeladen hat.</p>
</section>
<script>${SCRIPT}</script>
</body>
</html>
`
}

function digestOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
