// The certificate as other programs get it: files that never belong to two certificates, and a hook that is run for each one, with
// nothing secret, for a limited time, and whose failure is told.
import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test, type TestContext } from 'node:test'
import { silentLog, type Log } from '../../core/log.ts'
import { exportCertificate, ExportError } from '../../main/certificates/handover/export-folder.ts'
import { createHandover, type Handover, type HandoverSection } from '../../main/certificates/handover/handover.ts'
import { collectEvents, makeBundle, manualClock, settle, temporaryDir, testAuthority, until } from './support.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { Authority } from '../../servers/ca/authority.ts'

let authority: Authority
let first: CertificateBundle
let second: CertificateBundle

before(async () => {
  authority = await testAuthority()
  first = await makeBundle({ authority, names: ['a.nt.example.net'] })
  second = await makeBundle({ authority, names: ['a.nt.example.net'] })
})

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

describe('C certificate.export', () => {
  test('C is a folder with chain, key, leaf and rest, the key for the owner alone', async (t) => {
    const folder = join(await temporaryDir(t), 'tls')
    const { changed, paths } = await exportCertificate(first, { folder })
    assert.equal(changed, true)
    assert.equal(paths.fullchain, join(folder, 'fullchain.pem'))
    assert.equal((await readFile(paths.privkey, 'utf8')).trim(), first.keyPem.trim())
    const [leaf] = (await readFile(paths.fullchain, 'utf8')).match(/-----BEGIN[^]+?END CERTIFICATE-----/g) ?? []
    assert.equal((await readFile(paths.cert, 'utf8')).trim(), leaf)
    assert.equal(
      await readFile(paths.fullchain, 'utf8'),
      `${await readFile(paths.cert, 'utf8')}${await readFile(paths.chain, 'utf8')}`,
    )
    assert.deepEqual(
      [await modeOf(folder), await modeOf(paths.privkey), await modeOf(paths.combined), await modeOf(paths.fullchain)],
      [0o700, 0o600, 0o600, 0o644],
    )
  })

  test('C never shows the key of one certificate beside the chain of another to who follows `current`', async (t) => {
    const folder = join(await temporaryDir(t), 'tls')
    await exportCertificate(first, { folder })
    const over = new AbortController()
    let pairs = 0
    const seen = new Set<string>()
    const reader = async () => {
      while (!over.signal.aborted) {
        const place = await realpath(join(folder, 'current'))
        const leaf = new X509Certificate(await readFile(join(place, 'fullchain.pem')))
        assert.ok(leaf.checkPrivateKey(createPrivateKey(await readFile(join(place, 'privkey.pem')))))
        const both = await readFile(join(folder, 'combined.pem'), 'utf8')
        assert.ok(new X509Certificate(both).checkPrivateKey(createPrivateKey(both)))
        seen.add(leaf.fingerprint256)
        pairs++
      }
    }
    const reading = reader()
    for (let round = 0; round < 40 || seen.size < 2; round++)
      await exportCertificate(round % 2 === 0 ? second : first, { folder })
    over.abort()
    await reading
    assert.ok(pairs > 2)
  })

  test('C keeps few old ones, and writes nothing where nothing changed', async (t) => {
    const folder = join(await temporaryDir(t), 'tls')
    for (let round = 0; round < 10; round++) await exportCertificate(round % 2 === 0 ? first : second, { folder })
    const newest = await realpath(join(folder, 'current'))
    assert.equal((await exportCertificate(second, { folder })).changed, false)
    assert.equal(await realpath(join(folder, 'current')), newest)
    const names = await readdir(folder)
    assert.equal(names.filter((name) => name.startsWith('.certificate-')).length, 3)
    assert.equal(names.filter((name) => name.endsWith('.tmp')).length, 0)
  })

  test('C mends what somebody else changed in it', async (t) => {
    const folder = join(await temporaryDir(t), 'tls')
    const { paths } = await exportCertificate(first, { folder })
    await chmod(paths.privkey, 0o644)
    assert.equal((await exportCertificate(first, { folder })).changed, true)
    assert.equal(await modeOf(paths.privkey), 0o600)
    await writeFile(paths.fullchain, 'cut')
    await exportCertificate(first, { folder })
    assert.match(await readFile(paths.fullchain, 'utf8'), /END CERTIFICATE/)
  })

  test('C gives the key to a group, where one is named', async (t) => {
    const gid = process.getgid?.() ?? 0
    const folder = join(await temporaryDir(t), 'tls')
    const { paths } = await exportCertificate(first, { folder, group: gid })
    assert.deepEqual([await modeOf(paths.privkey), (await stat(paths.privkey)).gid], [0o640, gid])
    assert.equal(await modeOf(folder), 0o750)
    await assert.rejects(exportCertificate(first, { folder, group: 'no-such-group-here' }), /exportGroup/)
  })

  test('C does not write over files that somebody else put there', async (t) => {
    const folder = await temporaryDir(t)
    await writeFile(join(folder, 'privkey.pem'), 'of another program')
    await assert.rejects(exportCertificate(first, { folder }), ExportError)
    assert.equal(await readFile(join(folder, 'privkey.pem'), 'utf8'), 'of another program')
    assert.deepEqual(await readdir(folder), ['privkey.pem'])
  })
})

interface World {
  readonly handover: Handover
  readonly events: ReturnType<typeof collectEvents>
  readonly clock: ReturnType<typeof manualClock>
  readonly folder: string
  readonly dir: string
  readonly noted: string[]
  /** Writes the hook. */
  readonly hook: (script: string) => Promise<string>
  readonly restart: (section?: Partial<HandoverSection>) => Handover
}

async function world(t: TestContext, given: Partial<HandoverSection> = {}, log: Log = silentLog): Promise<World> {
  const dir = await temporaryDir(t)
  const program = join(dir, 'hook')
  const folder = join(dir, 'tls')
  const events = collectEvents()
  const clock = manualClock()
  const noted: string[] = []
  const history = {
    note: ({ detail }: { readonly detail: string }) => void noted.push(detail),
    recent: () => [],
    ended: () => Promise.resolve(),
  }
  const make = (section: Partial<HandoverSection> = given) => {
    const handover = createHandover({
      section: { export: folder, hook: program, hookTimeoutMs: 20_000, ...section },
      ...{ dir, clock, log, emit: events.emit, history },
    })
    t.after(() => handover.stop())
    return handover
  }
  return {
    ...{ handover: make(), events, clock, folder, dir, noted, restart: make },
    hook: async (script) => {
      await writeFile(program, `#!/bin/sh\ncd ${dir}\n${script}\n`)
      await chmod(program, 0o755)
      return program
    },
  }
}

const handedOver = (events: World['events'], times: number) =>
  until(
    `${times} times handed over: ${JSON.stringify(events.of('failed'))}`,
    () => events.of('handed-over').length >= times,
    60_000,
  )
const failed = (events: World['events'], times: number) =>
  until('the failure', () => events.of('failed').length >= times, 60_000)

describe('C certificate.hook', () => {
  test('C is run after each certificate with the names of the files, and with nothing secret', async (t) => {
    process.env['NODETRUST_SECRET_OF_TEST'] = 'hush'
    t.after(() => void delete process.env['NODETRUST_SECRET_OF_TEST'])
    const { handover, events, hook, dir, folder } = await world(t)
    await hook('env > env.txt; echo "$#" > words.txt; cat "$NODETRUST_CERTIFICATE_FULLCHAIN" >> chains.txt')
    handover.give(first)
    await handedOver(events, 1)
    const env = await readFile(join(dir, 'env.txt'), 'utf8')
    assert.match(env, new RegExp(`^NODETRUST_CERTIFICATE_PRIVKEY=${folder}/privkey.pem$`, 'm'))
    assert.match(env, /^NODETRUST_CERTIFICATE_NAMES=a\.nt\.example\.net$/m)
    assert.match(env, /^NODETRUST_CERTIFICATE_NOT_AFTER=20\d\d-.*Z$/m)
    assert.doesNotMatch(env, /hush|PRIVATE KEY|NODETRUST_SECRET/)
    assert.equal(await readFile(join(dir, 'words.txt'), 'utf8'), '0\n')
    handover.give(first)
    handover.give(second)
    await handedOver(events, 2)
    const chains = await readFile(join(dir, 'chains.txt'), 'utf8')
    assert.ok(chains.includes(new X509Certificate(second.chainPem).toString().trim()))
    assert.equal(events.of('failed').length, 0)
  })

  test('C is not run again by a restart with the same certificate, but by one after it had failed', async (t) => {
    const { handover, events, hook, restart, dir } = await world(t)
    await hook('echo run >> runs.txt; test -e good')
    handover.give(first)
    await failed(events, 1)
    await handover.stop()
    await writeFile(join(dir, 'good'), '')
    const next = restart()
    next.give(first)
    await handedOver(events, 1)
    await next.stop()
    const third = restart()
    third.give(first)
    third.give(second)
    await handedOver(events, 2)
    assert.equal(await readFile(join(dir, 'runs.txt'), 'utf8'), 'run\nrun\nrun\n')
  })

  test('C that fails is told with its last words, and tried again after 1, 10 and 100 minutes', async (t) => {
    const { handover, events, hook, clock, noted, dir } = await world(t)
    await hook('echo run >> runs.txt; echo "no such \u001b[31mserver" >&2; exit 7')
    handover.give(first)
    await failed(events, 1)
    const [failure] = events.of('failed')
    assert.equal(failure?.code, 'certificate-hook')
    assert.match(failure?.message ?? '', /ended with exit code 7; it said: no such  \[31mserver/)
    assert.equal(failure?.retryAt, new Date(clock.now() + 60_000).toISOString())
    assert.equal(noted.length, 1)
    for (const [round, minutes] of [1, 10, 100].entries()) {
      await until('it waits', () => clock.sleeping > 0)
      await clock.advance(minutes * 60_000)
      await failed(events, round + 2)
    }
    await writeFile(join(dir, 'hook'), '#!/bin/sh\nexit 0\n')
    await until('it waits', () => clock.sleeping > 0)
    await clock.advance(24 * 3_600_000)
    await handedOver(events, 1)
  })

  test('C that hangs is ended with everything that it started', async (t) => {
    const { handover, events, hook, dir } = await world(t, { hookTimeoutMs: 1_500 })
    await hook('trap "" TERM\nsleep 600 &\necho $! > child.txt\nwhile :; do sleep 1; done')
    handover.give(first)
    await failed(events, 1)
    assert.match(events.of('failed')[0]?.message ?? '', /took longer than 1\.5 s and was ended/)
    const child = Number(await readFile(join(dir, 'child.txt'), 'utf8'))
    await until('its child has gone', () => !isAlive(child))
  })

  test('C that talks without end fills neither the memory nor the log', async (t) => {
    const lines: object[] = []
    const log: Log = { ...silentLog, debug: (fields) => void lines.push(fields), child: () => log }
    const { handover, events, hook } = await world(t, {}, log)
    await hook('head -c 3000000 /dev/zero | tr "\\0" x; echo end; exit 1')
    handover.give(first)
    await failed(events, 1)
    assert.ok(JSON.stringify(lines).length < 10_000)
    assert.match(JSON.stringify(lines), /"leftOutBytes":299\d{4}/)
    assert.match(events.of('failed')[0]?.message ?? '', /xend$/)
  })

  test('C that is not there, or may not be run, is told and harms nobody', async (t) => {
    const { handover, events } = await world(t)
    handover.give(first)
    await failed(events, 1)
    assert.match(events.of('failed')[0]?.message ?? '', /cannot be started: there is no such file, .*ENOENT/)
    assert.equal(events.of('failed')[0]?.nextStep?.includes('certificate.hook'), true)
  })

  test('C ends with the node, within seconds', async (t) => {
    const { handover, hook, dir } = await world(t)
    await hook('touch began; exec sleep 600')
    handover.give(first)
    while (!(await stat(join(dir, 'began')).catch(() => undefined))) await settle()
    const began = performance.now()
    await handover.stop()
    assert.ok(performance.now() - began < 4_000)
  })

  test('C is run again, and the files are back, within an hour after somebody has removed them', async (t) => {
    const { handover, events, hook, dir, folder, clock } = await world(t)
    await hook('echo run >> runs.txt')
    handover.give(first)
    await handedOver(events, 1)
    await rm(folder, { recursive: true })
    await until('it waits', () => clock.sleeping > 0)
    await clock.advance(3_600_000)
    await handedOver(events, 2)
    assert.match(await readFile(join(folder, 'privkey.pem'), 'utf8'), /PRIVATE KEY/)
    await until('it waits', () => clock.sleeping > 0)
    await clock.advance(3_600_000)
    await until('it waits again', () => clock.sleeping > 0)
    assert.equal(await readFile(join(dir, 'runs.txt'), 'utf8'), 'run\nrun\n')
  })

  test('C that failed is run at once when the configuration is read again', async (t) => {
    const { handover, events, hook, dir, folder } = await world(t)
    await hook('exit 1')
    handover.give(first)
    await failed(events, 1)
    await hook('exit 0')
    handover.change({ export: folder, hook: join(dir, 'hook'), hookTimeoutMs: 20_000 })
    await handedOver(events, 1)
  })

  test('C that is named later is run for the certificate that is there', async (t) => {
    const { handover, events, hook, dir, folder } = await world(t, { hook: undefined })
    handover.give(first)
    await handedOver(events, 1)
    const program = await hook('echo run >> runs.txt')
    handover.change({ export: folder, hook: program, hookTimeoutMs: 20_000 })
    await handedOver(events, 2)
    assert.equal(await readFile(join(dir, 'runs.txt'), 'utf8'), 'run\n')
  })
})

test('C a folder that cannot be written is told, and the hook is not run for old files', async (t) => {
  const { handover, events, hook, dir, folder } = await world(t)
  await hook('echo run >> runs.txt')
  await writeFile(folder, 'a file stands in its place')
  handover.give(first)
  await failed(events, 1)
  assert.equal(events.of('failed')[0]?.code, 'certificate-export')
  await rm(folder)
  handover.change({ export: folder, exportGroup: 'no-such-group-here', hook: undefined, hookTimeoutMs: 20_000 })
  await failed(events, 2)
  assert.match(events.of('failed')[1]?.nextStep ?? '', /^change that/)
  await assert.rejects(stat(join(dir, 'runs.txt')))
  await mkdir(join(dir, 'other'))
  handover.change({ export: join(dir, 'other'), hook: join(dir, 'hook'), hookTimeoutMs: 20_000 })
  await handedOver(events, 1)
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
