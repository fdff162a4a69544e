// Machines for the page: bare ones in namespaces, the internet between them, and two Pebbles in place of both sides of Let's Encrypt.
// That is the one substitution: whoever asks for `letsencrypt` or `staging` gets a Pebble, and trusts its root.
import 'reflect-metadata'
import { execFile } from 'node:child_process'
import { access, chmod, copyFile, mkdir, mkdtemp, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { TestContext } from 'node:test'
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import type { Lab, Machine } from '../support/namespaces.ts'

/** A machine with a disk of its own. */
export interface Bare {
  readonly machine: Machine
  /** Runs commands as root does at a prompt, with an empty environment. */
  readonly sh: (commands: string, env?: Readonly<Record<string, string>>) => Promise<Result>
}

export interface Result {
  readonly code: number
  readonly output: string
}

const RESOLVER = '198.51.100.53'
const COMMANDS_MS = 60_000
const PATIENCE_MS = 30_000

/** Looks until something is there; at most half a minute. */
export async function eventually<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  const until = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > until) throw new Error(`not in time: ${what}`)
    await new Promise((resolve) => {
      setTimeout(resolve, 100)
    })
  }
}

/**
 * Gives a namespace a disk, Node, and what a person would have copied there.
 *
 * @param given  files that lie in /root
 */
export async function bareMachine(t: TestContext, machine: Machine, given: readonly string[]): Promise<Bare> {
  const folder = await mkdtemp(join(tmpdir(), 'nodetrust-bare-'))
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  await chmod(folder, 0o755)
  for (const name of ['disk', 'given']) await mkdir(join(folder, name))
  for (const path of given) await copyFile(path, join(folder, 'given', basename(path)))
  const script = join(import.meta.dirname, 'machine.sh')
  const words = ['--mount', '--propagation', 'private', '/bin/bash', script, folder, process.execPath, RESOLVER]
  const program = machine.start('unshare', ...words)
  const pid = await eventually(`the machine: ${program.output()}`, () =>
    access(join(folder, 'pid')).then(
      () => readFile(join(folder, 'pid'), 'utf8'),
      () => undefined,
    ),
  )
  const world = await readlink(`/proc/${pid.trim()}/ns/mnt`)
  // services go on by themselves, also where the machine was killed before it could end them
  t.after(() => killAllIn(world))
  const into = ['--target', pid.trim(), '--mount', '--net', '--wdns=/root', 'env', '-i']
  return {
    machine,
    sh: (commands, env = {}) => {
      const variables = Object.entries({ HOME: '/root', PATH, ...env }).map(([name, value]) => `${name}=${value}`)
      const args = [...into, ...variables, '/bin/bash', '--norc', '-euo', 'pipefail', '-c', commands]
      return new Promise((resolve) => {
        execFile('nsenter', args, { timeout: COMMANDS_MS }, (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
          resolve({ code, output: `${stdout}${stderr}` })
        })
      })
    },
  }
}

/** Kills whatever runs in a mount namespace. @param world  as /proc names it */
async function killAllIn(world: string): Promise<void> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || (await readlink(`/proc/${name}/ns/mnt`).catch(() => '')) !== world) continue
    try {
      process.kill(Number(name), 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The internet: a router with a cable to each machine, which also answers for example.net and for everybody. */
export async function internet(lab: Lab, machines: readonly (readonly [Machine, string])[]) {
  const router = await lab.machine()
  await router.run('ip', 'addr', 'add', `${RESOLVER}/32`, 'dev', 'lo')
  for (const [index, [machine, address]] of machines.entries()) {
    // a cable of its own for each, as between a provider and its customers
    await lab.cable([machine, 'eth0', `${address}/32`], [router, `to${index}`])
    await router.run('ip', 'route', 'add', `${address}/32`, 'dev', `to${index}`)
    await router.run('ip', 'addr', 'add', '192.0.2.1/32', 'dev', `to${index}`)
    await machine.run('ip', 'route', 'add', '192.0.2.1/32', 'dev', 'eth0')
    await machine.route('192.0.2.1')
  }
  await router.forward()
  const registrar = router.talk(join(import.meta.dirname, 'internet.ts'), { address: RESOLVER })
  return { router, delegate: (records: unknown) => registrar.say({ records }) }
}

/** What stands for one side of Let's Encrypt. */
export interface Ca {
  readonly directory: string
  /** Of its web server. */
  readonly anchorPem: string
  /** Of what it issues. */
  readonly rootPem: string
}

/** Starts a Pebble in the internet. */
export async function startCa(t: TestContext, router: Machine, port: number): Promise<Ca> {
  const folder = await mkdtemp(join(tmpdir(), 'nodetrust-pebble-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const tls = await selfSigned()
  const pebble = {
    ...{ listenAddress: `${RESOLVER}:${port}`, managementListenAddress: `${RESOLVER}:${port + 1}` },
    ...{ certificate: join(folder, 'cert.pem'), privateKey: join(folder, 'key.pem') },
    ...{ httpPort: 5002, tlsPort: 5001, ocspResponderURL: '', externalAccountBindingRequired: false },
    certificateValidityPeriod: 864_000,
  }
  await writeFile(pebble.certificate, tls.cert)
  await writeFile(pebble.privateKey, tls.key)
  const config = join(folder, 'pebble.json')
  await writeFile(config, JSON.stringify({ pebble }))
  router.start('env', 'PEBBLE_VA_NOSLEEP=1', 'pebble', '-config', config, '-dnsserver', `${RESOLVER}:53`)
  const roots = `https://${RESOLVER}:${port + 1}/roots/0`
  const rootPem = await eventually('the CA', () =>
    router.run('curl', '-sS', '--cacert', pebble.certificate, roots).catch(() => undefined),
  )
  return { directory: `https://${RESOLVER}:${port}/dir`, anchorPem: tls.cert, rootPem }
}

async function selfSigned(): Promise<{ readonly cert: string; readonly key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=stands for Let’s Encrypt',
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true),
      new SubjectAlternativeNameExtension([{ type: 'ip', value: RESOLVER }]),
    ],
  })
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const key = ['-----BEGIN PRIVATE KEY-----', ...(pkcs8.match(/.{1,64}/g) ?? []), '-----END PRIVATE KEY-----', '']
  return { cert: certificate.toString('pem'), key: key.join('\n') }
}

/** Puts the CAs in place of Let's Encrypt's for a host's servers: what the configuration names is what they get. */
export async function replaceCa({ sh }: Bare, cas: { readonly staging: Ca; readonly letsencrypt: Ca }): Promise<void> {
  const { staging, letsencrypt } = cas
  const script = `yaml=/var/lib/nodetrust-servers/nodetrust.yaml
directory=${letsencrypt.directory} anchor=/run/ca/letsencrypt.pem
if grep -q '^    directory: staging$' $yaml; then directory=${staging.directory} anchor=/run/ca/staging.pem; fi
sections=ISSUE
if grep -q '^  acme: {' $yaml; then sections='ISSUE BROKER'; fi
for section in $sections; do
  echo "NODETRUST_\${section}__ACME__DIRECTORY=$directory"
  echo "NODETRUST_\${section}__ACME__TRUST_ANCHOR=$anchor"
done`
  await put(sh, '/run/ca/staging.pem', staging.anchorPem)
  await put(sh, '/run/ca/letsencrypt.pem', letsencrypt.anchorPem)
  await put(sh, '/run/world', script)
}

async function put(sh: Bare['sh'], path: string, text: string): Promise<void> {
  await sh(`mkdir -p "$(dirname ${path})" && cat > ${path} <<'EOF'\n${text}\nEOF`)
}

/**
 * Makes a root one that a machine's node finds on its platform, as Let's Encrypt's is found everywhere, and one that it takes although
 * its name is that of a test CA; curl is told by a variable.
 */
export async function trust({ sh }: Bare, rootPem: string): Promise<void> {
  await put(sh, ROOT_PATH, rootPem)
  const variables = ['NODE_EXTRA_CA_CERTS', 'NODETRUST_NETWORK__TRUST_ANCHOR']
  await put(sh, '/run/world', variables.map((name) => `echo ${name}=${ROOT_PATH}`).join('\n'))
}

/** Where a machine keeps the root that stands for the browsers' list. */
export const ROOT_PATH = '/run/ca/root.pem'
