// The page that a browser gets instead of a name that cannot be shown: one answer, whole, with no script and nothing loaded. It comes from
// this computer, and says so.
import { createHash } from 'node:crypto'
import { visitorLanguage } from '../../node/visitor-page.ts'

/** Why a name is not shown. */
export type RefusalReason =
  | 'other-key'
  | 'other-name'
  | 'authority'
  | 'no-pin'
  | 'over'
  | 'no-name'
  | 'no-relay'
  | 'no-address'
  | 'private'
  | 'nobody-there'

interface Words {
  readonly title: string
  readonly sentence: string
}

const DANGER: readonly RefusalReason[] = ['other-key', 'other-name', 'authority', 'no-pin', 'over']

/** What it says, in each language. */
export const REFUSALS: Readonly<Record<'en' | 'de', Readonly<Record<RefusalReason, Words>>>> = {
  en: {
    'other-key': {
      title: 'This is not who it should be',
      sentence:
        'Somebody answers at this address, but not with the key that the owner of the name has signed. Nothing was sent there. Try again later, or ask the owner.',
    },
    'other-name': {
      title: 'The certificate is for another name',
      sentence:
        'Its key is the right one, but it does not hold the name that you opened. The owner has to have it made anew. Nothing was sent there.',
    },
    authority: {
      title: 'The certificate could sign others',
      sentence:
        'Its key is the right one, but a certificate of a name must not be an authority. The owner has to have it made anew. Nothing was sent there.',
    },
    'no-pin': {
      title: 'Nobody can tell who this is',
      sentence:
        'The owner of the name has not signed which key is served there, so nothing could be compared. Nothing was sent there.',
    },
    over: {
      title: 'The certificate is out of its time',
      sentence:
        'Its key is the right one, but its time has ended, or the clock of this computer is wrong. Look at the clock; if it is right, the owner has to renew the certificate.',
    },
    'no-name': {
      title: 'This name is not published',
      sentence: 'The relays answer, and nothing of this name is there. Look whether it was copied whole.',
    },
    'no-relay': {
      title: 'Nobody can be asked for this name',
      sentence: 'No relay answers now. Look whether this computer is online, then try again.',
    },
    'no-address': { title: 'This name leads nowhere now', sentence: 'It is published without an address.' },
    private: {
      title: 'This name leads into a private network',
      sentence:
        'Names of others are not followed to addresses inside networks at home. If you own it: naming.allowPrivate.',
    },
    'nobody-there': {
      title: 'Nobody answers',
      sentence: 'The name is known, but nobody answers at its addresses now.',
    },
  },
  de: {
    'other-key': {
      title: 'Das ist nicht, wer es sein sollte',
      sentence:
        'An dieser Adresse antwortet jemand, aber nicht mit dem Schlüssel, den der Besitzer des Namens unterschrieben hat. Es wurde nichts dorthin gesendet. Versuch es später noch einmal, oder frag den Besitzer.',
    },
    'other-name': {
      title: 'Das Zertifikat ist für einen anderen Namen',
      sentence:
        'Sein Schlüssel ist der richtige, aber der Name, den du geöffnet hast, steht nicht darin. Der Besitzer muss es neu machen lassen. Es wurde nichts dorthin gesendet.',
    },
    authority: {
      title: 'Das Zertifikat könnte andere unterschreiben',
      sentence:
        'Sein Schlüssel ist der richtige, aber das Zertifikat eines Namens darf keine Zertifizierungsstelle sein. Der Besitzer muss es neu machen lassen. Es wurde nichts dorthin gesendet.',
    },
    'no-pin': {
      title: 'Niemand kann sagen, wer das ist',
      sentence:
        'Der Besitzer des Namens hat nicht unterschrieben, welcher Schlüssel dort gilt, darum ließ sich nichts vergleichen. Es wurde nichts dorthin gesendet.',
    },
    over: {
      title: 'Das Zertifikat gilt jetzt nicht',
      sentence:
        'Sein Schlüssel ist der richtige, aber seine Zeit ist um, oder die Uhr dieses Computers geht falsch. Schau nach der Uhr; geht sie richtig, muss der Besitzer das Zertifikat erneuern.',
    },
    'no-name': {
      title: 'Dieser Name ist nicht veröffentlicht',
      sentence:
        'Die Relays antworten, aber von diesem Namen ist dort nichts. Schau nach, ob er vollständig kopiert ist.',
    },
    'no-relay': {
      title: 'Niemand kann nach diesem Namen gefragt werden',
      sentence:
        'Gerade antwortet kein Relay. Schau nach, ob dieser Computer online ist, und versuch es dann noch einmal.',
    },
    'no-address': { title: 'Dieser Name führt gerade nirgendwohin', sentence: 'Er ist ohne Adresse veröffentlicht.' },
    private: {
      title: 'Dieser Name führt in ein privates Netzwerk',
      sentence:
        'Namen anderer wird nicht zu Adressen in privaten Netzwerken gefolgt. Wenn es deiner ist: naming.allowPrivate.',
    },
    'nobody-there': {
      title: 'Niemand antwortet',
      sentence: 'Der Name ist bekannt, aber an seinen Adressen antwortet gerade niemand.',
    },
  },
}

const FROM = {
  en: 'This page comes from Nodetrust on this computer.',
  de: 'Diese Seite kommt von Nodetrust auf diesem Computer.',
} as const

const STYLE = [
  ':root{color-scheme:light dark;--window:light-dark(#f3f5f4,#121716);--surface:light-dark(#fff,#1b2220);--line:light-dark(#dde3e0,#2c3532);',
  '--text:light-dark(#15201c,#e8eeeb);--soft:light-dark(#51605a,#a5b2ad);--mark:light-dark(#51605a,#a5b2ad)}',
  '.danger{--mark:light-dark(#b3261e,#f2857d)}*{box-sizing:border-box;margin:0}body{min-block-size:100vh;display:grid;place-content:center;',
  'padding:1.25rem;background:var(--window);color:var(--text);font:400 1rem/1.5 system-ui,"Noto Sans",sans-serif}',
  'main{max-inline-size:32rem;background:var(--surface);border:1px solid var(--line);border-block-start:4px solid var(--mark);',
  'border-radius:12px;padding:1.5rem;display:grid;gap:.75rem}h1{font-size:1.375rem;line-height:1.75rem;text-wrap:balance}',
  '.code{font:400 .8125rem/1.25rem ui-monospace,Menlo,Consolas,"Noto Sans Mono",monospace;word-break:break-all;color:var(--soft)}.soft{color:var(--soft);font-size:.875rem}',
].join('')

/**
 * The whole answer, head and body.
 *
 * @param host  the name, read by then (letters, digits, dots and dashes)
 * @param language  Accept-Language
 */
export function refusalPage({
  host,
  reason,
  language: header,
}: {
  readonly host: string
  readonly reason: RefusalReason
  readonly language: string | undefined
}): string {
  const language = visitorLanguage(header?.trim())
  const { title, sentence } = REFUSALS[language][reason]
  const body = `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main${DANGER.includes(reason) ? ' class="danger"' : ''}>
<h1>${title}</h1>
<p class="code">${host}</p>
<p>${sentence}</p>
<p class="soft">${FROM[language]}</p>
</main>
</body>
</html>
`
  const head = [
    'HTTP/1.1 502 Bad Gateway',
    'Content-Type: text/html; charset=utf-8',
    `Content-Language: ${language}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Content-Security-Policy: default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'X-Content-Type-Options: nosniff',
    'Referrer-Policy: no-referrer',
    'Cache-Control: no-store',
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
