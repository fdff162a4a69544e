// German words of dialling a peer.
import type { DialWords } from './dial-en.ts'

export const dialDe = {
  'dial.result.reached': 'erreicht',
  'dial.result.failed': 'fehlgeschlagen',
  'dial.result.no-answer': 'keine Antwort',
  'dial.result.other-peer': 'dort ist jemand anders',
  'dial.result.ourselves': 'das ist dieser Computer selbst',
  'dial.result.held-back': 'zurückgestellt',
  'dial.result.refused': 'nicht erlaubt',
  'dial.result.slower': 'eine andere war schneller',
  'dial.result.given-up': 'abgebrochen',
  'dial.policy.default': 'Vorsichtig',
  'dial.policy.default.say': 'Zuerst, was du eingegeben hast und was der Peer unterschrieben hat, dann alles andere',
  'dial.policy.certified-only': 'Nur unterschriebene',
  'dial.policy.certified-only.say': 'Nur Adressen, die der Peer selbst unterschrieben hat',
  'dial.policy.user-only': 'Nur deine',
  'dial.policy.user-only.say': 'Nur Adressen, die du eingegeben hast',
  'dial.policy.any': 'Alle',
  'dial.policy.any.say': 'Jede Adresse, die irgendjemand genannt hat, die aussichtsreichste zuerst',
  'dial.policy.own': 'Eigene',
  'dial.policy.own.say': 'Wie es in der Konfiguration dieses Computers steht',
} as const satisfies DialWords
