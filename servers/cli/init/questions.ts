// The questions of `nodetrust init` as a table: what is asked, what Enter stands for, how an answer is read. What a flag said already is
// not asked. Nothing is written here; at the end everything is shown and a person says yes.
import { resolve } from 'node:path'
import { UsageError } from '../../../core/commands/index.ts'
import { MAX_ANSWER_CHARS, type Terminal } from '../terminal.ts'
import { summaryText } from './summary.ts'
import * as read from './values.ts'
import type { InitValues } from './values.ts'

/** The person did not want it, or went away. */
export class NotWrittenError extends Error {
  override readonly name = 'NotWrittenError'
}

/** What is known so far. */
export type Draft = Partial<InitValues>

/** What can be looked at here. */
export interface Surroundings {
  /** Addresses of this machine, public ones first. */
  readonly found: (family: 4 | 6) => readonly string[]
  /** Whether another program listens on the port. */
  readonly isTaken: (port: number) => Promise<boolean>
  /** @throws AlreadyInitializedError */
  readonly checkFree: (dir: string) => Promise<void>
  readonly isRoot: boolean
}

interface Question {
  /** The values that it gives; it is asked where one of them is not known. */
  readonly gives: readonly (keyof InitValues)[]
  readonly title: string
  readonly hint: (around: Surroundings) => readonly string[] | Promise<readonly string[]>
  /** What Enter stands for; none where only the person can know. */
  readonly initial?: (around: Surroundings, draft: Draft) => string | undefined | Promise<string | undefined>
  readonly applies?: (draft: Draft) => boolean
  /** Said to an empty answer where Enter stands for nothing. */
  readonly needed?: string
  /** What is asked before an answer is taken that is mostly a mistake. */
  readonly doubt?: (given: Draft) => string | undefined
  /** @throws UsageError, AlreadyInitializedError where the answer cannot be used */
  readonly read: (text: string, around: Surroundings) => Draft | Promise<Draft>
}

/** Whoever is wrong so often has another question than ours. */
const MAX_TRIES = 10

const hasBroker = ({ roles = [] }: Draft) => roles.includes('broker')
const hasCa = ({ roles = [] }: Draft) => roles.includes('issue') || roles.includes('broker')
const hasAddress = ({ roles = [] }: Draft) => roles.some((role) => role !== 'ca')

const HTTPS_PORT = 443

/** In the order in which they are asked. */
const QUESTIONS: readonly Question[] = [
  {
    gives: ['zone'],
    title: 'Which zone?',
    needed: 'A zone is needed.',
    hint: () => ['The part of your domain that you give names of away, for example nt.example.net.'],
    read: (text) => ({ zone: read.readZone(text) }),
  },
  {
    gives: ['roles'],
    title: 'What shall run on this machine?',
    hint: () => [
      'all     a whole network: the four below',
      'dns     answers for the zone',
      'proof   tells nodes their address',
      'issue   gets certificates for nodes of Nodetrust',
      'broker  the same for programs that speak AutoTLS',
    ],
    initial: () => 'all',
    read: (text) => ({ roles: read.readRoles(text.split(/[\s,]+/).filter((word) => word !== '')) }),
  },
  {
    gives: ['dir'],
    title: 'Where shall keys and databases be?',
    hint: () => ['One folder; it is all that you have to back up.'],
    initial: ({ isRoot }) => (isRoot ? '/var/lib/nodetrust-servers' : './nodetrust-servers'),
    async read(text, { checkFree }) {
      const dir = resolve(text)
      await checkFree(dir)
      return { dir }
    },
  },
  {
    gives: ['address'],
    title: 'At which public address do others reach this machine?',
    needed: 'An address is needed.',
    hint: ({ found }) =>
      foundLines(found(4), 'Behind a router or a cloud, the address that the router or the cloud has.'),
    initial: ({ found }) => found(4).find((address) => read.classOf(address) === 'public'),
    applies: hasAddress,
    read: (text) => ({ address: read.readAddress(text) }),
    doubt: ({ address }) => doubtOf(address),
  },
  {
    gives: ['ipv6'],
    title: 'And by IPv6?',
    hint: ({ found }) => foundLines(found(6), 'Nodes without IPv4 need it. "none" leaves it out.'),
    initial: ({ found }) => found(6).find((address) => read.classOf(address) === 'public') ?? 'none',
    applies: (draft) => hasAddress(draft) && draft.address?.includes(':') !== true,
    read: (text) => ({ ipv6: text === 'none' ? undefined : read.readIpv6(text) }),
    doubt: ({ ipv6 }) => doubtOf(ipv6),
  },
  {
    gives: ['ca'],
    title: 'Certificates from where?',
    hint: () => [
      "staging      Let's Encrypt's test side, to rehearse: no browser trusts them, and a mistake costs nothing",
      'letsencrypt  in earnest: 50 new names a week. By using it you agree to its terms',
      'https://…    the directory of another CA',
    ],
    initial: () => 'staging',
    applies: hasCa,
    read: (text) => ({ ca: read.readCa(text) }),
  },
  {
    gives: ['email'],
    title: 'Where may the CA write to you?',
    hint: () => ['An e-mail address, or "none".'],
    initial: () => 'none',
    applies: hasCa,
    read: (text) => ({ email: text === 'none' ? undefined : read.readEmail(text) }),
  },
  {
    gives: ['brokerHttps'],
    title: 'Shall the broker take port 443 and get a certificate of its own?',
    hint: async ({ isTaken }) =>
      (await isTaken(HTTPS_PORT))
        ? ['Another program has port 443 here. With "no" it can pass requests on to the broker.']
        : ['"no" where a web server or reverse proxy is to have the port; it then passes requests on to the broker.'],
    initial: async ({ isTaken }) => ((await isTaken(HTTPS_PORT)) ? 'no' : 'yes'),
    applies: hasBroker,
    read: (text) => ({ brokerHttps: readYesNo(text) }),
  },
  {
    gives: ['access'],
    title: 'Who may use the broker?',
    hint: () => [
      'everybody  within limits for each peer and network',
      'invited    whoever gets a link of their own: nodetrust invite --for NAME',
      '12D3KooW…  these peers, with commas between them',
    ],
    initial: () => 'everybody',
    applies: hasBroker,
    read: (text) => ({ access: read.readAccess(text) }),
  },
]

function foundLines(found: readonly string[], otherwise: string): readonly string[] {
  const shown = found.map((address) => (read.classOf(address) === 'public' ? address : `${address} (not public)`))
  return [found.length === 0 ? 'This machine has none that we can see.' : `Found here: ${shown.join(', ')}.`, otherwise]
}

function doubtOf(address: string | undefined): string | undefined {
  if (address === undefined || !read.isInside(address)) return undefined
  return `${address} is private: nobody outside reaches it. Take it all the same?`
}

function readYesNo(text: string): boolean {
  if (/^y(es)?$/i.test(text)) return true
  if (/^no?$/i.test(text)) return false
  throw new UsageError('please say yes or no')
}

/** What holds where nothing is asked. */
export const DEFAULTS = {
  ...{ address: '127.0.0.1', ipv6: undefined, ca: 'letsencrypt', email: undefined, metrics: undefined },
  ...{ brokerHttps: false, access: { who: 'everybody' } as const },
}

/**
 * Asks for what is not known, shows it all, and asks whether to write it.
 *
 * @param known  what flags said
 * @returns everything, once the person said yes
 * @throws NotWrittenError where they said no, went away, or gave no answer that can be used
 */
export async function askForValues(terminal: Terminal, known: Draft, around: Surroundings): Promise<InitValues> {
  const style = styles(terminal)
  terminal.say(style.dim('Enter takes what stands in brackets. Ctrl-C ends, and nothing is written before you say so.'))
  let draft: Draft = known
  for (const question of QUESTIONS) {
    const isKnown = question.gives.every((name) => name in draft)
    if (isKnown || question.applies?.(draft) === false) continue
    terminal.say(`\n${style.bold(question.title)}`)
    for (const line of await question.hint(around)) terminal.say(style.dim(`  ${line}`))
    const initial = await question.initial?.(around, draft)
    draft = { ...draft, ...(await answerTo(question, terminal, initial, around)) }
  }
  const { zone = '', dir = '', roles = [] } = draft
  const values: InitValues = { ...DEFAULTS, ...draft, zone, dir, roles }
  read.checkTogether(values)
  terminal.say(`\n${style.bold('This will be written:')}\n\n${summaryText(values)}\n`)
  if (await answered(terminal, 'yes', readYesNo, { prompt: 'Write it? ' })) return values
  throw new NotWrittenError('nothing was written')
}

/** An answer that is doubted is asked for again unless the person means it. */
async function answerTo(
  { needed, doubt, ...question }: Question,
  terminal: Terminal,
  initial: string | undefined,
  around: Surroundings,
): Promise<Draft> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const given = await answered(terminal, initial, (text) => question.read(text, around), { needed })
    const doubted = doubt?.(given)
    if (doubted === undefined || (await answered(terminal, 'no', readYesNo, { prompt: `  ${doubted} ` }))) return given
  }
  throw new NotWrittenError(`nothing was written: ${MAX_TRIES} answers could not be used`)
}

async function answered<Value>(
  terminal: Terminal,
  initial: string | undefined,
  reader: (text: string) => Value | Promise<Value>,
  { prompt = '', needed }: { readonly prompt?: string; readonly needed?: string | undefined } = {},
): Promise<Value> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const typed = await terminal.ask(`${prompt}${initial === undefined ? '' : `[${initial}] `}> `)
    if (typed === undefined) throw new NotWrittenError('nothing was written: there are no more answers')
    const text = typed.trim() === '' ? initial : typed.trim()
    if (text === undefined) {
      if (needed !== undefined) terminal.say(`  ${needed}`)
      continue
    }
    try {
      if (text.length > MAX_ANSWER_CHARS)
        throw new UsageError(`that is too long: at most ${MAX_ANSWER_CHARS} characters`)
      return await reader(text)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      terminal.say(`  ${error.message}`)
    }
  }
  throw new NotWrittenError(`nothing was written: ${MAX_TRIES} answers could not be used`)
}

function styles({ hasStyles }: Terminal) {
  const by = (code: number) => (text: string) => (hasStyles ? `\u001b[${code}m${text}\u001b[0m` : text)
  return { bold: by(1), dim: by(2) }
}
