// The words of the web page of an invitation, in all languages at once: the page is one file for everybody.

const en = {
  title: 'An invitation to Nodetrust',
  invited: '{name} invites you',
  say: 'Nodetrust lets web browsers connect to your computer safely. With this invitation it gets a name and a certificate from this network.',
  from: 'From',
  names: 'Names',
  'names.value': 'end in {zone}',
  server: 'Server',
  personal: 'For you alone: there is a token in it. Keep the invitation to yourself.',
  learns: 'What does the network learn about me?',
  'learns.say':
    'It learns your internet address. Certificates are listed in public, so anybody can find the name of this computer. Your key, your files and what you send stay with you.',
  open: 'Open in Nodetrust',
  'open.say': 'The app shows the invitation and joins nothing before you say yes.',
  care: 'Join only if you know who sent you this invitation.',
  'app.title': 'You do not have the app yet?',
  'app.get': 'Get Nodetrust for {system}',
  'app.ask': 'Whoever invited you has it for {system}. Install it, then come back to this page.',
  'app.phone': 'Nodetrust runs on a computer with Linux, macOS or Windows. Open this page on one.',
  'app.other': 'another computer',
  copy: 'Nothing opens? Copy this and paste it into Nodetrust, where it asks for an invitation:',
  'copy.button': 'Copy',
  'copy.done': 'Copied',
  cut: 'The end of this invitation is missing',
  'cut.say': 'Something was lost on its way to you. Copy all of it, or ask whoever invited you to send it once more.',
  newer: 'This invitation needs a newer page',
  'newer.say': 'A newer version of Nodetrust made it. Copy the address of this page and paste it into the newest app.',
  other: 'This is no invitation that can be used',
  'other.say': 'Ask whoever invited you to send it once more.',
  none: 'There is no invitation in this address',
  'none.say': 'It stands behind a # at the end. Open the whole link that you were sent.',
} as const

const de: Readonly<Record<keyof typeof en, string>> = {
  title: 'Eine Einladung zu Nodetrust',
  invited: '{name} lädt dich ein',
  say: 'Mit Nodetrust verbinden sich Browser sicher mit deinem Computer. Mit dieser Einladung bekommt er von diesem Netzwerk einen Namen und ein Zertifikat.',
  from: 'Von',
  names: 'Namen',
  'names.value': 'enden auf {zone}',
  server: 'Server',
  personal: 'Für dich allein: Es steht ein Token darin. Behalte die Einladung für dich.',
  learns: 'Was erfährt das Netzwerk über mich?',
  'learns.say':
    'Es erfährt deine Internetadresse. Zertifikate werden öffentlich aufgelistet, also kann jeder den Namen dieses Computers finden. Dein Schlüssel, deine Dateien und was du sendest, bleiben bei dir.',
  open: 'In Nodetrust öffnen',
  'open.say': 'Die App zeigt die Einladung und tritt nichts bei, bevor du Ja sagst.',
  care: 'Tritt nur bei, wenn du weißt, wer dir diese Einladung geschickt hat.',
  'app.title': 'Du hast die App noch nicht?',
  'app.get': 'Nodetrust für {system} holen',
  'app.ask': 'Wer dich eingeladen hat, hat sie für {system}. Installiere sie und komm auf diese Seite zurück.',
  'app.phone': 'Nodetrust läuft auf einem Computer mit Linux, macOS oder Windows. Öffne diese Seite dort.',
  'app.other': 'einen anderen Computer',
  copy: 'Es öffnet sich nichts? Kopiere dies und füge es in Nodetrust ein, wo es nach einer Einladung fragt:',
  'copy.button': 'Kopieren',
  'copy.done': 'Kopiert',
  cut: 'Das Ende dieser Einladung fehlt',
  'cut.say':
    'Auf dem Weg zu dir ging etwas verloren. Kopiere alles, oder bitte, wer dich eingeladen hat, sie noch einmal zu schicken.',
  newer: 'Diese Einladung braucht eine neuere Seite',
  'newer.say':
    'Eine neuere Version von Nodetrust hat sie gemacht. Kopiere die Adresse dieser Seite und füge sie in die neueste App ein.',
  other: 'Diese Einladung lässt sich nicht benutzen',
  'other.say': 'Bitte, wer dich eingeladen hat, sie noch einmal zu schicken.',
  none: 'In dieser Adresse steht keine Einladung',
  'none.say': 'Sie steht hinter einem # am Ende. Öffne den ganzen Link, den du bekommen hast.',
}

export type JoinKey = keyof typeof en

/** All words. */
export const JOIN_TEXTS: Readonly<Record<'en' | 'de', Readonly<Record<JoinKey, string>>>> = { en, de }
