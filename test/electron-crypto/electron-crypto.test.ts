// Electron is built with BoringSSL, which lacks ciphers and curves that Node has; programs have failed over that only after they
// were packaged. Here the node runs with that set: the whole sandbox, the identity, and its own tests of what needs crypto.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { cleanEnv, ROOT, runCommand } from '../support/command.ts'

const run = promisify(execFile)

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'boring.mjs')).href
const env = { NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${PRELOAD}` }

/** Tests of keys, certificates and handshakes. */
const CORE_TESTS = [
  ...['test/x509/bundle.test.ts', 'test/x509/chain.test.ts', 'test/x509/csr.test.ts'],
  ...['test/identity/sealed.test.ts', 'test/identity/exported.test.ts', 'test/identity/keeper.test.ts'],
  ...['test/records/proof.test.ts', 'test/records/vectors.test.ts', 'test/main/wss.test.ts', 'test/main/store.test.ts'],
]

/** Where the name of the curve is the name of a kind of key, and no curve is asked for. */
const LIBP2P_KIND = /\.type !== 'secp256k1'|'Ed25519', 'secp256k1', |type: 'secp256k1', peer/

async function evaluate(script: string): Promise<string> {
  const args = ['--input-type=module', '--eval', script]
  return (await run(process.execPath, args, { cwd: ROOT, env: { ...cleanEnv(), ...env } })).stdout.trim()
}

describe('with the crypto of Electron', () => {
  it('the stand-in refuses what BoringSSL has not, and noise takes its other way', async () => {
    const said = await evaluate(`
      import { createCipheriv, getCiphers, generateKeyPairSync, createECDH } from 'node:crypto'
      const fails = (work) => { try { work(); return false } catch (error) { return /BoringSSL/.test(error.message) } }
      console.log(JSON.stringify([
        fails(() => createCipheriv('chacha20-poly1305', Buffer.alloc(32), Buffer.alloc(12), { authTagLength: 16 })),
        fails(() => createECDH('secp256k1')),
        fails(() => generateKeyPairSync('ec', { namedCurve: 'secp256k1' })),
        fails(() => generateKeyPairSync('ed448')),
        getCiphers().includes('chacha20-poly1305'),
        getCiphers().includes('aes-256-gcm'),
        process.versions.electron,
      ]))`)
    assert.deepEqual(JSON.parse(said), [true, true, true, true, false, true, '45.4.1'])
  })

  it('two nodes get a certificate and talk over TLS and noise', { timeout: 120_000 }, async () => {
    const { code, stdout, stderr } = await runCommand(['sandbox', '--once', '--json'], env)
    assert.equal(code, 0, stderr)
    const { ok, dial } = JSON.parse(stdout) as { readonly ok: boolean; readonly dial: { readonly verified: boolean } }
    assert.deepEqual([ok, dial.verified], [true, true])
  })

  it('the node’s own tests of keys, certificates and handshakes pass', { timeout: 200_000 }, async () => {
    const files = CORE_TESTS.map((file) => join(ROOT, file))
    // one that is not there would be no failure
    for (const file of files) assert.ok(existsSync(file), file)
    const child = run(process.execPath, ['--test', '--test-reporter=tap', ...files], {
      ...{ cwd: ROOT, env: { ...cleanEnv(), ...env, NODE_TEST_CONTEXT: undefined }, maxBuffer: 32 * 1024 * 1024 },
    })
    const { stdout } = await child.catch((error: { readonly stdout?: string }) =>
      assert.fail(
        (error.stdout ?? 'it did not start')
          .split('\n')
          .filter((line) => /^\s*not ok|error:/.test(line))
          .join('\n'),
      ),
    )
    const passed = Number(/^# pass (\d+)/m.exec(stdout)?.[1])
    assert.ok(passed > 50, `only ${passed} tests ran`)
  })

  it('no code of ours names a cipher, curve or digest beyond that set', () => {
    const beyond =
      /['"`](?:chacha20[a-z0-9-]*|aes-\d+-(?:ccm|ocb|siv|xts|cfb\d*)|camellia[a-z0-9-]*|aria[a-z0-9-]*|secp256k1|ed448|x448|brainpool\w+|blake2[a-z0-9]+|sha3-\d+|shake\d+|ripemd160|sm[234])['"`]/i
    const files = globSync('{core,main,proto,servers,preload}/**/*.{ts,tsx}', { cwd: ROOT })
    assert.ok(files.length > 100)
    const found = files.flatMap((file) =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        // libp2p's word for a kind of key or peer id; such signatures are verified by @noble/curves
        .filter((line) => beyond.test(line) && !LIBP2P_KIND.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    )
    assert.deepEqual(found, [])
  })
})
