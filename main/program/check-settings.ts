// Settings as they were typed, each judged by itself: the good ones are taken, each wrong one gets its own answer, and where
// another value would do, that value.
import * as v from 'valibot'
import { SettingsValues, type FieldProblem, type SettingName, type Settings } from '../../proto/api/index.ts'
import { DIAL_POLICIES } from '../../proto/dial-policy.ts'
import { isPortFree, nextFreePort } from '../settings/ports.ts'

/** What came of it. */
export interface CheckedSettings {
  readonly values: Partial<Settings>
  readonly problems: readonly FieldProblem[]
}

/** What the check asks of the machine. */
export interface PortProbe {
  readonly isFree: (port: number) => Promise<boolean>
  readonly nextFree: (after: number, except: readonly number[]) => Promise<number | undefined>
  /** Ports below this need a privilege that we do not have. */
  readonly lowest: number
}

/** By trying. */
export const systemProbe: PortProbe = {
  isFree: isPortFree,
  nextFree: nextFreePort,
  lowest: process.platform === 'linux' && process.getuid?.() !== 0 ? 1_024 : 1,
}

const RESTARTING = new Set<SettingName>(['tcpPort', 'wssPort', 'mapPorts', 'discoverable'])

/** Whether the node has to be started anew for a setting. */
export function needsRestart(name: SettingName): boolean {
  return RESTARTING.has(name)
}

/** What they are judged by. */
export interface CheckInit {
  /** @default the system's ports */
  readonly probe?: PortProbe | undefined
  /** Dial policies of the configuration. @default none */
  readonly dialPolicies?: readonly string[] | undefined
}

/**
 * Judges settings.
 *
 * @param given  as typed
 * @param now  as they are
 * @param locked  fixed by the configuration
 */
export async function checkSettings(
  given: Readonly<Record<string, string | number | boolean>>,
  now: Settings,
  locked: readonly SettingName[],
  { probe = systemProbe, dialPolicies = [] }: CheckInit = {},
): Promise<CheckedSettings> {
  let values: Partial<Settings> = {}
  const problems: FieldProblem[] = []
  for (const name of v.keyof(SettingsValues).options) {
    const typed = given[name]
    if (typed === undefined) continue
    const wrong = (code: FieldProblem['code'], { suggestion }: { readonly suggestion?: number | undefined } = {}) =>
      void problems.push({ field: name, code, suggestion: suggestion ?? null })
    if (locked.includes(name)) {
      wrong('locked')
    } else if (name === 'dialPolicy' && ![...DIAL_POLICIES, ...dialPolicies].some((known) => known === typed)) {
      wrong('wrong-type')
    } else if (name === 'tcpPort' || name === 'wssPort') {
      const port = readPort(typed)
      const other = name === 'tcpPort' ? (values.wssPort ?? now.wssPort) : (values.tcpPort ?? now.tcpPort)
      const suggest = () => probe.nextFree(port ?? now[name] - 1, [other])
      if (port === undefined) wrong(isNumber(typed) ? 'port-range' : 'wrong-type')
      else if (port === other) wrong('ports-equal', { suggestion: await suggest() })
      else if (port < probe.lowest)
        wrong('port-privileged', { suggestion: await probe.nextFree(now[name] - 1, [other]) })
      else if (port !== now[name] && !(await probe.isFree(port))) wrong('port-taken', { suggestion: await suggest() })
      else values = { ...values, [name]: port }
    } else {
      const result = v.safeParse(SettingsValues.entries[name], typed)
      if (result.success) values = { ...values, [name]: result.output }
      else wrong('wrong-type')
    }
  }
  return { values, problems }
}

function readPort(typed: string | number | boolean): number | undefined {
  const port = typeof typed === 'string' && /^\s*\d{1,5}\s*$/.test(typed) ? Number(typed) : typed
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined
}

function isNumber(typed: string | number | boolean): boolean {
  return typeof typed === 'number' || (typeof typed === 'string' && /^\s*-?[\d.]+\s*$/.test(typed))
}
