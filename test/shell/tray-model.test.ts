// The tray for every state of life, platform and language: icon, words, commands.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { LifeState } from '../../proto/api/index.ts'
import { METHODS } from '../../proto/api/index.ts'
import { placesOf } from '../../proto/text/format.ts'
import { SHELL_TABLES, type ShellLanguage, shellText } from '../../proto/text/shell.ts'
import { MAX_ITEMS, trayIconFile, trayModel, type TrayItem } from '../../main/shell/tray-model.ts'
import { ALL_LIVES, around, certificate, DAY, HOUR, lifeState, NOW, stateWith } from './states.ts'

const ICONS = join(import.meta.dirname, '..', '..', 'assets', 'icons', 'tray')
const PLATFORMS = ['linux', 'darwin', 'win32'] as const
const LANGUAGES = ['en', 'de', 'en-XA'] as const satisfies readonly ShellLanguage[]
const BARS = ['light', 'dark', 'unknown'] as const

const written = (items: readonly TrayItem[]) => items.map((item) => (item.kind === 'line' ? '-' : item.label))

/** What a person reads, without the page for browsers. */
const ENGLISH: Readonly<Record<LifeState, { readonly icon: string; readonly lines: readonly string[] }>> = {
  starting: { icon: 'idle', lines: ['Starting', '-', 'Open Nodetrust', '-', 'Settings', 'Quit Nodetrust'] },
  'no-network': {
    icon: 'idle',
    lines: ['No network chosen yet', '-', 'Choose a network', 'Open Nodetrust', '-', 'Settings', 'Quit Nodetrust'],
  },
  idle: {
    icon: 'idle',
    lines: ['No certificate yet', '-', 'Get certificate', 'Open Nodetrust', '-', 'Settings', 'Quit Nodetrust'],
  },
  working: {
    icon: 'working',
    lines: [
      ...['Getting your certificate', 'Step 5 of 7', '-', 'Open Nodetrust', 'Cancel', '-', 'Settings'],
      'Quit Nodetrust and stop the work',
    ],
  },
  serving: {
    icon: 'serving',
    lines: [
      ...['Browsers trust this computer', 'Renews in about 41 days', '-', 'Open Nodetrust', 'Copy address'],
      ...['Test from a browser', '-', 'Settings', 'Quit Nodetrust and stop serving'],
    ],
  },
  renewing: {
    icon: 'serving',
    lines: [
      ...['Browsers trust this computer', 'Renewing just now', '-', 'Open Nodetrust', 'Copy address'],
      ...['Test from a browser', '-', 'Settings', 'Quit Nodetrust and stop serving'],
    ],
  },
  'renewal-failed': {
    icon: 'serving',
    lines: [
      ...['Browsers trust this computer', '29 days are left; next try at 14:30', '-', 'Try now', 'Open Nodetrust'],
      ...['-', 'Settings', 'Quit Nodetrust and stop serving'],
    ],
  },
  expired: {
    icon: 'attention',
    lines: [
      ...['The certificate has expired', 'Next try at 14:30', '-', 'Try now', 'Open Nodetrust', '-', 'Settings'],
      'Quit Nodetrust',
    ],
  },
  unreachable: {
    icon: 'attention',
    lines: [
      ...['Others cannot reach this computer', 'Looks again at 14:30', '-', 'What can I do?', 'Check now'],
      ...['Open Nodetrust', '-', 'Settings', 'Quit Nodetrust'],
    ],
  },
  'rate-limited': {
    icon: 'attention',
    lines: [
      ...['We have to wait until Monday', 'You need to do nothing', '-', 'Use another network', 'Open Nodetrust'],
      ...['-', 'Settings', 'Quit Nodetrust'],
    ],
  },
  refused: {
    icon: 'attention',
    lines: [
      ...['The network said no', 'Ask whoever invited you', '-', 'Use another network', 'Open Nodetrust', '-'],
      ...['Settings', 'Quit Nodetrust'],
    ],
  },
  offline: {
    icon: 'offline',
    lines: [
      ...['No internet at the moment', 'We go on when the connection is back', '-', 'Open Nodetrust', '-', 'Settings'],
      'Quit Nodetrust and stop serving',
    ],
  },
  'key-locked': {
    icon: 'attention',
    lines: [
      ...['Your password store is locked', 'Unlock it, and all goes on', '-', 'Unlock', 'Open Nodetrust', '-'],
      ...['Settings', 'Quit Nodetrust'],
    ],
  },
  failed: {
    icon: 'attention',
    lines: [
      ...['No certificate yet: something went wrong', 'Next try at 14:30', '-', 'Try now', 'Open Nodetrust', '-'],
      ...['Settings', 'Quit Nodetrust'],
    ],
  },
}

describe('the tray', () => {
  for (const life of ALL_LIVES) {
    it(`says in English where "${life}" stands and what one can do`, () => {
      const model = trayModel(lifeState(life), around({ hasBridge: false }))
      assert.deepEqual({ icon: model.icon, lines: written(model.items) }, ENGLISH[life])
    })

    it(`holds for "${life}" on every platform, bar and language`, () => {
      for (const platform of PLATFORMS) {
        for (const bar of BARS) {
          for (const language of LANGUAGES) {
            const model = trayModel(lifeState(life), around({ platform, bar }, language))
            assert.ok(model.items.length <= MAX_ITEMS, `${model.items.length} items`)
            assert.equal(new Set(model.items.map(({ id }) => id)).size, model.items.length, 'ids are unique')
            for (const id of ['state', 'open', 'settings', 'quit']) {
              assert.ok(
                model.items.some((item) => item.id === id),
                `"${id}" is missing`,
              )
            }
            assert.ok(!/\{|undefined|NaN/.test(JSON.stringify(written(model.items))), JSON.stringify(model.items))
            assert.equal(model.variant === 'black', platform === 'darwin', 'macOS colours its icons itself')
            for (const frame of [1, 2, 3]) assert.ok(existsSync(join(ICONS, trayIconFile(model, { frame }))))
            for (const item of model.items) {
              if (item.kind !== 'command' || item.action.kind !== 'call') continue
              assert.ok(Object.hasOwn(METHODS, item.action.method))
            }
            if (language !== 'en-XA') continue
            for (const item of model.items) {
              if (item.kind !== 'line') assert.match(item.label, /^\[.*·+\]$/u, 'every word comes from the table')
            }
          }
        }
      }
    })
  }

  it('does not say that there is no internet where only nobody answers', () => {
    const { items } = trayModel(stateWith({ current: certificate(), life: { state: 'offline' } }), around())
    assert.deepEqual(written(items).slice(0, 2), [
      'Nobody answers at the moment',
      'The network is away, or this computer is not online',
    ])
  })

  it('offers the page for browsers where there is one', () => {
    const model = trayModel(lifeState('serving'), around({ hasBridge: true }))
    assert.ok(written(model.items).includes('Open in a browser'))
  })

  it('copies the address that browsers take', () => {
    const copy = trayModel(lifeState('serving'), around()).items.find(({ id }) => id === 'copy')
    assert.deepEqual(copy?.kind === 'command' && copy.action, {
      kind: 'copy',
      text: '/dns4/203-0-113-7.pabc.example.org/tcp/4430/tls/ws',
    })
  })

  it('turns to "attention" when a renewal has failed and little is left', () => {
    for (const [left, icon] of [
      [18 * DAY, 'serving'],
      [9.1 * DAY, 'serving'],
      [8.9 * DAY, 'attention'],
    ] as const) {
      const current = certificate({ notAfter: NOW + left, notBefore: NOW + left - 90 * DAY })
      const state = stateWith({ current, life: { state: 'renewal-failed' } })
      assert.equal(trayModel(state, around()).icon, icon, `${left / DAY} days left`)
    }
  })

  it('says hours where days would say nothing', () => {
    const words = (renewAt: number) =>
      written(
        trayModel(stateWith({ current: certificate({ renewAt }), life: { state: 'serving' } }), around()).items,
      )[1]
    assert.equal(words(NOW + 47 * HOUR), 'Renews in about 47 hours')
    assert.equal(words(NOW + HOUR), 'Renews in about 1 hour')
    assert.equal(words(NOW - HOUR), 'Renews in about 1 hour')
  })

  it('says when at every distance, in both languages', () => {
    const title = (wait: number, language: ShellLanguage) => {
      const state = stateWith({ life: { state: 'rate-limited', nextTryAt: NOW + wait } })
      return written(trayModel(state, around({}, language)).items)[0]
    }
    assert.equal(title(2 * HOUR, 'en'), 'We have to wait until 14:00')
    assert.equal(title(20 * HOUR, 'en'), 'We have to wait until Saturday')
    assert.equal(title(13 * DAY, 'en'), 'We have to wait until December 3')
    assert.equal(title(2 * HOUR, 'de'), 'Wir müssen bis 14:00 warten')
    assert.equal(title(3 * DAY, 'de'), 'Wir müssen bis Montag warten')
    assert.equal(title(13 * DAY, 'de'), 'Wir müssen bis 3. Dezember warten')
    assert.equal(title(-HOUR, 'en'), 'We have to wait')
  })

  it('tells a test certificate from a real one', () => {
    const state = stateWith({ current: certificate({ test: true }), life: { state: 'serving' } })
    assert.equal(written(trayModel(state, around()).items)[0], 'A test certificate is in use')
  })

  it('says that nothing runs when the node could not start', () => {
    const model = trayModel(stateWith({ app: { phase: 'failed' }, current: certificate() }), around())
    assert.equal(model.icon, 'attention')
    assert.equal(written(model.items)[0], 'Nodetrust is not running')
    assert.equal(written(model.items).at(-1), 'Quit Nodetrust')
  })

  it('opens the window for a passphrase and asks the keychain for a locked key', () => {
    const action = (state: 'locked' | 'passphrase-needed') => {
      const item = trayModel(stateWith({ identity: { state }, life: { state: 'key-locked' } }), around()).items.find(
        ({ id }) => id === 'unlock',
      )
      return item?.kind === 'command' ? item.action.kind : undefined
    }
    assert.equal(action('locked'), 'call')
    assert.equal(action('passphrase-needed'), 'open')
  })

  it('writes "&" so that a menu shows it', () => {
    const text = shellText('en')
    const model = trayModel(stateWith(), around({ text: (key, values) => `R&D ${text(key, values)}` }))
    assert.equal(written(model.items)[0], 'R&&D No certificate yet')
    assert.equal(model.tooltip, 'R&D No certificate yet')
  })
})

describe('the words of the shell', () => {
  it('are there in every language, with the same places to fill in', () => {
    const english = SHELL_TABLES.en
    for (const [language, table] of Object.entries(SHELL_TABLES)) {
      assert.deepEqual(Object.keys(table).sort(), Object.keys(english).sort(), language)
      for (const [key, message] of Object.entries(table)) {
        const other = english[key as keyof typeof english]
        assert.deepEqual(placesOf(message), placesOf(other), `${language} ${key}`)
      }
    }
  })

  it('differ in German wherever they are words', () => {
    const same = Object.entries(SHELL_TABLES.de)
      .filter(([key, message]) => message === SHELL_TABLES.en[key as keyof typeof SHELL_TABLES.en])
      .map(([key]) => key)
    assert.deepEqual(same, ['until.today', 'until.weekday', 'until.date'])
  })
})
