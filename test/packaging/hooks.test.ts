// The hooks that come with the packages, run by a shell with stand-ins for the servers: which words each server is told, that nothing
// secret is in a command line, and that a server that says no is a failure.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ROOT } from '../support/command.ts'

describe('C a ready hook', () => {
  let dir = ''
  let server: Server | undefined
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-hooks-'))
    for (const name of ['fullchain', 'privkey', 'combined'])
      await writeFile(join(dir, `${name}.pem`), `${name} of test\n`)
  })
  afterEach(async () => {
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
    server = undefined
    await rm(dir, { recursive: true, force: true })
  })

  /** A program that writes its words down, and what it reads, and ends as told. */
  const standIn = async (name: string, script = ''): Promise<string> => {
    const path = join(dir, name)
    await writeFile(path, `#!/bin/sh\necho "${name} $*" >> ${dir}/called\n${script}\n`)
    await chmod(path, 0o755)
    return path
  }
  const run = (hook: string, env: Readonly<Record<string, string>>) =>
    spawnSync(join(ROOT, 'packaging', 'hooks', hook), [], {
      encoding: 'utf8',
      env: {
        PATH: '/usr/bin:/bin',
        NODETRUST_CERTIFICATE_FULLCHAIN: join(dir, 'fullchain.pem'),
        NODETRUST_CERTIFICATE_COMBINED: join(dir, 'combined.pem'),
        ...env,
      },
    })
  const called = async () => (await readFile(join(dir, 'called'), 'utf8')).trim().split('\n')

  it('for nginx looks at its configuration and reloads it', async () => {
    const { status, stderr } = run('nginx', { NGINX: await standIn('nginx'), SUDO: '' })
    assert.equal(status, 0, stderr)
    assert.deepEqual(await called(), ['nginx -t -q', 'nginx -s reload'])
  })

  it('for nginx fails where the configuration does not load, and reloads nothing', async () => {
    const { status } = run('nginx', { NGINX: await standIn('nginx', '[ "$1" != -t ]'), SUDO: '' })
    assert.notEqual(status, 0)
    assert.deepEqual(await called(), ['nginx -t -q'])
  })

  it('for Caddy reloads by force over the admin address', async () => {
    const { status, stderr } = run('caddy', { CADDY: await standIn('caddy'), CADDYFILE: '/srv/Caddyfile' })
    assert.equal(status, 0, stderr)
    assert.deepEqual(await called(), ['caddy reload --force --config /srv/Caddyfile --address localhost:2019'])
  })

  it('for Caddy fails as Caddy does', async () => {
    assert.equal(run('caddy', { CADDY: await standIn('caddy', 'exit 3') }).status, 3)
  })

  it('for HAProxy exchanges the certificate in the running process, the key never in a command line', async () => {
    const socket = join(dir, 'admin.sock')
    server = createServer()
    await new Promise<void>((resolve) => server?.listen(socket, resolve))
    const socat = await standIn(
      'socat',
      `input=$(cat); printf '%s\\n---\\n' "$input" >> ${dir}/said
case $input in set*) echo 'Transaction created for certificate';; commit*) echo 'Success!';; esac`,
    )
    const { status, stderr } = run('haproxy', { SOCAT: socat, HAPROXY_SOCKET: socket, HAPROXY_RELOAD: 'false' })
    assert.equal(status, 0, stderr)
    assert.equal(
      await readFile(join(dir, 'said'), 'utf8'),
      `set ssl cert ${dir}/combined.pem <<\ncombined of test\n---\ncommit ssl cert ${dir}/combined.pem\n---\n`,
    )
    assert.doesNotMatch((await called()).join('\n'), /of test/)
  })

  it('for HAProxy reloads it where the socket does not take the certificate', async () => {
    const socket = join(dir, 'admin.sock')
    server = createServer()
    await new Promise<void>((resolve) => server?.listen(socket, resolve))
    const socat = await standIn('socat', 'cat > /dev/null; echo "Permission denied"')
    const reload = await standIn('reload')
    assert.equal(run('haproxy', { SOCAT: socat, HAPROXY_SOCKET: socket, HAPROXY_RELOAD: reload }).status, 0)
    assert.ok((await called()).includes('reload'))
    const refusing = await standIn('refusing', 'exit 5')
    assert.equal(run('haproxy', { SOCAT: socat, HAPROXY_SOCKET: socket, HAPROXY_RELOAD: refusing }).status, 5)
  })

  for (const name of ['nginx', 'caddy', 'haproxy'])
    it(`for ${name} does nothing where nodetrust did not run it`, () => {
      const { status } = spawnSync(join(ROOT, 'packaging', 'hooks', name), [], { env: { PATH: '/usr/bin:/bin' } })
      assert.notEqual(status, 0)
    })
})
