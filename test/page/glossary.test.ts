// One word for one thing, in the window as in the tray: who reads "Netzwerk" here and "Netz" there looks for a difference that
// there is not. Every text of both languages is held against a short list of the words that the app is about.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { de } from '../../proto/text/de.ts'
import { en } from '../../proto/text/en.ts'
import { shellDe } from '../../proto/text/shell-de.ts'
import { shellEn } from '../../proto/text/shell-en.ts'
import { WORDS as VISITOR } from '../../main/node/visitor-page.ts'

interface Term {
  /** What English calls it. */
  readonly english: RegExp
  /** What German calls it, wherever English does. */
  readonly german: RegExp
  /** German words for the same thing that are not ours. */
  readonly never: RegExp
  /** Texts that say it without the word, and why that is as clear. */
  readonly without?: Readonly<Record<string, string>>
}

const TERMS: Readonly<Record<string, Term>> = {
  network: {
    english: /\bnetworks?\b/i,
    german: /netzwerk/i,
    without: { 'welcome.sandbox.network': 'the line above its two answers ends with “Netzwerk”' },
    never: /netz(?:e|es|en)?\b/i,
  },
  history: { english: /\bhistory\b/i, german: /Verlauf/, never: /\bGeschichte\b|Historie|Chronik/ },
  certificate: { english: /\bcertificates?\b/i, german: /zertifikat/i, never: /\bZerti\b|Bescheinigung/ },
  invitation: { english: /\binvitation\b/i, german: /Einladung/i, never: /Einladungslink|Invitation/ },
  passphrase: { english: /\bpassphrase\b/i, german: /Kennwort/, never: /Passphrase|\bPasswort\b(?!speicher)/ },
  'password store': {
    english: /password store/i,
    german: /Passwortspeicher/,
    never: /Schlüsselbund|Keychain|Kennwortspeicher/,
  },
  backup: {
    english: /\bbackup\b/i,
    german: /Sicherung/,
    without: {
      'settings.backup.save': 'the row is called “Sicherung”',
      'backup.save.button': 'the title of the dialog has it',
    },
    never: /\bBackup/,
  },
  identity: { english: /\bidentity\b/i, german: /Identität/, never: /\bIdentity\b/ },
  router: { english: /\brouter\b/i, german: /Router/, never: /\bFritz/ },
  settings: { english: /\bsettings\b/i, german: /Einstellungen/, never: /\bOptionen\b|\bSettings\b/ },
}

interface Text {
  readonly key: string
  readonly english: string
  readonly german: string
}

const plain = (message: unknown): string =>
  typeof message === 'string' ? message : Object.values(message ?? {}).join(' ')

function pairs(
  from: string,
  english: Readonly<Record<string, unknown>>,
  german: Readonly<Record<string, unknown>>,
): Text[] {
  return Object.keys(english).map((key) => ({
    key: from === '' ? key : `${from}:${key}`,
    // a command is the same in every language
    english: plain(english[key]).replaceAll(/(?:nodetrust|\{own\}) [a-z]+(?: [a-z]+)?/g, ''),
    german: plain(german[key]),
  }))
}

const TEXTS: readonly Text[] = [
  ...pairs('', en, de),
  ...pairs('tray', shellEn, shellDe),
  ...pairs('visitor', VISITOR.en as never, VISITOR.de as never),
]

describe('the glossary', () => {
  for (const [name, { english, german, never, without = {} }] of Object.entries(TERMS)) {
    it(`calls it by one German word wherever English says ${name}`, () => {
      const other = TEXTS.filter((text) => english.test(text.english) && !german.test(text.german))
      assert.deepEqual(
        other
          .filter(({ key }) => !Object.hasOwn(without, key))
          .map((text) => `${text.key}: ${text.english} | ${text.german}`),
        [],
      )
      const unused = Object.keys(without).filter((key) => !other.some((text) => text.key === key))
      assert.deepEqual(unused, [], 'exceptions that are none')
    })

    it(`has no second German word for ${name}`, () => {
      assert.deepEqual(
        TEXTS.filter((text) => never.test(text.german)).map(({ key, german: said }) => `${key}: ${said}`),
        [],
      )
    })
  }
})
