// `nodetrust init` as somebody meets it at a terminal: it asks for what flags did not say, takes no wrong answer, shows everything before
// it writes, and leaves nothing behind where somebody says no, presses Ctrl-C or goes away.
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import * as v from 'valibot'
import { parse } from 'yaml'
import { addInvitation, readInvitations } from '../../servers/broker/invitations.ts'
import { commandNamed, readWords, UsageError } from '../../core/commands/index.ts'
import { changeConfiguration } from '../../servers/cli/init/change.ts'
import { init } from '../../servers/cli/init.ts'
import { ServersConfig } from '../../servers/config.ts'
import { askForValues, NotWrittenError, type Surroundings } from '../../servers/cli/init/questions.ts'
import { openTerminal, type Terminal } from '../../servers/cli/terminal.ts'
import { CTRL_C, CTRL_D, startAtTerminal, whyNoPty } from '../support/pty.ts'

const ZONE = 'nt.example.net'
const PEER = '12D3KooWGRYZDHBembyGJQqQ6WgLqJWYNjECJwyE5D4ahYLUQJmz'

const around: Surroundings = {
  found: (family) => (family === 4 ? ['20.0.2.2', '10.0.0.5'] : ['2a01:4f8::5']),
  isTaken: async () => false,
  checkFree: async () => undefined,
  isRoot: true,
}

/** A person who gives these answers, one after the other, and then goes away. */
function person(answers: readonly string[]): Terminal & { readonly said: string[] } {
  const said: string[] = []
  const left = [...answers]
  return {
    ...{ hasStyles: false, said, say: (text) => void said.push(text) },
    async ask(prompt) {
      said.push(prompt)
      return left.shift()
    },
  }
}

describe('C what init asks', () => {
  it('has a sensible answer for everything but the zone: Enter takes it', async () => {
    const values = await askForValues(person([ZONE, '', '', '', '', '', '', '', '', '']), {}, around)
    assert.deepEqual(values, {
      ...{ zone: ZONE, roles: ['dns', 'proof', 'issue', 'broker'], dir: '/var/lib/nodetrust-servers' },
      ...{ address: '20.0.2.2', ipv6: '2a01:4f8::5', ca: 'staging', email: undefined, metrics: undefined },
      ...{ brokerHttps: true, access: { who: 'everybody' } },
    })
  })

  it('is not asked where a flag said it, or where no role wants it', async () => {
    const one = person(['', '', 'none', 'yes'])
    await askForValues(one, { zone: ZONE, roles: ['dns'] }, around)
    assert.deepEqual(
      one.said.filter((text) => /^\n.*\?$/.test(text)),
      [
        '\nWhere shall keys and databases be?',
        '\nAt which public address do others reach this machine?',
        '\nAnd by IPv6?',
      ],
    )
  })

  const WRONG: readonly [question: string, answer: string, says: RegExp][] = [
    ['zone', 'https://nt.example.net', /is a URL/],
    ['zone', '-', /is no zone/],
    ['roles', 'dns poof', /no role "poof"/],
    ['address', 'localhost', /no IP address/],
    ['address', '0.0.0.0', /no address of one machine/],
    ['ipv6', '203.0.113.5', /no IPv6 address/],
    ['ca', 'lets-encrypt', /is no CA: expected letsencrypt, staging or/],
    ['ca', 'http://ca.example', /is no CA/],
    ['email', 'me', /no e-mail address/],
    ['email', `me@example.org\u001b[2J`, /no e-mail address/],
    ['brokerHttps', 'maybe', /yes or no/],
    ['access', '12D3KooWShort', /12D3KooWShort" .*expected a peer id/],
    ['access', 'friends', /expected a peer id/],
    ['access', 'x'.repeat(5_000), /too long/],
  ]
  const RIGHT = new Map([
    ...([
      ['zone', ZONE],
      ['roles', 'all'],
      ['dir', '/tmp/x'],
      ['address', '203.0.113.5'],
      ['ipv6', 'none'],
    ] as const),
    ...([
      ['ca', 'staging'],
      ['email', 'none'],
      ['brokerHttps', 'no'],
      ['access', PEER],
    ] as const),
  ])
  for (const [question, answer, says] of WRONG) {
    it(`takes no "${answer.slice(0, 20)}" for ${question}, says why, and asks again`, async () => {
      const answers = [...RIGHT].flatMap(([name, right]) => (name === question ? [answer, right] : [right]))
      const one = person([...answers, 'y'])
      const values = await askForValues(one, {}, around)
      assert.match(one.said.join('\n'), says)
      // what somebody types never comes back as an order to the terminal
      assert.ok(!one.said.join('').includes('\u001b'))
      assert.deepEqual(values.access, { who: 'peers', peers: [PEER] })
    })
  }

  it('ends after ten answers that cannot be used, at a no, and where nobody is there any more', async () => {
    const ends = (answers: readonly string[]) =>
      assert.rejects(askForValues(person(answers), {}, around), NotWrittenError)
    await ends(Array.from({ length: 11 }, () => 'no zone'))
    await ends([ZONE, '', '', '', '', '', '', '', '', 'no'])
    await ends([ZONE, ''])
  })

  it('doubts a private address, asks again after a no, and names no records for it after a yes', async () => {
    const own = { ...around, found: () => [] }
    const draft = { zone: ZONE, roles: ['dns'], dir: '/tmp/x' } as const
    const one = person(['', '192.168.1.5', '', '127.0.0.1', 'yes', 'none', 'yes'])
    const values = await askForValues(one, draft, own)
    assert.equal(values.address, '127.0.0.1')
    assert.ok(one.said.includes('  An address is needed.'))
    assert.ok(
      one.said.includes('  192.168.1.5 is private: nobody outside reaches it. Take it all the same? [no] > '),
      one.said.join('\n'),
    )
    assert.doesNotMatch(one.said.join('\n'), /registrar/)
    const other = person(['20.0.2.2', 'fd00::5', '', '2a01:4f8::5', 'yes'])
    assert.equal((await askForValues(other, draft, own)).ipv6, '2a01:4f8::5')
    const never = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? '10.0.0.1' : 'no'))
    await assert.rejects(askForValues(person(never), draft, own), NotWrittenError)
  })

  it('shows all of it before, with the records for the registrar and the same as one command', async () => {
    const one = person([
      ZONE,
      '',
      '/srv/my servers',
      '203.0.113.5',
      '2001:db8::5',
      'letsencrypt',
      'me@example.org',
      '',
      'invited',
      '',
    ])
    await askForValues(one, {}, around)
    const shown = one.said.at(-2) ?? ''
    assert.match(shown, /Zone +nt\.example\.net\n/)
    assert.match(shown, /ns1\.nt\.example\.net\. +A +203\.0\.113\.5\n +ns1\.nt\.example\.net\. +AAAA +2001:db8::5\n/)
    const command =
      "nodetrust init dns proof issue broker --zone nt.example.net --dir '/srv/my servers' --address 203.0.113.5 --ipv6 2001:db8::5 --email me@example.org --broker-https --invited-only"
    assert.ok(shown.trimEnd().endsWith(command), shown)
  })

  it('is kept short, however long a line is and however many are sent ahead', async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true })
    const output = Object.assign(new PassThrough(), { isTTY: true })
    output.resume()
    const terminal = openTerminal({ input, output, env: {} })
    assert.ok(terminal)
    const long = terminal.ask('> ')
    for (let sent = 0; sent < 160; sent++) input.write('x'.repeat(65_536))
    input.write('\nnext\n\n')
    assert.equal((await long)?.length, 4_001)
    assert.equal(await terminal.ask('> '), 'next')
    assert.equal(await terminal.ask('> '), '')
    input.end('last')
    assert.equal(await terminal.ask('> '), 'last')
    assert.equal(await terminal.ask('> '), undefined)
    assert.equal(openTerminal({ input: new PassThrough(), output, env: {} }), undefined)
  })
})

describe('C init at a real terminal', { skip: whyNoPty() ?? false }, () => {
  let dir = ''
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-asked-'))
  })
  after(() => rm(dir, { recursive: true, force: true }))

  it('asks, says what is wrong, survives ten megabytes, and writes what it showed', async () => {
    const own = join(dir, 'own')
    const terminal = startAtTerminal(['init'])
    await terminal.sees(/Which zone\?[^>]*> /)
    await terminal.type(Buffer.concat([Buffer.alloc(10_000_000, 'z'), Buffer.from('\n')]))
    await terminal.sees(/is no zone|too long/)
    for (const [question, answer] of [
      [/> /, ZONE],
      [/What shall run[^>]*> /, 'al'],
      [/no role "al"[^>]*> /, ''],
      [/keys and databases[^>]*> /, own],
      [/public address[^>]*> /, '203.0.113.5'],
      [/IPv6\?[^>]*> /, '2001:db8::5'],
      [/from where\?[^>]*> /, ''],
      [/write to you[^>]*> /, 'me@example.org'],
      [/port 443[^>]*> /, 'yes'],
      [/use the broker[^>]*> /, 'invited'],
      [/Write it\? \[yes\] > /, 'y'],
    ] as const) {
      await terminal.sees(question)
      await terminal.type(`${answer}\n`)
    }
    assert.equal(await terminal.ended, 0, terminal.screen().slice(-3_000))
    const config = v.parse(ServersConfig, parse(await readFile(join(own, 'nodetrust.yaml'), 'utf8')))
    assert.equal(config.dns?.listen, '[::]:53')
    assert.deepEqual(config.dns?.nameServers[0]?.addresses, ['203.0.113.5', '2001:db8::5'])
    assert.deepEqual(config.proof?.listen, ['/ip4/0.0.0.0/tcp/25892', '/ip6/::/tcp/25892'])
    assert.deepEqual(config.issue?.acme, { ...config.issue?.acme, directory: 'staging', email: 'me@example.org' })
    assert.deepEqual([config.broker?.listen, config.broker?.acme?.directory], ['[::]:443', 'staging'])
    assert.equal(await readFile(join(own, 'broker-invitations.json'), 'utf8'), '[]\n')
  })

  for (const [what, keys, code] of [
    ['Ctrl-C', CTRL_C, 130],
    ['the end of the input', CTRL_D, 1],
  ] as const) {
    it(`writes nothing after ${what}, and says so`, async () => {
      const own = join(dir, `none-${code}`)
      const terminal = startAtTerminal(['init', 'all', '--zone', ZONE, '--address', '203.0.113.5'])
      await terminal.sees(/keys and databases[^>]*> /)
      await terminal.type(`${own}\n`)
      await terminal.sees(/IPv6\?[^>]*> /)
      await terminal.type(keys)
      assert.equal(await terminal.ended, code, terminal.screen())
      assert.match(terminal.screen(), /othing was written/)
      assert.ok(!(await readdir(dir)).includes(`none-${code}`))
    })
  }

  it('asks nothing where all is said', async () => {
    const terminal = startAtTerminal(['init', 'proof', '--zone', ZONE, '--dir', join(dir, 'said')])
    assert.equal(await terminal.ended, 0)
    assert.doesNotMatch(terminal.screen(), /\?/)
  })
})

describe('C init --change', () => {
  let dir = ''
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-changed-'))
  })
  after(() => rm(dir, { recursive: true, force: true }))

  const run = async (...words: string[]): Promise<string> => {
    let printed = ''
    await init(readWords(commandNamed('init'), ['--dir', dir, ...words]), (text) => void (printed += text))
    return printed
  }

  const made = async (name: string, ...flags: string[]) => {
    const own = join(dir, name)
    await run('all', '--zone', ZONE, '--dir', own, ...flags)
    const read = () => readFile(join(own, 'nodetrust.yaml'), 'utf8')
    return { own, read, change: (...words: string[]) => run('--change', '--dir', own, ...words) }
  }

  it('gives what the flags at the first time would have given, and leaves every other line as it was', async () => {
    const flags = [
      '--ca',
      'staging',
      '--email',
      'me@example.org',
      '--ipv6',
      '2001:db8::5',
      '--broker-https',
      '--allow',
      PEER,
    ]
    const whole = await made('whole', '--address', '203.0.113.77', ...flags)
    const { read, change } = await made('later', '--address', '203.0.113.5')
    const former = await read()
    const said = await change('--address', '203.0.113.77', ...flags)
    assert.match(said, /203\.0\.113\.77 in the place of 203\.0\.113\.5: set it at your registrar/)
    const plain = (text: string) => {
      const config = v.parse(ServersConfig, parse(text.replaceAll(/12D3KooW(?!GRYZ)\w+/g, PEER)))
      // an order that means nothing: IPv6 came later
      for (const list of [config.issue?.listen, config.issue?.announce]) list?.sort()
      return { ...config, dir: '' }
    }
    assert.deepEqual(plain(await read()), plain(await whole.read()))
    const comments = (text: string) => text.split('\n').filter((line) => line.trim().startsWith('#'))
    assert.deepEqual(comments(await read()), comments(former))
  })

  it('changes every CA that is there, in whatever way it is written, and an address wherever it stands', async () => {
    const { own, read, change } = await made('mine', '--address', '203.0.113.5', '--broker-https')
    const path = join(own, 'nodetrust.yaml')
    const mine = (await read())
      .replace('  listen: 0.0.0.0:53', "  listen: '203.0.113.5:53' # mine")
      .replace('query: 127.0.0.1:53', 'query: 203.0.113.5:53')
      .replace(
        'admin: 127.0.0.1:25897',
        'admin: { listen: 127.0.0.1:25897, metrics: { listen: 203.0.113.5:25898, tokenFile: /x } }',
      )
    await writeFile(path, mine)
    await chmod(path, 0o640)
    await change('--ca', 'staging', '--address', '203.0.113.77')
    const { dns, issue, broker, admin } = v.parse(ServersConfig, parse(await read()))
    assert.deepEqual([issue?.acme.directory, broker?.acme?.directory], ['staging', 'staging'])
    assert.deepEqual([dns?.listen, issue?.dnsServers[0]?.query], ['203.0.113.77:53', '203.0.113.77:53'])
    // what only this machine's Prometheus knows stays
    assert.equal(admin?.metrics?.listen, '203.0.113.5:25898')
    assert.match(await read(), /'203\.0\.113\.77:53' # mine/)
    assert.equal((await stat(path)).mode & 0o777, 0o640)
    await change('--ca', 'https://ca.example/dir')
    assert.match(await read(), /^ {4}directory: https:\/\/ca\.example\/dir$/m)
  })

  it('closes the broker to the uninvited, and opens it to nobody who was not invited before', async () => {
    const { own, change } = await made('closed', '--address', '203.0.113.5')
    assert.match(await change('--invited-only'), /who was not invited may not register/)
    const path = join(own, 'broker-invitations.json')
    assert.deepEqual(await readInvitations(path), [])
    await addInvitation(path, 'Anna', 0)
    await change('--invited-only')
    assert.equal((await readInvitations(path))?.length, 1)
  })

  for (const [ends, eol] of [
    ['of Unix', '\n'],
    ['of Windows', '\r\n'],
  ] as const)
    it(`leaves a comment with what it explains, and ends of lines ${ends}`, async () => {
      const { own, read, change } = await made(`lines ${ends}`, '--address', '203.0.113.5')
      const plain = await read()
      const [, line = ''] = /\n( +- \/ip4\/0\.0\.0\.0\/tcp\S*)\n/.exec(plain) ?? []
      const lines = plain.replaceAll(line, `${line} # by TCP`).replaceAll('\n', eol)
      await writeFile(join(own, 'nodetrust.yaml'), lines)
      await change('--ipv6', '2001:db8::5', '--broker-https')
      const text = await read()
      const explained = text.split(/\r?\n/).filter((one) => one.includes('# by TCP'))
      assert.deepEqual([...new Set(explained)], [`${line} # by TCP`])
      assert.ok(text.includes('/ip6/::/tcp'))
      assert.equal([...text.matchAll(/\n/g)].length, text.split(eol).length - 1)
    })

  it('closes no broker where the configuration cannot be written', async () => {
    const { own, read } = await made('unwritten', '--address', '203.0.113.5')
    // the longest name there can be leaves no room for the one to write by
    const path = join(own, 'n'.repeat(255))
    await writeFile(path, await read())
    const change = { ca: 'staging', access: { who: 'invited' } } as const
    await assert.rejects(changeConfiguration(path, change), /cannot write/i)
    assert.equal(await readInvitations(join(own, 'broker-invitations.json')), undefined)
  })

  it('changes nothing where a value is wrong, there is nothing to change, or no such role', async () => {
    const { own, read, change } = await made('wrong', '--address', '203.0.113.5')
    const former = await read()
    for (const [words, says] of [
      [[], /nothing to change/],
      [['--ca', 'nobody'], /--ca: "nobody" is no CA/],
      [['--email', 'x'], /--email: .*no e-mail/],
      [['--address', '2001:db8::5'], /no IPv4 address/],
      [['--zone', 'other.example.net'], /cannot be changed/],
      [['dns'], /cannot be changed/],
    ] as const) {
      await assert.rejects(change(...words), (error: Error) => error instanceof UsageError && says.test(error.message))
    }
    assert.equal(await read(), former)
    assert.deepEqual(
      (await readdir(own)).filter((name) => name.endsWith('.tmp')),
      [],
    )
    await assert.rejects(
      run('--change', '--ca', 'staging'),
      /there is no .*nodetrust\.yaml: make one with `nodetrust init`/,
    )
  })
})
