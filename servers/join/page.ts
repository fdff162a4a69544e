// The web page that an https invitation leads to: it says who invites to what, offers the app and opens it. One file without anything that is
// loaded, and the same for every invitation: what a link says stands behind its `#`, which no browser sends, so that no server and no log of
// one ever sees a token.
import { createHash } from 'node:crypto'
import { JOIN_TEXTS } from '../../proto/text/join.ts'
import { JOIN_SCRIPT } from './script.ts'

const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#15201c, #e8eeeb); --soft: light-dark(#51605a, #a5b2ad);
  --window: light-dark(#f3f5f4, #121716); --surface: light-dark(#ffffff, #1b2220); --line: light-dark(#dde3e0, #2c3532);
  --accent: light-dark(#0b6b58, #62ccb3); --on: light-dark(#ffffff, #05231c);
  --attention: light-dark(#8a5200, #efb454); --attention-soft: light-dark(#fbeed8, #382b12) }
* { box-sizing: border-box; margin: 0 }
html { background: var(--window) }
body { max-width: 34rem; margin: 0 auto; padding: 3rem 1.25rem; color: var(--text);
  font: 400 1rem/1.5 system-ui, -apple-system, "Segoe UI", Cantarell, Ubuntu, "Noto Sans", sans-serif }
main { display: grid; gap: 1.25rem }
h1 { font-size: 1.5rem; line-height: 1.3; overflow-wrap: anywhere } h2 { font-size: 1rem }
p:empty { display: none } p, dt, summary { color: var(--soft) } section { display: grid; gap: .75rem; justify-items: start }
dl, section.card { width: 100%; background: var(--surface); border: 1px solid var(--line); border-radius: 12px }
section.card { padding: 1rem }
dl > div { display: grid; grid-template-columns: 6rem 1fr; gap: 1rem; padding: .625rem 1rem } dl > div + div { border-top: 1px solid var(--line) }
dd { overflow-wrap: anywhere } summary { cursor: pointer } details p { margin-top: .5rem }
code { color: var(--text); overflow-wrap: anywhere; font-size: .8125rem; user-select: all }
a.open { display: inline-block; padding: .625rem 1.25rem; border-radius: 10px; background: var(--accent); color: var(--on); text-decoration: none; font-weight: 600 }
a { color: var(--accent) } button { font: inherit; font-size: .875rem; padding: .25rem .75rem; border-radius: 8px; cursor: pointer;
  color: var(--accent); background: var(--surface); border: 1px solid var(--line) }
.personal { padding: .625rem 1rem; border-radius: 12px; background: var(--attention-soft); color: var(--text) }
[data-kind="cut"] h1, [data-kind="other"] h1 { color: var(--attention) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
[hidden] { display: none !important }
@media (max-width: 30rem) { body { padding-top: 1.5rem } dl > div { grid-template-columns: 1fr; gap: 0 } }
`

/** Where the broker has it. */
export const JOIN_PATH = '/join'

/** What the page is sent with, in headers where a server of ours sends it and in the page itself wherever it lies. */
const POLICY = [
  ...["default-src 'none'", `script-src '${digestOf(JOIN_SCRIPT)}'`, `style-src '${digestOf(STYLE)}'`],
  ...["base-uri 'none'", "form-action 'none'"],
].join('; ')

/** Headers for the page; `frame-ancestors` counts in a header alone. */
export const JOIN_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `${POLICY}; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
}

/**
 * The page; the same bytes for every invitation.
 *
 * @param download  https address of the app, in which `{system}` stands for `linux`, `mac` or `windows`; none where left out
 */
export function joinPage(download = ''): string {
  const { en, de } = JOIN_TEXTS
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${en.title}</title>
<style>${STYLE}</style>
</head>
<body>
<main id="main">
<h1 id="head">${en.title}</h1>
<p id="say"></p>
<noscript>
<p>Copy the whole address of this page and paste it into Nodetrust, where it asks for an invitation.</p>
<h2 lang="de">${de.title}</h2>
<p lang="de">Kopiere die ganze Adresse dieser Seite und füge sie in Nodetrust ein, wo es nach einer Einladung fragt.</p>
</noscript>
<section id="facts" hidden>
<dl>
<div><dt id="from-name"></dt><dd id="from-value" dir="auto"></dd></div>
<div><dt id="names-name"></dt><dd id="names-value"></dd></div>
<div><dt id="server-name"></dt><dd id="server-value"></dd></div>
</dl>
<p class="personal" id="personal" hidden></p>
<details><summary id="learns"></summary><p id="learns-say"></p></details>
</section>
<section id="act" hidden>
<p id="care"></p>
<a class="open" id="open"></a>
<p id="open-say"></p>
<section class="card">
<h2 id="app-title"></h2>
<p id="app-say"></p>
<a id="get" data-download="${escaped(download)}" rel="noreferrer" hidden></a>
</section>
<section class="card">
<p id="copy"></p>
<code id="link"></code>
<button type="button" id="copy-button"></button>
</section>
</section>
</main>
<script>${JOIN_SCRIPT}</script>
</body>
</html>
`
}

function digestOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
