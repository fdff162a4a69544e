// `nodetrust init --change`: takes the flags of init for a configuration that is there. Only what a flag says is written anew; comments
// and everything that a person wrote stay letter for letter, and what comes out is checked before it replaces the file.
import { chown, stat } from 'node:fs/promises'
import * as v from 'valibot'
import { parse } from 'yaml'
import { readFileIfThere, writeFileAtomic } from '../../../core/files.ts'
import { parseHostPort } from '../../../core/net/host-port.ts'
import { closeToUninvited, invitationsPath } from '../../broker/invitations.ts'
import { ServersConfig } from '../../config.ts'
import { UsageError } from '../../../core/commands/index.ts'
import { acmeOf, HTTPS_PORT, scalar } from './sections.ts'
import { classOf, type InitValues } from './values.ts'
import { YamlText } from './yaml-text.ts'

/** What is to be different. */
export type Change = Partial<Pick<InitValues, 'address' | 'ipv6' | 'ca' | 'email' | 'brokerHttps' | 'access'>>

/** A configuration is a page or two, as core/config.ts says. */
const MAX_FILE_BYTES = 262_144

/**
 * Changes it.
 *
 * @returns what is different now, in words
 * @throws UsageError where there is nothing to change or it cannot be, and the file is as it was; FileError
 */
export async function changeConfiguration(path: string, change: Change): Promise<readonly string[]> {
  const bytes = await readFileIfThere(path)
  if (!bytes) throw new UsageError(`there is no ${path}: make one with \`nodetrust init\``)
  if (bytes.length > MAX_FILE_BYTES) throw new UsageError(`${path} is too long for a configuration`)
  const yaml = new YamlText(bytes.toString('utf8'))
  const before = checked(yaml.text, path)
  const said = [
    ...changeAddress(yaml, before, change.address, 4),
    ...changeAddress(yaml, before, change.ipv6, 6),
    ...changeCa(yaml, before, change),
    ...changeBroker(yaml, checked(yaml.text, path), change),
  ]
  const closes = change.access?.who === 'invited'
  if (said.length === 0 && !closes)
    throw new UsageError(
      'nothing to change: say --ca, --email, --address, --ipv6, --broker-https, --allow or --invited-only',
    )
  checked(yaml.text, path)
  if (closes && !before.broker) throw new UsageError('--invited-only is for the broker, and the configuration has none')
  // first what can fail without anything being different
  await replace(path, yaml.text)
  if (closes) await closeToUninvited(invitationsPath(before.dir))
  return closes ? [...said, 'who was not invited may not register'] : said
}

/** @throws UsageError that says what is wrong */
function checked(text: string, path: string): ServersConfig {
  const result = v.safeParse(ServersConfig, parse(text))
  if (result.success) return result.output
  const [issue] = result.issues
  throw new UsageError(`${path} is not changed, \`${v.getDotPath(issue) ?? ''}\` would not fit: ${issue.message}`)
}

function changeCa(yaml: YamlText, { issue, broker }: ServersConfig, { ca, email }: Change): readonly string[] {
  const sections = [...(issue ? ['issue'] : []), ...(broker?.acme ? ['broker'] : [])]
  if (sections.length === 0 && (ca ?? email) !== undefined)
    throw new UsageError(
      '--ca and --email are for an issue server, or a broker with HTTPS; the configuration has neither',
    )
  for (const section of sections) {
    if (ca !== undefined) yaml.set([section, 'acme', 'directory'], scalar(ca))
    if (email !== undefined) yaml.set([section, 'acme', 'email'], email)
  }
  return [
    ...(ca === undefined ? [] : [`certificates come from ${ca}`]),
    ...(email === undefined ? [] : [`the CA writes to ${email}`]),
  ]
}

function changeBroker(yaml: YamlText, { dns, issue, broker }: ServersConfig, change: Change): readonly string[] {
  const { brokerHttps = false, access } = change
  if ((brokerHttps || access) && !broker)
    throw new UsageError(
      '--broker-https, --allow and --invited-only are for the broker, and the configuration has none',
    )
  if (brokerHttps) {
    const hasIpv6 = parseHostPort(dns?.listen ?? '')?.host === '::'
    yaml.set(['broker', 'listen'], hasIpv6 ? `"[::]:${HTTPS_PORT}"` : `0.0.0.0:${HTTPS_PORT}`)
    const ca = change.ca ?? issue?.acme.directory ?? 'letsencrypt'
    if (!broker?.acme) yaml.set(['broker', 'acme'], acmeOf({ ca, email: change.email ?? issue?.acme.email }))
  }
  if (access?.who === 'peers') yaml.set(['broker', 'access', 'peers'], `[${access.peers.join(', ')}]`)
  return [
    ...(brokerHttps ? [`the broker has port ${HTTPS_PORT} and a certificate of its own`] : []),
    ...(access?.who === 'peers' ? [`peers that need no invitation: ${access.peers.length}`] : []),
  ]
}

function changeAddress(
  yaml: YamlText,
  { dns }: ServersConfig,
  address: string | undefined,
  family: 4 | 6,
): readonly string[] {
  if (address === undefined) return []
  const [server] = dns?.nameServers ?? []
  if (!server) throw new UsageError('an address is changed where the DNS server is, and the configuration has none')
  const isOfFamily = (one: string) => one.includes(':') === (family === 6)
  if (!isOfFamily(address)) throw new UsageError(`${address} is no IPv${family} address: use the other flag`)
  const old = server.addresses.find((one) => isOfFamily(one))
  if (old === undefined) {
    addFamily(yaml, address)
    return [`${address} is listened on and announced as well: set it at your registrar, too`]
  }
  const replaced = yaml.replaceWord(old, address, classOf(old) === 'loopback' ? OF_THE_ZONE : WITHOUT_OWN)
  if (replaced === 0) throw new UsageError(`${old} is spelt in another way in the file: change it by hand`)
  return [`${address} in the place of ${old}: set it at your registrar, too`]
}

/** Below these an address is another program's, or this machine's own for itself. */
const WITHOUT_OWN = (path: string) => !/^admin\b|\.(?:control|trustedProxies)\b/.test(path)

/** A loopback address means something else everywhere but here. */
const OF_THE_ZONE = (path: string) => /^dns\.(?:nameServers|apexAddresses)\b/.test(path)

/** Lists of addresses to listen on or to tell. */
const LISTS = [
  ...[
    ['proof', 'listen'],
    ['proof', 'announce'],
    ['issue', 'listen'],
    ['issue', 'announce'],
  ],
  ['issue', 'proofServers', 0, 'addresses'],
] as const

/** Takes the other family beside the one that is there, in all the places where `init` would have. */
function addFamily(yaml: YamlText, address: string): void {
  const [from, to] = address.includes(':') ? ([4, 6] as const) : ([6, 4] as const)
  yaml.append(['dns', 'nameServers', 0, 'addresses'], scalar(address))
  if (yaml.list(['dns', 'apexAddresses']).length > 0) yaml.append(['dns', 'apexAddresses'], scalar(address))
  for (const path of LISTS)
    for (const one of yaml.list(path)) {
      const other = one.replace(ANYWHERE[from], ANYWHERE[to]).replace(`/dns${from}/`, `/dns${to}/`)
      if (other !== one) yaml.append(path, scalar(other))
    }
  // `[::]` takes IPv4 as well
  yaml.replaceWord('0.0.0.0', '[::]', (path) => to === 6 && /^(?:dns|broker)\.listen$/.test(path))
}

const ANYWHERE = { 4: '/ip4/0.0.0.0/', 6: '/ip6/::/' } as const

/** The servers may run as another user than who changes it; it stays whose it was. */
async function replace(path: string, text: string): Promise<void> {
  const { uid, gid, mode } = await stat(path)
  await writeFileAtomic(path, text, mode & 0o777)
  if (process.getuid?.() === 0) await chown(path, uid, gid)
}
