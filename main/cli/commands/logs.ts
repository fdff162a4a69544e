// `nodetrust logs`: what happened to the running node and the newest lines of its log, and with --follow what comes after them, until
// Ctrl-C or the end of the node. The node gives them as a diagnostics file has them: without keys, with shortened addresses.
import { UsageError } from '../../../core/commands/index.ts'
import { ApiError, type LogLine, MAX_LOG_LINES } from '../../../proto/api/index.ts'
import { findNode, NoNodeError, type NodeClient } from '../client.ts'
import { isoTime, writeJson } from '../json.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

/** A screen and a bit. */
const USUAL_LINES = 50

/** Often enough to look alive; a node answers four times as often. */
const LOOK_MS = 1_000

export async function logs({ dir, switches, values }: Asked, terminal: Terminal): Promise<number> {
  const most = linesOf(values.get('lines'))
  const node = await findNode(dir)
  const show = (lines: readonly LogLine[]) => {
    for (const line of lines) {
      if (switches.has('json')) writeJson(terminal, 'logs', jsonOf(line))
      else terminal.write(lineText(line))
    }
  }
  const { lines, written } = await node.call('log.read', { most })
  show(lines)
  if (switches.has('follow')) return await follow(node, written, show, terminal)
  if (lines.length === 0) terminal.say('Nothing has happened since the node started. With --log=info it says more.')
  return 0
}

async function follow(
  node: NodeClient,
  from: number,
  show: (lines: readonly LogLine[]) => void,
  { clock, signal, say }: Terminal,
): Promise<number> {
  let read = from
  for (;;) {
    await clock.sleep(LOOK_MS, signal).catch(() => undefined)
    if (signal.aborted) return 0
    const news = await node.call('log.read', { after: read }).catch(whatItMeans)
    if (news === 'ended') {
      say('The node has ended.')
      return 3
    }
    if (news === 'busy') continue
    const missed = news.written - read - news.lines.length
    if (missed > 0) say(`${missed} lines came too fast to be kept.`)
    show(news.lines)
    read = news.written
  }
}

/** Several who follow share what a node answers in a minute; a node that was started anew does not know us. @throws everything else */
function whatItMeans(error: unknown): 'ended' | 'busy' {
  if (error instanceof NoNodeError) return 'ended'
  if (!(error instanceof ApiError)) throw error
  if (error.problem.code === 'unauthorized') return 'ended'
  if (error.problem.code === 'rate-limited') return 'busy'
  throw error
}

/** @throws UsageError */
function linesOf(text: string | undefined): number {
  if (text === undefined) return USUAL_LINES
  const lines = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (lines >= 1 && lines <= MAX_LOG_LINES) return lines
  throw new UsageError(`--lines ${text}: expected a number from 1 to ${MAX_LOG_LINES}, which is all that a node keeps`)
}

function jsonOf({ at, ...line }: LogLine) {
  return { time: at === null ? null : isoTime(at), ...line }
}

/** `2026-11-30T20:01:02.003Z  warn   what happened  peer=12D3Koo… error="…"` */
function lineText({ at, level, message, fields }: LogLine): string {
  // the words say what happened; its name is for programs
  const shown = Object.entries(fields).filter(([name]) => name !== 'event')
  const beside = shown.map(([name, value]) => `${name}=${valueText(value)}`)
  const time = at === null ? '-'.padEnd(TIME_WIDTH) : isoTime(at)
  return [time, level.padEnd(5), plain(message), ...(beside.length > 0 ? [beside.join(' ')] : [])].join('  ')
}

const TIME_WIDTH = '2026-11-30T20:01:02.003Z'.length

/** What has no space needs no quotes. */
function valueText(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? plain(value) : plain(JSON.stringify(value) ?? '')
}

/** Nothing that steers a terminal. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD')
}
