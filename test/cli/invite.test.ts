// `nodetrust invite` as a self-hoster types it: links that the app understands, personal ones, and what is refused.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import jsqr from 'jsqr'
import * as v from 'valibot'
import { parseInvitation } from '../../proto/invitation.ts'
import { tokenDigest } from '../../servers/broker/invitations.ts'
import { invite as invitedLines } from '../../servers/cli/invite.ts'
import { InvitedSchema, invitedOf, withCodes } from '../../servers/cli/invited.ts'
import { qrLines } from '../../servers/cli/qr.ts'
import { runCommand } from '../support/command.ts'

const ZONE = 'nt.example.net'

/** What a camera reads from half blocks, black on white. */
function decoded(lines: readonly string[]): string | undefined {
  const scale = 4
  const rows = lines.flatMap((line) => [
    Array.from(line).map((block) => block === '█' || block === '▀'),
    Array.from(line).map((block) => block === '█' || block === '▄'),
  ])
  // a picture is square here, with white around where trailing blanks were cut
  const side = (Math.max(rows.length, ...rows.map((row) => row.length)) + 4) * scale
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255)
  for (const [y, row] of rows.entries())
    for (const [x, dark] of row.entries())
      for (let dy = 0; dy < (dark ? scale : 0); dy++)
        pixels.fill(0, ((y * scale + dy) * side + x * scale) * 4, ((y * scale + dy) * side + (x + 1) * scale) * 4)
  for (let alpha = 3; alpha < pixels.length; alpha += 4) pixels[alpha] = 255
  const read = (jsqr as unknown as { default?: unknown }).default ?? jsqr
  return (read as (data: Uint8ClampedArray, width: number, height: number) => { data: string } | null)(
    pixels,
    side,
    side,
  )?.data
}

describe('nodetrust invite', () => {
  let dir: string
  let config: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-invite-'))
    config = join(dir, 'nodetrust.yaml')
    await runCommand(['init', 'all', '--zone', ZONE, '--dir', dir, '--address', '203.0.113.5'])
  })

  afterEach(() => rm(dir, { recursive: true, force: true }))

  const invite = (...words: string[]) => runCommand(['invite', '--config', config, ...words])
  const linksIn = (text: string) => (text.match(/^nodetrust:\/\/.*$/gm) ?? []).map(parseInvitation)

  it('prints a link to the issue server and one to the broker, from the configuration alone', async () => {
    const { code, stdout } = await invite()
    assert.equal(code, 0)
    const [issue, broker, ...more] = linksIn(stdout)
    assert.deepEqual(more, [])
    assert.match(issue?.issue[0] ?? '', /^\/dns4\/ns1\.nt\.example\.net\/tcp\/25893\/p2p\/12D3KooW/)
    assert.deepEqual(broker, { zone: ZONE, name: ZONE, issue: [], broker: `https://${ZONE}` })
  })

  it('names the CA in links to the broker while it is not the usual one', async () => {
    await writeFile(config, (await readFile(config, 'utf8')).replace('directory: letsencrypt', 'directory: staging'))
    const [, broker] = linksIn((await invite()).stdout)
    assert.equal(broker?.directory, 'https://acme-staging-v02.api.letsencrypt.org/directory')
  })

  it('makes a personal link, whose token is kept by its digest only, and takes it back', async () => {
    const { code, stdout } = await invite('--for', 'Anna')
    assert.equal(code, 0)
    assert.match(stdout, /From now on nobody registers uninvited/)
    const token = linksIn(stdout)[0]?.token ?? ''
    assert.match(token, /^[A-Za-z0-9_-]{43}$/)
    const path = join(dir, 'broker-invitations.json')
    const kept = await readFile(path, 'utf8')
    assert.ok(kept.includes(tokenDigest(token)) && !kept.includes(token))
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.doesNotMatch((await invite('--for', 'Bert')).stdout, /From now on/)
    assert.match((await invite()).stdout, /only those who were invited may register \(Anna, Bert\)/)
    assert.match((await invite('--take-back', 'Anna')).stdout, /invitation of Anna is worth nothing/)
    assert.doesNotMatch(await readFile(path, 'utf8'), /Anna/)
  })

  it('C prints https links to a page of the operator’s, with everything behind the #, and writes that page', async () => {
    const page = 'https://club.example.net/join'
    const file = join(dir, 'join.html')
    const { stdout } = await invite('--page', page, '--write-page', file)
    assert.ok(stdout.trimEnd().endsWith(`, so that it is found at ${page}.`), stdout)
    const links = stdout.match(/^https:\/\/\S+$/gm) ?? []
    assert.equal(links.length, 2)
    assert.deepEqual(
      links.map((link) => parseInvitation(link)),
      linksIn(stdout),
    )
    for (const link of links) assert.ok(link.startsWith(`${page}#join/`), link)
    const html = await readFile(file, 'utf8')
    assert.equal((await stat(file)).mode & 0o777, 0o644)
    // what the script compares with, it does not load
    assert.doesNotMatch(html.replace(/<script>[^]*<\/script>/, ''), /src=|href=|url\(|@import|https?:/)
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? ''
    const digest = (tag: string) => {
      const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)?.[1] ?? ''
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    }
    for (const part of ["default-src 'none'", `script-src ${digest('script')}`, `style-src ${digest('style')}`])
      assert.ok(policy.split('; ').includes(part), part)
    for (const words of ['paste it into Nodetrust', 'füge sie in Nodetrust ein']) assert.ok(html.includes(words), words)
  })

  it('gives programs one object, and cameras a code that leads where the link does', async () => {
    const lines = await invitedLines({ config, env: {} })
    const { links, notes } = v.parse(InvitedSchema, JSON.parse(JSON.stringify(invitedOf(lines))))
    assert.deepEqual(
      links.map(({ to, personal }) => [to, personal]),
      [
        ['issue', false],
        ['broker', false],
      ],
    )
    assert.deepEqual(notes, [])
    for (const { link, page } of links)
      for (const text of [link, ...(page === null ? [] : [page])]) assert.ok(lines.includes(text))

    const codes = withCodes(lines, false)
      .join('\n')
      .split(/\n\n/)
      .filter((part) => /[█▀▄]{3}/.test(part))
    assert.deepEqual(
      codes.map((code) => decoded(code.split('\n'))),
      links.map(({ link, page }) => page ?? link),
    )
  })

  it('draws a code that says its own colours where there are some', () => {
    const lines = qrLines('https://example.net/join#x', true) ?? []
    for (const line of lines) assert.ok(line.startsWith('\u001b[30;107m') && line.endsWith('\u001b[0m'))
    assert.equal(decoded(lines.map((line) => stripVTControlCharacters(line))), 'https://example.net/join#x')
    assert.equal(qrLines('x'.repeat(5_000), true), undefined)
  })

  for (const [words, complaint] of [
    [['--for', 'Anna', '--take-back', 'Bert'], /two things/],
    [['--for', '\u202eAnna'], /is no name/],
    [['--take-back', 'Anna'], /nobody called "Anna" was invited/],
    [['Anna'], /cannot understand "Anna"/],
    [['--page', 'http://club.example.net/'], /expected the https address/],
    [['--page', 'https://club.example.net/?x'], /expected the https address/],
    [['--fro', 'Anna'], /no flag "--fro" .*did you mean --for\?/],
  ] as const) {
    it(`refuses ${JSON.stringify(words)}`, async () => {
      const { code, stderr, stdout } = await invite(...words)
      assert.notEqual(code, 0)
      assert.match(stderr, complaint)
      assert.equal(stdout, '')
    })
  }

  it('refuses the same name twice, and a file that is none of ours', async () => {
    await invite('--for', 'Anna')
    assert.match((await invite('--for', 'Anna')).stderr, /"Anna" was invited already/)
    await writeFile(join(dir, 'broker-invitations.json'), '{}')
    assert.match((await invite('--for', 'Bert')).stderr, /cannot read .*broker-invitations\.json/)
  })
})
