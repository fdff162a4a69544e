// A server with a good certificate sends one more in its chain, on a curve that Node cannot name: it must not end the client.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const GUARD = new URL('../../core/net/peer-certificates.ts', import.meta.url).href

/** Serves the chain, visits it, and says what came of it. */
const VISIT = `
const { readFileSync } = await import('node:fs')
const https = await import('node:https')
const [dir, chain, guard] = process.argv.slice(1)
if (guard) (await import(guard)).guardPeerCertificates()
const read = (name) => readFileSync(dir + '/' + name)
const server = https.createServer({ key: read('leaf.key'), cert: read(chain), ciphers: 'DEFAULT@SECLEVEL=0' }, (_request, response) => response.end('x'))
server.listen(0, 'localhost', () =>
  https
    .get({ host: 'localhost', port: server.address().port, ca: read('root.pem') }, (response) => {
      console.log(response.statusCode)
      process.exit(0)
    })
    .on('error', (error) => {
      console.log(error.code)
      process.exit(0)
    }))
`

describe('a certificate on a curve that Node cannot name', () => {
  let dir = ''
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'nodetrust-curve-'))
    const openssl = (...words: string[]) =>
      execFileSync('openssl', words, { cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] }).toString()
    const key = (name: string, curve = 'prime256v1') => [
      '-newkey',
      'ec',
      '-pkeyopt',
      `ec_paramgen_curve:${curve}`,
      '-nodes',
      '-keyout',
      `${name}.key`,
    ]
    openssl('req', '-x509', ...key('root'), '-out', 'root.pem', '-subj', '/CN=Root', '-days', '10')
    const sign = (name: string, subject: string, ca: string, extensions: string) => {
      openssl('req', ...key(name), '-out', `${name}.csr`, '-subj', `/CN=${subject}`)
      writeFileSync(join(dir, `${name}.ext`), extensions)
      const by = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial']
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        ...by,
        '-out',
        `${name}.pem`,
        '-days',
        '9',
        '-extfile',
        `${name}.ext`,
      )
    }
    sign(
      'middle',
      'Middle',
      'root',
      'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n',
    )
    sign('leaf', 'localhost', 'middle', 'subjectAltName=DNS:localhost\nauthorityKeyIdentifier=keyid\n')
    const id =
      openssl('x509', '-in', 'root.pem', '-noout', '-ext', 'subjectKeyIdentifier')
        .split('\n')[1]
        ?.replaceAll(/[ :]/g, '') ?? ''
    openssl(
      'req',
      '-x509',
      ...key('other', 'secp256k1'),
      '-out',
      'other.pem',
      '-subj',
      '/CN=Root',
      '-days',
      '10',
      '-addext',
      `subjectKeyIdentifier=${id}`,
    )
    const chain = (...names: string[]) => names.map((name) => readFileSync(join(dir, `${name}.pem`), 'utf8')).join('')
    writeFileSync(join(dir, 'good.pem'), chain('leaf', 'middle'))
    writeFileSync(join(dir, 'bad.pem'), chain('leaf', 'middle', 'other'))
    // the same on a curve that does not exist
    const der = Buffer.from(chain('other').replaceAll(/-----[^-]+-----|\s/g, ''), 'base64').toString('hex')
    const made = Buffer.from(der.replaceAll('2b8104000a', '2b8104007f'), 'hex').toString('base64')
    const pem = `-----BEGIN CERTIFICATE-----\n${made.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`
    writeFileSync(join(dir, 'unreadable.pem'), chain('leaf', 'middle') + pem)
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  const visit = async (chain: string) =>
    (await run(process.execPath, ['--input-type=module', '-e', VISIT, dir, chain, GUARD])).stdout.trim()

  test('in the chain of a server does not end who visits it', async () => {
    assert.equal(await visit('bad.pem'), '200')
    // OpenSSL may refuse the connection for it; the process goes on
    assert.match(await visit('unreadable.pem'), /^(?:200|ECONNRESET)$/, 'a key that nobody can read')
  })

  test('changes nothing where there is none', async () => {
    assert.equal(await visit('good.pem'), '200')
  })
})
