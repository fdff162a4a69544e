// The pure parts of the page: names, times, lines, codes, lists. No DOM.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assert as always, domain, double, integer, property } from 'fast-check'
import jsqr from 'jsqr'
import { en } from '../../proto/text/en.ts'
import { de } from '../../proto/text/de.ts'
import { STEP_NAMES, STEP_NOTES, WAY_STEPS } from '../../proto/api/index.ts'
import { chooseLanguage, createWords } from '../../proto/text/index.ts'
import { forgeFailure, nextForge, refusedTitle, stepName, stepSentence } from '../../proto/text/ways.ts'
import { backOffMs } from '../../renderer/host/back-off.ts'
import { judgePush } from '../../renderer/revision.ts'
import { addressGroups } from '../../renderer/say/addresses.ts'
import { byDay, entriesToShow, passes, sayEntry, type ActivityEntry } from '../../renderer/say/activity.ts'
import { historyToShow, historyWords } from '../../renderer/say/history.ts'
import { shortHost, shortPeer } from '../../renderer/say/names.ts'
import { reachOf } from '../../renderer/say/reach.ts'
import { bestTrust, findPeers, nameOfPeer, peersToShow } from '../../renderer/say/peers.ts'
import { qrPath, qrText } from '../../proto/qr.ts'
import { timelinePlaces } from '../../renderer/say/timeline.ts'
import { readWay } from '../../renderer/way.ts'
import { peerAddress } from '../support/peer-address.ts'
import type { ApiErrorCode, Params, Step, StepName, Way } from '../../proto/api/index.ts'
import { HOST, NOW, PEER_ID, SERVING, TEST_URL, TIME_ZONE } from '../support/page-host/states.ts'

const english = createWords('en', en, 'en-GB', TIME_ZONE)
const german = createWords('de', de, 'de', TIME_ZONE)
const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('names', () => {
  it('are shortened in the long label and break before the zone', () => {
    assert.deepEqual(shortHost(HOST), { head: ['203-0-113-7.', 'pk5…4yeapabg'], tail: '.nodetrust.example' })
    assert.deepEqual(shortHost('203.0.113.7'), { head: ['203.0.113.7'], tail: '' })
    assert.deepEqual(shortHost('2001:db8::1'), { head: ['2001:db8::1'], tail: '' })
    assert.deepEqual(shortHost('example.org'), { head: ['example'], tail: '.org' })
    assert.equal(shortPeer(PEER_ID), '12D3…6jwLVvp4')
  })

  it('never lose anything but the middle of a long label', () => {
    always(
      property(domain(), (host) => {
        const { head, tail } = shortHost(host)
        const shown = head.join('') + tail
        if (host.split('.').every((label) => label.length <= 20)) assert.equal(shown, host)
        else assert.ok(shown.includes('…') && shown.length < host.length)
      }),
    )
  })

  it('tell from where they can be reached', () => {
    const table = {
      [HOST]: 'anywhere',
      '203.0.113.7': 'anywhere',
      '2001:db8::1': 'anywhere',
      '192.168.178.24': 'home',
      '10.0.0.1': 'home',
      '172.31.0.1': 'home',
      '172.32.0.1': 'anywhere',
      '100.64.0.1': 'home',
      '100.128.0.1': 'anywhere',
      'fe80::1': 'home',
      'fd12::1': 'home',
      '192-168-178-24.pabc.example.org': 'home',
      '127-0-0-1.pabc.sandbox.test': 'here',
      'ip4127-0-0-1.ip.sandbox.test': 'here',
      '127.0.0.1': 'here',
      '::1': 'here',
      '0--1.k51abc.sandbox.test': 'here',
      'fd00--2.k51abc.example.org': 'home',
      'ip6fd00--2.ip.example.org': 'home',
      'ip6fe80-0-0-0-0-0-0-1.ip.example.org': 'home',
      '2001-db8--7.k51abc.example.org': 'anywhere',
      '8-8-8-8.k51abc.example.org': 'anywhere',
      'fd.example.org': 'anywhere',
    } as const
    for (const [host, reach] of Object.entries(table)) assert.equal(reachOf(host), reach, host)
  })
})

describe('times', () => {
  it('are told as people tell them', () => {
    const { moment, day, relative, span, lasted } = english.times
    assert.equal(moment(NOW + 3 * HOUR, NOW), 'today at 17:02')
    assert.equal(moment(NOW + 18 * HOUR, NOW), 'tomorrow at 08:02')
    assert.equal(moment(NOW + 3 * DAY, NOW), 'Monday at 14:02')
    assert.equal(moment(NOW + 30 * DAY, NOW), '20 December at 14:02')
    assert.equal(day(NOW + 3 * DAY, NOW), 'Monday')
    assert.equal(relative(NOW + 41 * DAY, NOW), 'in 41 days')
    assert.equal(relative(NOW - 4 * 60_000, NOW), '4 minutes ago')
    assert.equal(relative(NOW + 10_000, NOW), 'just now')
    assert.equal(span(29.9 * DAY), '29 days')
    assert.equal(span(47 * HOUR), '47 hours')
    assert.equal(lasted(14_900), '0:14')
    assert.equal(lasted(3_723_000), '1:02:03')
  })

  it('are told in German', () => {
    const { moment, relative, span, dayHeading } = german.times
    assert.equal(moment(NOW + 3 * DAY, NOW), 'am Montag um 14:02')
    assert.equal(relative(NOW + 41 * DAY, NOW), 'in 41 Tagen')
    assert.equal(span(29.9 * DAY), '29 Tage')
    assert.equal(dayHeading(NOW - DAY, NOW), 'Gestern')
  })

  it('count days by the calendar, also where a day has 25 hours', () => {
    const evening = Date.UTC(2026, 9, 24, 21, 30)
    assert.equal(english.times.moment(evening + 4 * HOUR, evening), 'tomorrow at 02:30')
    assert.equal(english.times.moment(evening + 25 * HOUR, evening), 'tomorrow at 23:30')
  })

  it('are never broken sentences, whatever the moment', () => {
    always(
      property(integer({ min: -4e11, max: 4e11 }), (difference) => {
        for (const { times } of [english, german]) {
          for (const text of [
            times.moment(NOW + difference, NOW),
            times.relative(NOW + difference, NOW),
            times.span(difference),
          ]) {
            assert.doesNotMatch(text, /\{|undefined|NaN|Infinity/)
          }
        }
      }),
    )
  })
})

describe('the language', () => {
  it('follows the setting, else the system', () => {
    assert.deepEqual(chooseLanguage('system', ['fr-FR', 'de-AT', 'en']), { language: 'de', locale: 'de-AT' })
    assert.deepEqual(chooseLanguage('system', ['fr-FR']), { language: 'en', locale: 'en' })
    assert.deepEqual(chooseLanguage('de', ['en-US']), { language: 'de', locale: 'de' })
    assert.deepEqual(chooseLanguage('en', ['de', 'en-GB']), { language: 'en', locale: 'en-GB' })
  })
})

describe('the line of a life', () => {
  it('keeps its words apart and inside', () => {
    always(
      property(double({ min: -0.5, max: 1.5, noNaN: true }), double({ min: 0, max: 1, noNaN: true }), (now, renew) => {
        const { now: present, renew: mark } = timelinePlaces(
          NOW,
          NOW + 100 * DAY,
          NOW + renew * 100 * DAY,
          NOW + now * 100 * DAY,
        )
        assert.ok(present.at >= 0 && present.at <= 100)
        assert.ok(mark !== undefined && mark.wordsAt >= 33 && mark.wordsAt <= 67)
      }),
    )
  })

  it('has no mark without a renewal, and stands at its end for a life of no length', () => {
    assert.equal(timelinePlaces(NOW, NOW + DAY, null, NOW).renew, undefined)
    assert.equal(timelinePlaces(NOW, NOW, null, NOW).now.at, 100)
  })
})

describe('the QR code', () => {
  it('says what was asked for, in capitals where that is the same', () => {
    assert.equal(readQr(qrText(TEST_URL)).toLowerCase(), TEST_URL)
    const address = `/dns4/${HOST}/tcp/4430/tls/ws/p2p/${PEER_ID}`
    assert.equal(readQr(qrText(address)), address)
  })

  it('is smaller in capitals', () => {
    assert.ok((qrPath(qrText(TEST_URL))?.size ?? 0) < (qrPath(TEST_URL)?.size ?? 0))
  })

  it('is left out where a text is too long', () => {
    assert.equal(qrPath('x'.repeat(4_000)), undefined)
  })
})

/** Draws the path into pixels and reads it as a phone would. */
function readQr(text: string): string {
  const code = qrPath(text)
  assert.ok(code)
  const scale = 4
  const side = code.size * scale
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255)
  for (const [, x, y, width] of code.path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row += 1) {
      for (let column = Number(x) * scale; column < (Number(x) + Number(width)) * scale; column += 1) {
        pixels.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3)
      }
    }
  }
  const read = (jsqr as unknown as { default: typeof jsqr }).default ?? jsqr
  return (
    (read as unknown as (data: Uint8ClampedArray, width: number, height: number) => { data: string } | null)(
      pixels,
      side,
      side,
    )?.data ?? ''
  )
}

describe('addresses', () => {
  it('come for people first, and from anywhere first', () => {
    const groups = addressGroups(SERVING.addresses)
    assert.deepEqual(
      groups.map(({ reach, lines }) => [reach, lines.map(({ use }) => use)]),
      [
        ['anywhere', ['people', 'web', 'peer']],
        ['home', ['peer']],
      ],
    )
    assert.equal(groups[0]?.lines[0]?.address, TEST_URL)
  })

  it('of a practice network lead to this computer alone, whatever they look like', () => {
    const groups = addressGroups(SERVING.addresses, true)
    assert.deepEqual(
      groups.map(({ reach }) => reach),
      ['here'],
    )
  })

  it('are none where there are none', () => {
    assert.deepEqual(addressGroups({ host: null, testUrl: null, visit: null, list: [] }), [])
  })
})

describe('peers', () => {
  it('are listed by connection, then by when they were seen', () => {
    const shown = peersToShow(SERVING.peers.list, 'all')
    assert.equal(shown.length, 9)
    assert.deepEqual(shown.map(({ connected }) => connected).indexOf(false), 6)
    assert.equal(peersToShow(SERVING.peers.list, 'connected').length, 6)
  })

  it('are found by any part of their name or address, whatever the capitals', () => {
    const { list } = SERVING.peers
    const [one] = list
    assert.ok(one)
    assert.deepEqual(findPeers(list, ''), list)
    assert.ok(findPeers(list, one.peerId.slice(-6).toUpperCase()).includes(one))
    const address = list.flatMap(({ addresses }) => addresses)[0]?.address ?? ''
    assert.ok(findPeers(list, `  ${address.slice(1, 12)} `).length > 0)
    assert.deepEqual(findPeers(list, `${one.peerId} nobody-has-this`), [])
    const named = { ...one, name: 'Mira’s Laptop' }
    assert.deepEqual(findPeers([named, ...list.slice(1)], 'laptop mira'), [named])
    assert.deepEqual([nameOfPeer(named), nameOfPeer({ peerId: one.peerId })], ['Mira’s Laptop', shortPeer(one.peerId)])
  })

  it('have the best word of their addresses', () => {
    const address = '/ip4/198.51.100.1/tcp/1'
    assert.equal(bestTrust([]), 'unverified')
    assert.equal(bestTrust([peerAddress(address, 'unverified'), peerAddress(address, 'certified')]), 'certified')
    assert.equal(bestTrust([peerAddress(address, 'certified'), peerAddress(address, 'added')]), 'added')
  })
})

describe('what happened', () => {
  const entry = (code: string, rest: Partial<ActivityEntry> = {}): ActivityEntry => ({
    ...{ id: 1, at: NOW, level: 'info', code, params: {}, detail: '' },
    ...rest,
  })

  it('is said in our words where we have them', () => {
    assert.equal(
      sayEntry(entry('connected', { params: { peer: PEER_ID } }), english).text,
      'Connected to 12D3…6jwLVvp4.',
    )
    assert.equal(sayEntry(entry('connected'), english).text, 'Connected to Another computer.')
    assert.equal(sayEntry(entry('failed:disk', { detail: 'ENOSPC' }), german).text, de['error.disk'])
    assert.equal(
      sayEntry(entry('step', { params: { step: 'proof', status: 'done' } }), english).text,
      'Proving your address: done.',
    )
  })

  it('is said of a forge by its name', () => {
    const params = { from: 'one.example.net', to: 'two.example.net' }
    assert.match(
      sayEntry(entry('next-forge', { params }), english).text,
      /one\.example\.net, so two\.example\.net was asked/,
    )
    const { to } = params
    assert.match(
      sayEntry(entry('next-forge', { params: { to } }), english).text,
      /^The servers .* so two\.example\.net/,
    )
    const failed = sayEntry(
      entry('failed:broker-unavailable', { params: { forge: to }, detail: 'ECONNREFUSED' }),
      german,
    )
    assert.deepEqual(failed, { text: german.text('forge.broker-unavailable', { forge: to }), ours: true })
    const limit = entry('failed:rateLimited', { params: { forge: to, retryAt: '2026-11-27T09:00:00.000Z' } })
    assert.equal(sayEntry(limit, english).text, en['forge.ca-limit'])
    assert.equal(
      sayEntry(entry('step', { params: { step: 'proof', status: 'done', forge: to } }), english).text,
      'Answering the door: done.',
    )
  })

  it('is shown as it came where we have none', () => {
    assert.deepEqual(sayEntry(entry('failed:queue-full', { detail: 'the line is full' }), english), {
      text: 'the line is full',
      ours: false,
    })
    assert.equal(sayEntry(entry('constructor', { detail: 'x' }), english).text, 'x')
    assert.equal(sayEntry(entry('from-the-future'), english).text, en['event.note'])
  })

  it('is filtered by what it is about', () => {
    assert.ok(passes(entry('wss'), 'certificate'))
    assert.ok(!passes(entry('wss'), 'network'))
    assert.ok(passes(entry('failed:disk', { level: 'attention' }), 'problems'))
    assert.ok(!passes(entry('connected'), 'problems'))
  })

  it('leaves out beginnings of steps and steps that only programs know', () => {
    const steps = [
      entry('step', { params: { step: 'proof', status: 'begin' } }),
      entry('step', { params: { step: 'key', status: 'done' } }),
      entry('step', { params: { step: 'proof', status: 'done' } }),
    ]
    assert.deepEqual(entriesToShow(steps), steps.slice(2))
  })

  it('is kept by day', () => {
    const days = byDay([{ at: NOW }, { at: NOW - HOUR }, { at: NOW - DAY }], (at) => english.times.dayHeading(at, NOW))
    assert.deepEqual(
      days.map(({ day, entries }) => [day, entries.length]),
      [
        ['Today', 2],
        ['Yesterday', 1],
      ],
    )
  })

  it('says of a failure why, and leaves out the beginning of what has ended', () => {
    const { history } = SERVING.certificate
    assert.deepEqual(
      historyToShow(history).map(({ what }) => what),
      ['swapped', 'order-ended', 'order-ended', 'failed', 'order-ended'],
    )
    assert.equal(
      historyWords({ at: NOW, what: 'failed', code: 'ca-unavailable', detail: '' }, english).say,
      en['error.ca-unavailable'],
    )
    assert.equal(
      historyWords({ at: NOW, what: 'failed', code: 'strange', detail: '' }, english).say,
      en['history.failed.say'],
    )
    assert.equal(
      historyWords({ at: NOW, what: 'order-ended', code: 'cancelled', detail: '' }, english).title,
      en['history.cancelled'],
    )
  })
})

describe('a way to a certificate', () => {
  const forge = 'two.example.net'
  const FORGE: Way = { kind: 'forge', forge, before: null }
  const shown = (name: StepName, rest: Partial<Step> = {}): Step => ({
    ...{ name, status: 'waiting', startedAt: null, ms: null, note: 'none', params: {}, detail: '' },
    ...rest,
  })

  it('has its own words for what differs, and the usual ones for the rest', () => {
    assert.equal(stepName('prove', 'network', english), en['step.prove'])
    assert.equal(stepName('prove', 'forge', english), en['step.forge.prove'])
    assert.equal(stepName('serve', 'forge', english), en['step.serve'])
    assert.equal(stepSentence(shown('prove'), FORGE, english), 'two.example.net knocks at your door.')
    assert.equal(stepSentence(shown('prove'), { kind: 'network' }, english), en['step.prove.soon'])
    const published = shown('publish', { status: 'done', note: 'published' })
    assert.equal(stepSentence(published, FORGE, english), en['note.forge.published'])
    assert.equal(stepSentence(published, { kind: 'network' }, english), en['note.published'])
  })

  it('speaks of helpers and of the network only where there are some', () => {
    const words = (language: typeof english, way: Way) =>
      WAY_STEPS[way.kind].flatMap((name) =>
        (['waiting', 'now'] as const).map((status) => stepSentence(shown(name, { status }), way, language)),
      )
    assert.ok(words(english, { kind: 'network' }).some((text) => /helpers|network/i.test(text)))
    assert.ok(!words(english, FORGE).some((text) => /helper|network/i.test(text)))
    assert.ok(!words(german, FORGE).some((text) => /helfer|netzwerk/i.test(text)))
    for (const table of [en, de]) {
      const told = Object.entries(table).filter(([key]) => /^(forge|next|note\.forge|step\.forge)\.(?!own$)/.test(key))
      assert.ok(told.length > 20)
      assert.deepEqual(
        told.filter(([, text]) => /helper|helfer|issue server/i.test(JSON.stringify(text))).map(([key]) => key),
        [],
      )
    }
  })

  it('has words of its own for steps and notes that there are, and for no others', () => {
    const own = Object.keys(en).flatMap(
      (key) => /^(?:step|note)\.(?:forge|network)\.(.*?)(?:\.(?:now|soon))?$/.exec(key)?.[1] ?? [],
    )
    const known: readonly string[] = [...STEP_NAMES, ...STEP_NOTES]
    assert.ok(own.length > 8)
    assert.deepEqual(
      own.filter((name) => !known.includes(name)),
      [],
    )
  })

  it('says who was asked before, and why that one was left', () => {
    const after = (why: ApiErrorCode, before: string | null = 'one.example.net') =>
      nextForge({ kind: 'forge', forge, before: { forge: before, why } }, english)
    const said = (['server-unreachable', 'ca-limit', 'refused', 'unreachable', 'failed'] as const).map((why) =>
      after(why),
    )
    assert.equal(new Set(said).size, said.length)
    for (const text of said) assert.match(text ?? '', /one\.example\.net.* Now we ask two\.example\.net\.$/)
    assert.match(after('server-unreachable', null) ?? '', /^The servers of your network/)
    assert.equal(nextForge(FORGE, english), undefined)
    assert.equal(nextForge({ kind: 'network' }, english), undefined)
  })

  it('says what failed at a forge with its name, and how many others did not do it', () => {
    const at = (code: string, more: Params = {}) =>
      forgeFailure({ code: 'failed', params: { code, forge, ...more } }, english)
    for (const code of [
      'broker-unavailable',
      'broker-limit',
      'forge-token',
      'bad-broker',
      'value-not-shown',
      'not-dialled',
    ]) {
      assert.match(at(code) ?? '', /two\.example\.net/, code)
    }
    assert.equal(at('challenge-failed', { others: 2 })?.endsWith('The 2 others did not do it either.'), true)
    assert.equal(at('rateLimited', { until: NOW }), en['forge.ca-limit'])
    assert.equal(at('rateLimited'), en['forge.ca-paused'])
    assert.equal(at('disk'), undefined)
    assert.equal(at('toString'), undefined)
    assert.equal(forgeFailure({ code: 'failed', params: { code: 'broker-limit' } }, english), undefined)
  })

  it('is refused by the one who said no', () => {
    const by = (code: string) => refusedTitle({ code: 'refused', params: { code, forge } }, english)
    assert.equal(by('forge-token'), 'two.example.net said no')
    assert.equal(by('broker-refused'), 'two.example.net said no')
    assert.equal(by('rejectedIdentifier'), en['home.refused.title-authority'])
    assert.equal(refusedTitle(null, english), en['home.refused.title'])
    assert.equal(
      refusedTitle({ code: 'refused', params: { code: 'not-authorized' } }, english),
      en['home.refused.title'],
    )
  })
})

describe('the way to a page', () => {
  it('is read from what stands behind #', () => {
    assert.deepEqual(readWay('#peers'), { to: 'view', view: 'peers' })
    assert.deepEqual(readWay(''), { to: 'view', view: 'home' })
    assert.deepEqual(readWay('#constructor'), { to: 'view', view: 'home' })
    assert.deepEqual(readWay('#t=abc'), { to: 'code', code: 'abc' })
    assert.deepEqual(readWay('#join=nodetrust%3A%2F%2Fjoin%2Fa.example'), {
      to: 'invitation',
      invitation: 'nodetrust://join/a.example',
    })
    assert.deepEqual(readWay('#join=%'), { to: 'invitation', invitation: '' })
  })
})

describe('the connection', () => {
  it('is tried soon, then seldom, never at the same moment by all', () => {
    assert.equal(backOffMs(0, 0), 400)
    assert.equal(backOffMs(3, 0), 3_200)
    assert.equal(backOffMs(99, 0), 10_000)
    assert.ok(backOffMs(3, 0.99) < backOffMs(3, 0))
  })

  it('notices a push that was missed', () => {
    assert.equal(judgePush(-1, 5), 'gap')
    assert.equal(judgePush(4, 5), 'apply')
    assert.equal(judgePush(5, 5), 'old')
    assert.equal(judgePush(5, 7), 'gap')
  })
})
