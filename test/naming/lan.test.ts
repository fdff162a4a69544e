// A name in the local network, judged by avahi on another machine: found by its name, listed as a service, with a statement that the name's
// key has signed; and gone when it is told no more.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { makeNamingKey } from '../../core/nostr/keys.ts'
import { answersTo, isKnown, lanRecords, readStatement, statementTexts } from '../../main/naming/mdns/lan-records.ts'
import { createLanRates } from '../../main/naming/mdns/lan-rates.ts'
import { manualClock } from '../support/manual-clock.ts'
import { createLab, whyNoLab } from '../support/namespaces.ts'
import { folder } from './support.ts'

const CHILD = join(import.meta.dirname, 'lan-child.ts')
const PIN = 'ab'.repeat(32)

const BUS = (socket: string) => `<busconfig><type>system</type><listen>unix:path=${socket}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`
const AVAHI = `[server]
use-ipv4=yes
use-ipv6=no
allow-interfaces=lan1
[wide-area]
enable-wide-area=no
[publish]
disable-publishing=yes
[rlimits]
`

async function whyNot(): Promise<string | undefined> {
  const missing = ['/usr/sbin/avahi-daemon', '/usr/bin/avahi-resolve', '/usr/bin/dbus-daemon'].find(
    (path) => !existsSync(path),
  )
  return missing === undefined
    ? await whyNoLab()
    : `${missing} is not installed (Debian packages avahi-daemon, avahi-utils, dbus-daemon)`
}

const why = await whyNot()

describe('a name in the local network', () => {
  test('is found by avahi, says who it is, and is gone when it is withdrawn', { skip: why ?? false }, async (t) => {
    const lab = createLab(t)
    const [home, other] = [await lab.machine(), await lab.machine()]
    await lab.cable([home, 'lan0', '10.9.8.1/24'], [other, 'lan1', '10.9.8.2/24'])
    for (const [machine, device] of [
      [home, 'lan0'],
      [other, 'lan1'],
    ] as const) {
      await machine.run('ip', 'route', 'add', '224.0.0.0/4', 'dev', device)
    }
    const key = makeNamingKey()
    const dir = await folder(t)
    await writeFile(join(dir, 'bus.conf'), BUS(join(dir, 'bus')))
    await writeFile(join(dir, 'avahi.conf'), AVAHI)
    await mkdir('/run/avahi-daemon', { recursive: true })
    const bus = `DBUS_SYSTEM_BUS_ADDRESS=unix:path=${join(dir, 'bus')}`
    other.start('dbus-daemon', `--config-file=${join(dir, 'bus.conf')}`, '--nofork')
    const daemon = other.start(
      'env',
      bus,
      'avahi-daemon',
      '-f',
      join(dir, 'avahi.conf'),
      '--no-drop-root',
      '--no-chroot',
      '--no-rlimits',
    )
    const talker = home.talk(CHILD, { secret: Buffer.from(key.secret).toString('hex'), pin: PIN })
    await talker.say({ do: 'tell' })
    const host = `${key.npub}.local`

    const ask = (...words: string[]) =>
      other
        .run('env', bus, 'timeout', '8', ...words)
        .catch((error: { stdout?: string; stderr?: string }) => `${error.stdout ?? ''}${error.stderr ?? ''}`)
    let found = ''
    for (let attempt = 0; attempt < 10 && !found.includes('10.9.8.1'); attempt++)
      found = await ask('avahi-resolve', '-4', '-n', host)
    assert.match(found, new RegExp(`^${host}\\s+10\\.9\\.8\\.1`), daemon.output())

    const listed = await ask('avahi-browse', '-r', '-p', '-t', '_https._tcp')
    const line = listed.split('\n').find((one) => one.startsWith('=') && one.includes(host)) ?? ''
    assert.ok(line.includes(';4430;'), listed)
    const texts = [...line.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text)
    assert.equal(readStatement(texts, { npub: key.npub, pubkey: key.pubkey, port: 4_430 }), PIN)

    const asker = other.talk(CHILD, { secret: '', pin: '' })
    const legacy = await asker.say({ do: 'legacy', host })
    assert.deepEqual(legacy, { id: 77, question: host, answers: [{ name: host, ttl: 10, data: '10.9.8.1' }] })

    await talker.say({ do: 'stop' })
    // what is said goodbye to is kept for one more second (RFC 6762 section 10.1)
    const deadline = performance.now() + 15_000
    while (found.includes('10.9.8.1') && performance.now() < deadline) {
      found = await ask('avahi-resolve', '-4', '-n', host)
    }
    assert.ok(!found.includes('10.9.8.1'), found)
  })

  test('is stated by its key: another key, pin or port is not believed', () => {
    const [key, other] = [makeNamingKey(), makeNamingKey()]
    const texts = statementTexts(key, { sha256: PIN, port: 4_430 })
    const read = (given: readonly string[], port = 4_430, by = key) =>
      readStatement(given, { npub: by.npub, pubkey: by.pubkey, port })
    assert.equal(read(texts), PIN)
    assert.ok(texts.every((text) => text.length <= 255))
    assert.equal(read(texts, 443), undefined)
    assert.equal(read(texts, 4_430, other), undefined)
    assert.equal(read(texts.map((text) => text.replace(PIN, 'cd'.repeat(32)))), undefined)
    assert.equal(read([]), undefined)
    assert.equal(read(['npub=x', 'pin=x', 'sig=x']), undefined)
  })

  test('is told to everybody once a second, and to one asker so often and no more, whoever else asks', async () => {
    const clock = manualClock()
    const rates = createLanRates(clock)
    const tellsAll = (times: number, what: string) =>
      Array.from({ length: times }, () => rates.mayTellAll(what)).filter(Boolean).length
    const tellsOne = (times: number, ip: string) =>
      Array.from({ length: times }, () => rates.mayTellOne(ip)).filter(Boolean).length
    assert.deepEqual(
      [tellsAll(100, 'A'), tellsAll(100, 'PTR'), tellsOne(100, '10.0.0.9'), tellsOne(3, '10.0.0.8')],
      [1, 1, 5, 3],
    )
    await clock.advance(1_000)
    assert.deepEqual([tellsAll(100, 'A'), tellsOne(100, '10.0.0.9')], [1, 1])
    for (let at = 0; at < 200; at++) rates.mayTellOne(`10.0.1.${at}`)
    assert.equal(tellsOne(1, '10.0.0.8'), 0, 'all together have been told much')
    clock.set(clock.now() - 3_600_000)
    assert.equal(tellsAll(1, 'A'), 1)
  })

  test('is answered for what is asked, and not for what whoever asks knows', () => {
    const records = lanRecords({ npub: 'npub1x', texts: ['a=b'], port: 443, ips: ['10.0.0.1', 'fd00::1'] })
    const types = (name: string, type: string) => {
      const { answers, additionals } = answersTo(records, { name, type })
      return [answers.map((one) => one.type), additionals.map((one) => one.type)]
    }
    assert.deepEqual(types('NPUB1X.local', 'A'), [['A'], ['AAAA']])
    assert.deepEqual(types('npub1x.local', 'ANY'), [['A', 'AAAA'], []])
    assert.deepEqual(types('_https._tcp.local', 'PTR'), [['PTR'], ['A', 'AAAA', 'SRV', 'TXT']])
    assert.deepEqual(types('other.local', 'A'), [[], []])
    const [first] = records
    assert.ok(first && isKnown(first, [{ ...first, ttl: 60 } as never]))
    assert.ok(first && !isKnown(first, [{ ...first, ttl: 59 } as never]))
  })
})
