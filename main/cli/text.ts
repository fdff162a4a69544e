// The running node in words for a terminal: one thing a line, labels in a column, what to do next as a command.
import { distance } from '../distance.ts'
import { dhtText } from './peers-text.ts'
import type { ConfirmAction, InvitationPreview, LifeState, Problem, State } from '../../proto/api/index.ts'
import { en } from '../../proto/text/en.ts'
import { plainLine } from '../../proto/plain-text.ts'
import { whoRefused } from '../../proto/text/ways.ts'
import type { StepName, UnreachableReason, Way } from '../../proto/api/index.ts'

const LABEL_WIDTH = 14

/** A label and its lines; what has no line is left out. */
type Row = readonly [label: string, ...lines: (string | null | undefined)[]]

/** Rows as text. */
export function table(rows: readonly Row[]): string {
  return rows
    .flatMap(([label, ...lines]) =>
      lines
        .filter((line) => isSaid(line))
        .map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${plainLine(line)}`),
    )
    .join('\n')
}

function isSaid(line: string | null | undefined): line is string {
  return line !== null && line !== undefined && line !== ''
}

/** `nodetrust status`. @param now  milliseconds since 1970 */
export function statusText(state: State, pid: number, now: number): string {
  const { app, identity, network, certificate, addresses, peers } = state
  const { life, current } = certificate
  const next = life.nextTryAt === null ? null : `Next try ${moment(life.nextTryAt, now)}.`
  return table([
    ['State', lifeText(state), problemText(life.problem ?? app.problem), next],
    ['Node', [identity.peerId, `version ${app.version}`, `process ${pid}`].filter((part) => part !== null).join(', ')],
    ['Network', networkText(network)],
    ['Names', ...(current?.names ?? [])],
    ['Issued by', current?.issuer],
    [current && current.notAfter <= now ? 'Expired' : 'Good until', current && moment(current.notAfter, now)],
    ['Renewal', current?.renewAt == null ? null : moment(current.renewAt, now)],
    ['Visitors', visitorsText(state, now)],
    ['Page', addresses.testUrl],
    ['Peers', `${peers.connected} connected, ${peers.known} known`, dhtText(peers)],
    ['Notices', ...app.notices.map(noticeText)],
  ])
}

/** What `nodetrust status` says, without what changes by mere time: a line each. */
export function statusFacts(state: State): readonly string[] {
  const { app, network, certificate, reachability, addresses, peers } = state
  const { life, current } = certificate
  const rows: readonly Row[] = [
    ['State', lifeText(state), problemText(life.problem ?? app.problem)],
    ['Network', networkText(network)],
    ['Names', current?.names.join(', ')],
    ['Good until', current && new Date(current.notAfter).toISOString()],
    ['Visitors', VISITORS[reachability.status]],
    ['Page', addresses.testUrl],
    ['Peers', `${peers.connected} connected`],
    ['Notices', ...app.notices.map(noticeText)],
  ]
  return rows.flatMap(([label, ...lines]) => lines.filter((line) => isSaid(line)).map((line) => table([[label, line]])))
}

/** The window's words; where they send a person to a page of the window, what that page says. */
function noticeText({ code, params }: State['app']['notices'][number]): string {
  const words = NOTICES[code]
  return words === undefined ? en[`notice.${code}`] : `${words}: ${String(params['detail'] ?? 'see the log')}`
}

const NOTICES: Partial<Record<State['app']['notices'][number]['code'], string>> = {
  'export-failed': 'The certificate could not be written where other programs look for it',
  'hook-failed': 'The program that should run after a renewal failed',
}

/** `nodetrust reachability`. */
export function reachabilityText(state: State, now: number): string {
  const { reachability } = state
  const { router, ports } = reachability
  const forwarded = router?.mappings.map(({ external, internal }) =>
    external === internal ? String(internal) : `${external} to ${internal}`,
  )
  return table([
    ['Visitors', visitorsText(state, now)],
    ['What to do', reachability.reason && WHAT_TO_DO[reachability.reason]],
    [
      'Ports',
      [ports.wss, ports.tcp].filter((port) => port !== null).join(' (browsers), ') +
        (ports.tcp === null ? '' : ' (peers)'),
    ],
    ['Router', router && routerText(router, forwarded ?? [])],
    ['Seen as', ...reachability.publicAddresses],
    ['Addresses', ...reachability.localAddresses],
    [
      'Tried by',
      ...reachability.dialBacks.map(({ by, address, ok }) => `${by}: ${address} ${ok ? 'reached' : 'not reached'}`),
    ],
  ])
}

function routerText({ protocol, externalIp }: NonNullable<State['reachability']['router']>, ports: readonly string[]) {
  const lets = ports.length === 0 ? 'lets nobody in' : `lets in ${ports.join(', ')}`
  const by = protocol === null ? '' : ` (${protocol.toUpperCase()})`
  return `${lets}${by}${externalIp === null ? '' : `, its address is ${externalIp}`}`
}

/** An invitation before it is followed. */
export function invitationText(invitation: InvitationPreview): string {
  const { name, zone, issuePeer, hosts, addresses = [], broker, directory, token, resolver, roots = [] } = invitation
  return table([
    ['Network', name],
    ['Names end in', zone],
    [issuePeer === '' ? 'Broker' : 'Issue server', broker ?? hosts.join(', '), issuePeer],
    ['Addresses', ...addresses],
    ['Authority', directory && `${directory} (instead of Let's Encrypt)`],
    ['Token', token === true ? 'there is one in it: keep the invitation to yourself' : null],
    ['Name server', resolver && `${resolver} (on this computer, instead of the system's)`],
    ['Own root', ...roots],
    ['Trust', invitation.test ? 'browsers do not trust its certificates unless they are told to' : null],
  ])
}

/** A step that has ended or waits, as one line. */
export function stepText({ name, status, ms, note, params, detail }: StepLine, way: Way): string {
  if (note === 'queued' && status === 'now') return `         number ${String(params['position'])} in the line`
  const took = ms === null ? '' : `, ${(ms / 1_000).toFixed(1)} s`
  const why = status === 'failed' && detail !== '' ? `: ${detail}` : ''
  const what = (way.kind === 'forge' ? FORGE_STEPS[name]?.(way.forge) : undefined) ?? STEPS[name]
  return plainLine(`  ${status === 'done' ? 'done  ' : 'failed'} ${what}${took}${why}`)
}

/** That another forge is asked now, as one line; undefined where the first one is still being asked. */
export function nextForgeText(way: Way): string | undefined {
  if (way.kind === 'network' || way.before === null) return undefined
  const { forge, why } = way.before
  return `         ${forge ?? 'the issue server'} did not do it (${why}); now ${way.forge} is asked`
}

type StepLine = Pick<
  NonNullable<State['certificate']['attempt']>['steps'][number],
  'name' | 'status' | 'ms' | 'note' | 'params' | 'detail'
>

/** A problem as one line for people. */
export function problemText(problem: Problem | null): string | null {
  if (!problem) return null
  return problem.detail === ''
    ? (PROBLEMS[problem.code] ?? problem.code)
    : plainLine(`${problem.detail} (${problem.code})`)
}

/** The two that come without a detail as a rule. */
const PROBLEMS: Partial<Record<Problem['code'], string>> = {
  'not-running': 'The node does not run yet.',
  'no-network': 'No network was chosen: follow an invitation with `nodetrust join`.',
}

function networkText({ choice, sandbox }: State['network']): string {
  if (!choice) return 'none chosen: follow an invitation with `nodetrust join`'
  const zone = choice.zone === null || choice.zone === choice.name ? '' : ` (${choice.zone})`
  const running = choice.kind === 'sandbox' && sandbox !== 'running' ? `, ${sandbox}` : ''
  return `${choice.name}${zone}${running}${choice.test ? ', for tests: browsers of others do not trust it' : ''}`
}

function visitorsText({ reachability }: State, now: number): string {
  const { status, reason, checkedAt, knock } = reachability
  if (status === 'unknown' && knock !== null) {
    return `${knock.by} ${knock.ok ? 'came in' : 'could not come in'}, ${distance(knock.at - now)}`
  }
  const ago = checkedAt === null ? '' : distance(checkedAt - now)
  const at = ago === '' ? '' : `, looked at ${ago === 'now' ? 'just now' : ago}`
  return `${VISITORS[status]}${status !== 'reachable' && reason !== null ? `: ${REASONS[reason]}` : ''}${at}`
}

/** Words for a certificate that browsers do not trust by themselves; one of a name that nobody can have is for practice. */
function wordsFor({ certificate, network: { choice } }: State): Partial<Record<LifeState, string>> {
  if (certificate.current?.test !== true) return {}
  const forPractice = choice?.kind === 'sandbox' || (choice?.zone ?? '').endsWith('.test') // RFC 6761 section 6.2
  return forPractice ? PRACTICE : OWN_ROOT
}

/** How it stands, as a sentence. */
export function lifeText(given: State): string {
  const { state, problem } = given.certificate.life
  if (problem?.code === 'rehearsed') return 'Rehearsal passed: every step worked.'
  if (state === 'refused') {
    const who = whoRefused(problem)
    if ('forge' in who) return `${who.forge} said no.`
    if (who.by === 'authority') return 'The certificate authority said no.'
  }
  if (state === 'rate-limited' && problem?.params['code'] === 'broker-limit') {
    return `We have to wait: ${String(problem.params['forge'] ?? 'the forge')} takes in only so many.`
  }
  return wordsFor(given)[state] ?? LIFE[state]
}

/** A date and how far away it is. */
export function moment(at: number, now: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC, ${distance(at - now)}`
}

/** What a code confirms. */
export const ACTIONS: Readonly<Record<ConfirmAction, string>> = {
  'export-identity': 'save the identity as a file',
  'import-identity': 'take another identity in place of this one',
  reset: 'reset the program',
}

const LIFE: Readonly<Record<LifeState, string>> = {
  starting: 'Starting.',
  'no-network': 'No network was chosen: follow an invitation with `nodetrust join`.',
  idle: 'No certificate yet: get one with `nodetrust certificate get`.',
  working: 'Getting a certificate.',
  serving: 'Browsers trust this computer. Everything works.',
  renewing: 'Browsers trust this computer. Renewing just now.',
  'renewal-failed': 'Browsers trust this computer. Renewing has not worked yet.',
  expired: 'The certificate has expired.',
  unreachable: 'Others cannot reach this computer: see `nodetrust reachability`.',
  'rate-limited': 'We have to wait: the certificate authority allows only so many.',
  refused: 'The network said no.',
  offline: 'No internet at the moment.',
  'key-locked': 'The key is locked: unlock your password store.',
  failed: 'It did not work.',
}

/** What is different in a practice network. */
const PRACTICE: Partial<Record<LifeState, string>> = {
  serving: 'Practice works: browsers that were told to trust the test network do.',
  renewing: 'Practice works. Renewing just now.',
  'renewal-failed': 'Practice works. Renewing has not worked yet.',
}

/** What is different where the authority is one's own, or a test. */
const OWN_ROOT: Partial<Record<LifeState, string>> = {
  serving: 'The certificate is in use. Browsers do not know its root: those that were told to trust it do.',
  renewing: 'The certificate is in use, and browsers do not know its root. Renewing just now.',
  'renewal-failed': 'The certificate is in use, and browsers do not know its root. Renewing has not worked yet.',
}

const STEPS: Readonly<Record<StepName, string>> = {
  reach: 'look whether others can reach this computer',
  prove: 'prove that the address is ours',
  order: 'order the certificate',
  publish: 'publish the proof in the DNS',
  validate: 'let the certificate authority look',
  finish: 'fetch and check the certificate',
  serve: 'serve it',
}

/** What is different where a forge takes part. */
const FORGE_STEPS: Partial<Record<StepName, (forge: string) => string>> = {
  order: () => 'order the certificate ourselves',
  prove: (forge) => `let ${forge} knock at our door`,
  publish: (forge) => `see the code that ${forge} put into the DNS`,
}

const VISITORS: Readonly<Record<State['reachability']['status'], string>> = {
  unchecked: 'not looked yet whether they get through',
  checking: 'looking whether they get through',
  reachable: 'get through',
  unreachable: 'do not get through',
  unknown: 'nobody could tell whether they get through',
  local: 'get through on this computer and its own network',
}

const REASONS: Readonly<Record<UnreachableReason, string>> = {
  'no-public-address': 'this computer has no address that the internet knows',
  'carrier-nat': 'your internet provider lets many homes share one address',
  'router-refused': 'your router refused to let them in',
  'no-router-control': 'your router does not let them in',
  'port-taken': 'another program uses the port',
  firewall: 'a firewall turns them away',
  'not-dialled': 'a forge tried to come in and could not',
  offline: 'there is no internet connection',
}

const WHAT_TO_DO: Readonly<Record<UnreachableReason, string>> = {
  'no-public-address': 'connect to a network with internet access, or ask your provider for IPv6',
  'carrier-nat': 'ask your provider for an address of your own, or for IPv6',
  'router-refused': 'allow UPnP or NAT-PMP in your router, or forward the ports by hand',
  'no-router-control': 'switch on UPnP or NAT-PMP in your router, or forward the ports by hand',
  'port-taken': 'stop the other program, or choose another port with `listen.wss`',
  firewall: 'allow incoming connections to the ports',
  'not-dialled': 'forward the ports in your router, and allow incoming connections to them',
  offline: 'check the connection; it is looked at again by itself',
}
