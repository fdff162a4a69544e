// The page that a browser sees which opens this node's address: the proof, for a person, that visitors get in and that the
// certificate is trusted. It has no script, loads nothing, and says nothing that the certificate does not say already.
import { createHash, X509Certificate } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type TrustJudge, validityOf } from '../../core/x509/index.ts'
import type { Clock } from '../../core/clock.ts'

/** What the page is made of. */
export interface VisitorPageInit {
  /** The certificate in use; undefined before there is one. */
  readonly certificate: () => { readonly chainPem: string; readonly names: readonly string[] } | undefined
  /** The certificate that a visitor by a name of a key was shown, PEM; undefined for other names. @default there are none */
  readonly keyCertificate?: ((servername: string) => string | undefined) | undefined
  readonly clock: Clock
  /** Which chains browsers trust by themselves, since the page says so. @default all */
  readonly isTrusted?: TrustJudge | undefined
}

/** What the page says. */
export interface VisitorFacts {
  /** The name the visitor came by, or the node's own. */
  readonly name: string
  /** End of the certificate, milliseconds since 1970. */
  readonly expires: number
  /** Milliseconds since 1970. */
  readonly now: number
  /** Whether browsers trust the certificate without having been told to. @default true */
  readonly trusted?: boolean
  /** Whether the visitor came by a name of the certificate; by an address, no browser can have checked it. @default true */
  readonly named?: boolean
  /** Whether it is a name that belongs to a key, which no authority has certified. @default false */
  readonly keyed?: boolean
}

export const VISITOR_LANGUAGES = ['en', 'de'] as const
export type VisitorLanguage = (typeof VISITOR_LANGUAGES)[number]

/** The page's only address; RFC 9112 section 3.2.2 lets a client write the host before it. */
const ROOT = /^(?:https:\/\/[^/?#]+\/?|\/)$/i

/** A header longer than this is somebody's joke; the first languages are the ones that count. */
const MAX_LANGUAGE_HEADER = 256

/** Makes the answer to every plain request on the WSS port: the page for GET and HEAD of `/`, 404 for all else. */
export function visitorPage(init: VisitorPageInit): RequestListener {
  return (request, response) => {
    const keyed = keyCertificateOf(request, init.keyCertificate)
    const certificate = keyed ?? init.certificate()
    if (!certificate || !ROOT.test(request.url ?? '') || (request.method !== 'GET' && request.method !== 'HEAD')) {
      answer(request, response, { status: 404, type: 'text/plain; charset=utf-8', body: 'Not found\n' })
      return
    }
    const language = visitorLanguage(request.headers['accept-language'])
    const leaf = new X509Certificate(certificate.chainPem)
    const visited = visitedName(request, leaf)
    const facts: VisitorFacts = {
      name: visited ?? ownName(certificate.names),
      named: visited !== undefined,
      expires: validityOf(leaf).notAfter,
      now: init.clock.now(),
      trusted: keyed === undefined && (init.isTrusted?.(certificate.chainPem) ?? true),
      keyed: keyed !== undefined,
    }
    answer(request, response, {
      status: 200,
      type: 'text/html; charset=utf-8',
      body: visitorHtml(facts, language),
      language,
    })
  }
}

/**
 * The language a visitor reads.
 *
 * @param header  Accept-Language (RFC 9110 section 12.5.4)
 * @returns the one it prefers of those we have; English where it wants none of them
 */
export function visitorLanguage(header: string | undefined): VisitorLanguage {
  const wishes = (header ?? '')
    .slice(0, MAX_LANGUAGE_HEADER)
    .split(',')
    .map((part) => /^\s*([a-z]{2})(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?$/i.exec(part))
    .flatMap((match) => (match?.[1] ? [{ tag: match[1].toLowerCase(), weight: Number(match[2] ?? 1) }] : []))
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight)
  for (const { tag } of wishes) {
    const known = VISITOR_LANGUAGES.find((language) => language === tag)
    if (known) return known
  }
  return 'en'
}

/** The page. */
export function visitorHtml(facts: VisitorFacts, language: VisitorLanguage): string {
  const words = WORDS[language]
  const good = facts.now < facts.expires
  const { title, sentence } = wordsFor(words, facts)
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(facts.expires)
  const name = escapeHtml(facts.name)
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<header>${BRAND}<p>Nodetrust</p></header>
<main>
${good ? SCENE_GOOD : SCENE_EXPIRED}
<h1>${title}</h1>
<p class="soft">${sentence}</p>
<dl>
<div><dt>${words.name}</dt><dd class="code">${name}</dd></div>
<div><dt>${good ? words.until : words.ended}</dt><dd><time datetime="${new Date(facts.expires).toISOString()}">${date}</time></dd></div>
</dl>
</main>
</body>
</html>
`
}

/** Nothing is said of browsers' trust where they have none by themselves, as in a test network or with an authority of one's own. */
function wordsFor(
  words: Words,
  { now, expires, trusted = true, named = true, keyed = false }: VisitorFacts,
): { readonly title: string; readonly sentence: string } {
  if (now >= expires) return { title: words.reachableTitle, sentence: words.expiredSentence }
  if (keyed) return { title: words.reachableTitle, sentence: words.keyedSentence }
  if (!named) return { title: words.reachableTitle, sentence: words.namelessSentence }
  if (!trusted) return { title: words.reachableTitle, sentence: words.unknownSentence }
  return { title: words.title, sentence: words.sentence }
}

/** What to call the computer where the visitor called it nothing; a forge's certificate has names below one alone. */
function ownName(names: readonly string[]): string {
  return names.find((name) => !name.startsWith('*.')) ?? names[0] ?? ''
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly language?: VisitorLanguage
}

function answer(request: IncomingMessage, response: ServerResponse, { status, type, body, language }: Answer): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, {
    ...HEADERS,
    'content-type': type,
    'content-length': bytes.length,
    ...(language ? { 'content-language': language } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

/** What was shown to a visitor by a name of a key. */
function keyCertificateOf({ socket }: IncomingMessage, of: VisitorPageInit['keyCertificate']) {
  const name: unknown = socket instanceof TLSSocket ? Reflect.get(socket, 'servername') : undefined
  const chainPem = typeof name === 'string' ? of?.(name) : undefined
  return chainPem === undefined ? undefined : { chainPem, names: [String(name)] }
}

/** The name of the handshake, where the certificate covers it: what a client says is not put on a page otherwise. */
function visitedName({ socket }: IncomingMessage, leaf: X509Certificate): string | undefined {
  const name: unknown = socket instanceof TLSSocket ? Reflect.get(socket, 'servername') : undefined
  return typeof name === 'string' && leaf.checkHost(name) !== undefined ? name.toLowerCase() : undefined
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '')
}

interface Words {
  readonly title: string
  readonly sentence: string
  readonly reachableTitle: string
  readonly unknownSentence: string
  readonly expiredSentence: string
  readonly namelessSentence: string
  readonly keyedSentence: string
  readonly name: string
  readonly until: string
  readonly ended: string
}

/** What it says in each language. */
export const WORDS: Readonly<Record<VisitorLanguage, Words>> = {
  en: {
    title: 'This computer is reachable and your browser trusts it',
    sentence: 'You came in by a secure connection. There is nothing else to see here.',
    reachableTitle: 'This computer is reachable',
    unknownSentence:
      'Browsers do not know by themselves who issued its certificate: it comes from a test network or an authority of its own.',
    expiredSentence: 'Its certificate has expired. Browsers stay away until it is renewed.',
    namelessSentence:
      'You came by an address or by another name, so your browser could not check its certificate. That is for this name:',
    keyedSentence:
      'You came by a name that belongs to a key. No authority vouches for it: whoever opens it with Nodetrust has compared the key with the one that its owner signed.',
    name: 'Name',
    until: 'Certificate good until',
    ended: 'Certificate ended',
  },
  de: {
    title: 'Dieser Computer ist erreichbar und dein Browser vertraut ihm',
    sentence: 'Du bist über eine sichere Verbindung hereingekommen. Mehr gibt es hier nicht zu sehen.',
    reachableTitle: 'Dieser Computer ist erreichbar',
    unknownSentence:
      'Browser kennen nicht von selbst, wer sein Zertifikat ausgestellt hat: Es kommt aus einem Testnetzwerk oder von einer eigenen Stelle.',
    expiredSentence: 'Sein Zertifikat ist abgelaufen. Browser bleiben weg, bis es erneuert ist.',
    namelessSentence:
      'Du bist über eine Adresse oder einen anderen Namen gekommen, darum konnte dein Browser das Zertifikat nicht prüfen. Es gilt für diesen Namen:',
    keyedSentence:
      'Du bist über einen Namen gekommen, der einem Schlüssel gehört. Keine Stelle bürgt für ihn: Wer ihn mit Nodetrust öffnet, hat den Schlüssel mit dem verglichen, den sein Besitzer unterschrieben hat.',
    name: 'Name',
    until: 'Zertifikat gültig bis',
    ended: 'Zertifikat endete',
  },
}

const STYLE = [
  ':root{color-scheme:light dark;--window:light-dark(#f3f5f4,#121716);--surface:light-dark(#ffffff,#1b2220);',
  '--line:light-dark(#dde3e0,#2c3532);--text:light-dark(#15201c,#e8eeeb);--soft:light-dark(#51605a,#a5b2ad);',
  '--accent:light-dark(#0b6b58,#62ccb3);--accent-soft:light-dark(#def0ea,#17362f);--on-accent:light-dark(#ffffff,#05231c);',
  '--attention:light-dark(#8a5200,#efb454);--attention-soft:light-dark(#fbeed8,#382b12)}',
  '*{box-sizing:border-box;margin:0;padding:0}html{background:var(--window);text-size-adjust:none}',
  'body{min-block-size:100vh;min-block-size:100svh;display:grid;grid-template-rows:auto 1fr;color:var(--text);',
  'font:400 .875rem/1.25rem system-ui,-apple-system,"Segoe UI Variable Text","Segoe UI",Cantarell,Ubuntu,"Noto Sans",sans-serif}',
  'header{display:flex;align-items:center;gap:.5rem;block-size:3rem;padding-inline:1.25rem;font-weight:600}',
  '.brand{inline-size:1.25rem;fill:none;stroke:var(--accent);stroke-width:1.5;stroke-linejoin:round}',
  'main{inline-size:100%;max-inline-size:32rem;margin:auto;padding:1.25rem 1.25rem 4.25rem;display:grid;justify-items:center;',
  'gap:.5rem;text-align:center;text-wrap:balance}',
  'h1{font-size:1.25rem;line-height:1.625rem;font-weight:600}.soft{color:var(--soft);max-inline-size:24rem}',
  '.scene{inline-size:100%;max-inline-size:20rem;margin-block-end:.5rem;fill:none;stroke-width:2;stroke-linecap:round;',
  'stroke-linejoin:round;color:var(--accent);background:none}.scene .halo{fill:var(--accent-soft)}',
  '.scene .road{stroke:currentColor}.scene .solid{fill:currentColor;stroke:currentColor}',
  '.scene .glyph{stroke:var(--on-accent);stroke-width:4}',
  '.scene.attention{color:var(--attention)}.attention .halo{fill:var(--attention-soft)}.attention .glyph{stroke:var(--window)}',
  'dl{inline-size:100%;margin-block-start:1.25rem;background:var(--surface);border:1px solid var(--line);border-radius:12px;',
  'text-align:start;text-wrap:pretty}dl div{padding:.75rem 1rem}dl div+div{border-block-start:1px solid var(--line)}',
  'dt{font-size:.75rem;line-height:1rem;color:var(--soft)}dd{font-variant-numeric:tabular-nums}',
  '.code{font:400 .75rem/1rem ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"Noto Sans Mono","DejaVu Sans Mono",monospace;',
  'word-break:break-all;padding-block-start:.125rem}',
  '@media (min-width:45rem){header{block-size:3.75rem;padding-inline:2rem}h1{font-size:1.5rem;line-height:2rem}}',
  '@media (prefers-contrast:more){:root{--soft:var(--text);--line:var(--soft)}}',
].join('')

const BRAND =
  '<svg class="brand" viewBox="0 0 20 20" aria-hidden="true"><path d="M10 2.75 17 8.75v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15.75v-7Z"/></svg>'

const ROAD =
  '<circle class="halo" cx="160" cy="53" r="46"/><path class="road" d="M8 80h304"/><g class="solid">' +
  [
    [22, 4],
    [62, 5],
    [98, 4],
    [222, 4],
    [258, 5],
    [298, 4],
  ]
    .map(([x, r]) => `<circle cx="${x}" cy="80" r="${r}"/>`)
    .join('') +
  '<path d="M160 25 190 51v24a5 5 0 0 1-5 5h-50a5 5 0 0 1-5-5V51Z"/></g>'

const SCENE_GOOD = `<svg class="scene" viewBox="0 0 320 100" aria-hidden="true">${ROAD}<path class="glyph" d="m147 58 9 9 17-18"/></svg>`
const SCENE_EXPIRED = `<svg class="scene attention" viewBox="0 0 320 100" aria-hidden="true">${ROAD}<path class="glyph" d="M160 47v13M160 68.5v.1"/></svg>`

/** The style is the one thing that the page may use; HSTS is left out, because the name is the node's and its ports are many. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-robots-tag': 'noindex',
  'cache-control': 'no-store',
  vary: 'Accept-Language',
  // one request, one answer: a visitor keeps no place
  connection: 'close',
} as const
