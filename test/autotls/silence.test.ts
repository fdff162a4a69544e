// Since when a broker has not answered: counted in questions that nobody answered, kept over restarts, and ended by any answer.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { createBroker } from '../../main/issuers/autotls/broker.ts'
import { afterQuestion, isLongSilence, openSilences, type SilencesInit } from '../../main/issuers/autotls/silence.ts'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { temporaryDir } from '../main/support.ts'
import { freePorts } from '../support/free-port.ts'
import { manualClock, settle } from '../support/manual-clock.ts'
import { startRawServer } from '../support/raw-server.ts'

const DAY = 24 * 3_600_000
const LIFE = 90 * DAY
const FORGE = 'f.example.org'

async function opened(t: TestContext, change: Partial<SilencesInit> = {}) {
  const clock = manualClock()
  const dir = change.dir ?? (await temporaryDir(t))
  const init = { dir, forges: [FORGE], clock, log: silentLog, onChange: () => undefined, hasNetwork: () => true }
  return { clock, dir, silences: await openSilences({ ...init, ...change }), init: { ...init, ...change } }
}

describe('a silence', () => {
  test('begins with the first question that nobody answered, and ends with any answer', () => {
    const first = afterQuestion(undefined, false, 1_000)
    assert.deepEqual(first, { since: 1_000, last: 1_000 })
    assert.deepEqual(afterQuestion(first, false, 5_000), { since: 1_000, last: 5_000 })
    assert.equal(afterQuestion(first, true, 5_000), undefined)
    assert.deepEqual(afterQuestion({ since: 9_000, last: 9_000 }, false, 5_000), { since: 5_000, last: 5_000 })
  })

  test('is long after a third of the certificate’s life, and after two days without one', () => {
    const lasting = (ms: number) => ({ since: 1_000, last: 1_000 + ms })
    assert.ok(!isLongSilence(lasting(30 * DAY - 1), LIFE))
    assert.ok(isLongSilence(lasting(30 * DAY), LIFE))
    assert.ok(isLongSilence(lasting(2 * DAY), 6 * DAY))
    assert.ok(!isLongSilence(lasting(2 * DAY - 1), undefined))
    assert.ok(isLongSilence(lasting(2 * DAY), undefined))
  })
})

describe('the silences of a node', () => {
  test('survive a restart, and count questions instead of the time that passed', async (t) => {
    const { clock, silences, init } = await opened(t)
    const since = clock.now()
    silences.noted(FORGE, false)
    await clock.advance(31 * DAY)
    assert.equal(silences.long(LIFE), undefined, 'nobody asked meanwhile: the machine may have been off')
    silences.noted(FORGE, false)
    assert.deepEqual(silences.long(LIFE), { forge: FORGE, since })
    await silences.ended()
    const again = await openSilences(init)
    assert.deepEqual(again.long(LIFE), { forge: FORGE, since })
    again.noted(FORGE, true)
    assert.equal(again.long(LIFE), undefined)
  })

  test('are told where all forges are silent, and of forges that are still chosen', async (t) => {
    const { clock, silences, init } = await opened(t, { forges: [FORGE, 'g.example.org'] })
    for (const forge of [FORGE, 'g.example.org', 'stranger.example.org']) silences.noted(forge, false)
    await clock.advance(3 * DAY)
    silences.noted(FORGE, false)
    assert.equal(silences.long(undefined), undefined)
    silences.noted('g.example.org', false)
    assert.equal(silences.long(undefined)?.forge, FORGE)
    assert.equal((await openSilences({ ...init, forges: ['h.example.org'] })).long(undefined), undefined)
    assert.equal((await openSilences({ ...init, forges: [] })).long(undefined), undefined)
  })

  test('do not begin on a machine without a network', async (t) => {
    const { clock, silences } = await opened(t, { hasNetwork: () => false })
    silences.noted(FORGE, false)
    await clock.advance(3 * DAY)
    silences.noted(FORGE, false)
    assert.equal(silences.long(undefined), undefined)
  })

  test('begin anew where the file is damaged', async (t) => {
    const dir = await temporaryDir(t)
    for (const text of ['', '{', '[]', '{"f.example.org":{"since":"x"}}', 'x'.repeat(100_000)]) {
      await writeFile(join(dir, 'forges.silence.json'), text)
      const { silences } = await opened(t, { dir })
      assert.equal(silences.long(undefined), undefined)
    }
  })

  test('ask once a day those that nobody asked for a day', async (t) => {
    const { clock, silences } = await opened(t)
    const ending = new AbortController()
    let asked = 0
    const ask = async () => {
      asked += 1
      silences.noted(FORGE, true)
    }
    const keeping = silences.keepAsking(ask, ending.signal)
    for (let hours = 0; hours < 72; hours++) {
      await clock.advance(3_600_000)
      await settle()
    }
    assert.equal(asked, 3, 'after the first hour, and a day after each time')
    ending.abort()
    await keeping
  })
})

test('a broker that refuses has answered, and what stands in its place has not', async (t) => {
  const key = await generateKeyPair('Ed25519')
  const heard = async (port: number) => {
    const answers: boolean[] = []
    const url = new URL(`http://127.0.0.1:${port}`)
    const broker = createBroker({ url, key, clock: manualClock(), onQuestion: (answered) => answers.push(answered) })
    await broker.health(AbortSignal.timeout(10_000)).catch(() => undefined)
    broker.close()
    return answers
  }
  const answering = async (head: string) => {
    const { port } = await startRawServer(t, { asked: (socket) => void socket.end(`HTTP/1.1 ${head}\r\n\r\n`) })
    return heard(port)
  }
  assert.deepEqual(await answering('204 No Content'), [true])
  assert.deepEqual(await answering('403 Forbidden\r\nContent-Length: 0'), [true])
  assert.deepEqual(await answering('503 Busy\r\nContent-Length: 0'), [true])
  assert.deepEqual(await answering('200 OK\r\nContent-Type: text/html\r\nContent-Length: 0'), [false])
  assert.deepEqual(await answering('502 Bad Gateway\r\nContent-Length: 0'), [false])
  const [free = 0] = await freePorts(1)
  assert.deepEqual(await heard(free), [false])
})
