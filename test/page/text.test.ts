// The words are complete in every language: same keys, same places, a sentence for every code that the contract knows, and no
// text in the page that is not looked up.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseAst } from 'vite'
import { FIRST_WORDS } from '../../core/commands/table.ts'
import {
  API_ERROR_CODES,
  HISTORY_CODES,
  IDENTITY_STORES,
  LANGUAGES,
  LIFE_STATES,
  NOTICE_CODES,
  STEP_NAMES,
  STEP_NOTES,
  THEMES,
  UNREACHABLE_REASONS,
} from '../../proto/api/index.ts'
import { placesOf } from '../../proto/text/format.ts'
import { de } from '../../proto/text/de.ts'
import { en } from '../../proto/text/en.ts'
import { createWords, type Language, type TextKey } from '../../proto/text/index.ts'
import { tableOf } from '../../proto/text/languages.ts'
import { lifeWords } from '../../proto/text/life.ts'
import { VIEWS } from '../../renderer/way.ts'
import { NOW, SCENES, SERVING, TIME_ZONE } from '../support/page-host/states.ts'

const SPOKEN: readonly Language[] = ['en', 'de', 'en-XA']
const keys = Object.keys(en) as TextKey[]
const root = join(import.meta.dirname, '..', '..')

describe('the words of the window', () => {
  for (const language of SPOKEN) {
    const table = tableOf(language)

    it(`has the same keys in ${language}`, () => {
      assert.deepEqual(Object.keys(table).toSorted(), keys.toSorted())
    })

    it(`has the same places in ${language}`, () => {
      for (const key of keys) assert.deepEqual(placesOf(table[key]), placesOf(en[key]), key)
    })

    it(`leaves nothing empty in ${language}`, () => {
      const empty = keys.filter((key) => key !== 'note.none' && JSON.stringify(table[key]).length < 3)
      assert.deepEqual(empty, [])
    })

    it(`has every plural form that ${language} needs`, () => {
      const categories = new Intl.PluralRules(language === 'en-XA' ? 'en' : language).resolvedOptions().pluralCategories
      for (const key of keys) {
        const message = table[key]
        if (typeof message !== 'string') assert.deepEqual(Object.keys(message).toSorted(), categories.toSorted(), key)
      }
    })
  }

  it('says something for every code of the contract', () => {
    const wanted = [
      ...API_ERROR_CODES.map((code) => `error.${code}`),
      ...UNREACHABLE_REASONS.flatMap((code) => [`unreachable.${code}`, `reach.meaning.${code}`]),
      ...STEP_NAMES.flatMap((name) => [`step.${name}`, `step.${name}.now`, `step.${name}.soon`]),
      ...STEP_NOTES.map((note) => `note.${note}`),
      ...NOTICE_CODES.map((code) => `notice.${code}`),
      ...HISTORY_CODES.flatMap((code) => [`history.${code}`, `history.${code}.say`]),
      ...THEMES.map((theme) => `settings.theme.${theme}`),
      ...LANGUAGES.map((language) => `settings.language.${language}`),
      ...IDENTITY_STORES.map((store) => `settings.key.${store}`),
      ...VIEWS.map((view) => `nav.${view}`),
    ]
    assert.deepEqual(
      wanted.filter((key) => !Object.hasOwn(en, key)),
      [],
    )
  })

  it('needs no values for the sentence of a failure', () => {
    for (const code of API_ERROR_CODES) assert.deepEqual(placesOf(en[`error.${code}`]), [], code)
  })

  it('has no exclamation mark, no double space and no straight quotation mark', () => {
    for (const [name, table] of Object.entries({ en, de })) {
      const wrong = Object.entries(table).filter(([, message]) =>
        /!|  |"/.test(JSON.stringify(message).replaceAll('"', '')),
      )
      assert.deepEqual(wrong, [], name)
    }
  })

  it('differs between English and German wherever there are words', () => {
    const same = keys.filter((key) => JSON.stringify(en[key]) === JSON.stringify(de[key]))
    const names = same.filter((key) =>
      /^(?:app|nav\.peers|settings\.(?:version|language|browser|theme\.system)|.*code|.*test|.*name|.*server|note\.none|settings.language\..*)$/.test(
        key,
      ),
    )
    assert.deepEqual(
      same.filter((key) => !names.includes(key)),
      [],
    )
  })
})

describe('the words of every state of the life', () => {
  for (const language of SPOKEN) {
    const words = createWords(language, tableOf(language), language === 'en-XA' ? 'en' : language, TIME_ZONE)

    it(`are complete sentences in ${language}`, () => {
      for (const { name, state } of SCENES) {
        const { title, sentence, action } = lifeWords(state, words, NOW)
        for (const text of [title, sentence, ...(action.do === 'none' ? [] : [action.label])]) {
          assert.ok(text.length > 3, `${name}: "${text}"`)
          assert.doesNotMatch(text, /\{\w+\}|undefined|NaN/, name)
        }
      }
    })
  }

  it('differ from state to state, but where the certificate is in service', () => {
    const words = createWords('en', en, 'en-GB', TIME_ZONE)
    const said = LIFE_STATES.map((state) => {
      const life = { state, problem: null, reason: null, nextTryAt: null }
      const { title, sentence } = lifeWords({ ...SERVING, certificate: { ...SERVING.certificate, life } }, words, NOW)
      return `${title} ${sentence}`
    })
    assert.equal(new Set(said).size, said.length)
  })

  it('ask for the key where the node does not run for want of it', () => {
    const words = createWords('en', en, 'en-GB', TIME_ZONE)
    const problem = { code: 'key-locked', params: {}, retryable: true, detail: '' } as const
    const app = { ...SERVING.app, phase: 'failed', problem } as const
    const said = lifeWords({ ...SERVING, app, identity: { ...SERVING.identity, state: 'locked' } }, words, NOW)
    assert.equal(said.title, en['home.key-locked.title'])
    assert.equal(said.action.do, 'unlock')
  })

  it('call a rehearsal passed, not failed', () => {
    const rehearsed = SCENES.find(({ name }) => name === 'home-rehearsed')?.state ?? SERVING
    for (const [words, passed] of [
      [createWords('en', en, 'en-GB', TIME_ZONE), /passed/],
      [createWords('de', de, 'de', TIME_ZONE), /bestanden/],
    ] as const) {
      const { title, scene } = lifeWords(rehearsed, words, NOW)
      assert.match(title, passed)
      assert.notEqual(scene, 'alert')
    }
  })

  it('tell when it is tried again, in the words of the calendar', () => {
    const words = createWords('en', en, 'en-GB', TIME_ZONE)
    const german = createWords('de', de, 'de', TIME_ZONE)
    const limited = SCENES.find(({ name }) => name === 'home-rate-limited')?.state ?? SERVING
    assert.equal(lifeWords(limited, words, NOW).title, 'We have to wait until Monday')
    assert.equal(lifeWords(limited, german, NOW).title, 'Wir müssen bis Montag warten')
  })
})

describe('the page', () => {
  it('has no text of its own', async () => {
    for (const file of globSync('renderer/**/*.tsx', { cwd: root })) {
      const found: string[] = []
      collectText(parseAst(await readFile(join(root, file), 'utf8'), { lang: 'tsx' }), found)
      assert.deepEqual(found, [], file)
    }
  })

  it('has no style attribute, no raw HTML and nothing that a strict policy refuses', async () => {
    for (const file of globSync('renderer/**/*.{ts,tsx,html}', { cwd: root })) {
      const source = await readFile(join(root, file), 'utf8')
      assert.doesNotMatch(
        source,
        /\sstyle=|dangerouslySetInnerHTML|innerHTML\s*=|outerHTML|document\.write|\beval\(|new Function/,
        file,
      )
    }
  })
})

/** Attributes that people read or hear. */
const SAID = ['aria-label', 'title', 'alt', 'placeholder', 'label', 'say', 'hint', 'summary', 'words']

/** Finds words that stand in the source of a page. */
function collectText(node: unknown, found: string[]): void {
  if (Array.isArray(node)) return node.forEach((one) => collectText(one, found))
  if (typeof node !== 'object' || node === null) return
  const { type, value, name } = node as { type?: string; value?: { value?: unknown }; name?: { name?: string } }
  const said =
    type === 'JSXText' ? value : type === 'JSXAttribute' && SAID.includes(name?.name ?? '') ? value?.value : undefined
  if (typeof said === 'string' && /\p{L}{2}/u.test(said)) found.push(said.trim())
  for (const child of Object.values(node)) collectText(child, found)
}

/** A command by a name that is found only where it is installed; a clone has it as `bin/nodetrust`, so `{own}` stands for it. */
const BARE = new RegExp(`\\bnodetrust (?:${FIRST_WORDS.join('|')}|--)(?![\\w-])|\\bnpx nodetrust\\b`)

describe('a command that the page names', () => {
  for (const language of SPOKEN)
    it(`is called in ${language} as it can be typed where the node was started`, () => {
      const table = tableOf(language)
      assert.deepEqual(
        keys.filter((key) => BARE.test(JSON.stringify(table[key]))),
        [],
      )
    })

  it('is called so in what stands in no table too', async () => {
    const files = [
      ...globSync('renderer/**/*.{ts,tsx,html}', { cwd: root }),
      ...globSync('main/bridge/*.ts', { cwd: root }),
    ]
    assert.ok(files.length > 50, 'the page is elsewhere')
    for (const file of files) {
      const text = (await readFile(join(root, file), 'utf8')).replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
      assert.doesNotMatch(text, BARE, file)
    }
    assert.match('run "nodetrust open"', BARE)
  })
})
