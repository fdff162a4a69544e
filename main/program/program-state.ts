// What the program runs, as a value: whether it is wanted to, how far the node is, how far the practice network. An app or a
// process is held only by the phase in which it can be used, so nothing that has ended can be asked for anything.
import type { Problem } from '../../proto/api/index.ts'

/** How far the node is. */
export type NodePhase<App> =
  | { readonly phase: 'stopped' | 'starting' | 'stopping' }
  | { readonly phase: 'running'; readonly app: App }
  | { readonly phase: 'failed'; readonly problem: Problem }

/** How far the practice network is. */
export type SandboxPhase<Sandbox> =
  { readonly phase: 'off' | 'starting' | 'failed' } | { readonly phase: 'running'; readonly sandbox: Sandbox }

/** What runs. */
export interface ProgramState<App, Sandbox> {
  /** Nodes are started anew only between the program's start and its stop. */
  readonly life: 'to-start' | 'open' | 'closed'
  readonly node: NodePhase<App>
  readonly sandbox: SandboxPhase<Sandbox>
  /** The invitation that counts; undefined where the configuration names the network, or nobody has chosen one. */
  readonly invitation: string | undefined
}

/** What happens to it. */
export type ProgramEvent<App, Sandbox> =
  | { readonly event: 'opened' | 'closed' }
  | { readonly event: 'invited'; readonly invitation: string | undefined }
  | { readonly event: 'node-starting' | 'node-stopping' | 'node-stopped' }
  | { readonly event: 'node-running'; readonly app: App }
  | { readonly event: 'node-failed'; readonly problem: Problem }
  | { readonly event: 'sandbox-starting' | 'sandbox-failed' | 'sandbox-off' }
  | { readonly event: 'sandbox-running'; readonly sandbox: Sandbox }

/** Before the start. */
export function nothingRuns<App, Sandbox>(): ProgramState<App, Sandbox> {
  return { life: 'to-start', node: { phase: 'stopped' }, sandbox: { phase: 'off' }, invitation: undefined }
}

/** What an event makes of what runs. A node that runs ends by stopping alone, whatever is told of another one. */
export function next<App, Sandbox>(
  state: ProgramState<App, Sandbox>,
  happened: ProgramEvent<App, Sandbox>,
): ProgramState<App, Sandbox> {
  const { node } = state
  switch (happened.event) {
    case 'opened':
      return { ...state, life: 'open' }
    case 'closed':
      return { ...state, life: 'closed' }
    case 'invited':
      return { ...state, invitation: happened.invitation }
    case 'node-starting':
      return mayStart(state) ? { ...state, node: { phase: 'starting' } } : state
    case 'node-running':
      return node.phase === 'starting' ? { ...state, node: { phase: 'running', app: happened.app } } : state
    case 'node-failed':
      return node.phase === 'starting' ? { ...state, node: { phase: 'failed', problem: happened.problem } } : state
    case 'node-stopping':
      return node.phase === 'running' ? { ...state, node: { phase: 'stopping' } } : state
    case 'node-stopped':
      return node.phase === 'stopping' ? { ...state, node: { phase: 'stopped' } } : state
    case 'sandbox-starting':
      return { ...state, sandbox: { phase: 'starting' } }
    case 'sandbox-running':
      return { ...state, sandbox: { phase: 'running', sandbox: happened.sandbox } }
    case 'sandbox-failed':
      return { ...state, sandbox: { phase: 'failed' } }
    default:
      return { ...state, sandbox: { phase: 'off' } }
  }
}

/** The node, where it runs. */
export function appOf<App>({ node }: ProgramState<App, unknown>): App | undefined {
  return node.phase === 'running' ? node.app : undefined
}

/** The practice network, where it runs. */
export function sandboxOf<Sandbox>({ sandbox }: ProgramState<unknown, Sandbox>): Sandbox | undefined {
  return sandbox.phase === 'running' ? sandbox.sandbox : undefined
}

/** Why the node does not run; undefined where it does, or is on its way. */
export function whyFailed({ node }: ProgramState<unknown, unknown>): Problem | undefined {
  return node.phase === 'failed' ? node.problem : undefined
}

/** How far the node is to whoever looks: what is started anew at once, or first of all, is starting. */
export function shownPhase({ life, node }: ProgramState<unknown, unknown>): NodePhase<unknown>['phase'] {
  const isDown = node.phase === 'stopped' || node.phase === 'stopping'
  return isDown && life !== 'closed' ? 'starting' : node.phase
}

/** Whether no node runs, or is on its way up or down. */
export function mayStart({ node }: ProgramState<unknown, unknown>): boolean {
  return node.phase === 'stopped' || node.phase === 'failed'
}

/** Whether what has kept the node from running may be gone, so that another start is worth it. */
export function mayStartAnew({ life, node }: ProgramState<unknown, unknown>): boolean {
  return life === 'open' && node.phase === 'failed'
}
