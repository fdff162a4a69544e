// How a page and its node talk, whatever carries it. What comes in is checked against the contract here, once; behind this
// line everything has its type.
import * as v from 'valibot'
import {
  ApiError,
  METHODS,
  ProblemSchema,
  PushSchema,
  type Input,
  type MethodName,
  type Output,
  type Problem,
  type Push,
  type Role,
} from '../../proto/api/index.ts'

/** What happens to the connection. */
export type HostEvent =
  /** Calls work from now on. */
  | { readonly kind: 'open'; readonly role: Role }
  | { readonly kind: 'push'; readonly push: Push }
  /** A push that is not of the contract: the state is asked for anew. */
  | { readonly kind: 'unreadable' }
  /** The node does not answer; it is tried again. */
  | { readonly kind: 'lost' }
  /** The node said that it stops; whether it comes back is looked at. */
  | { readonly kind: 'ended' }
  /** The page's token is not known any more; only a new link helps. */
  | { readonly kind: 'closed' }
  /** The node speaks another version of the contract. */
  | { readonly kind: 'outdated' }

/** One way to the node. */
export interface Host {
  readonly kind: 'desktop' | 'browser'
  /** Begins; events come until the returned function is called. */
  start(listener: (event: HostEvent) => void): () => void
  /** @throws ApiError */
  call<Name extends MethodName>(name: Name, input: Input<Name>): Promise<Output<Name>>
  /** Tries the connection at once. */
  retry(): void
}

/** Checks what a call gave. @throws ApiError */
export function readOutput<Name extends MethodName>(name: Name, output: unknown): Output<Name> {
  const parsed = v.safeParse(METHODS[name].output, output)
  if (!parsed.success) throw new ApiError('bad-request', { detail: `the answer to ${name} is not of the contract` })
  return parsed.output
}

/** Reads a failure; one that cannot be read is `internal`. */
export function readProblem(problem: unknown): ApiError {
  const parsed = v.safeParse(ProblemSchema, problem)
  return parsed.success ? new ApiError(parsed.output.code, parsed.output) : new ApiError('internal')
}

/** Reads a push; undefined where it is not of the contract. */
export function readPush(push: unknown): Push | undefined {
  const parsed = v.safeParse(PushSchema, push)
  return parsed.success ? parsed.output : undefined
}

/** What went wrong, for showing it. */
export function problemOf(error: unknown): Problem {
  return error instanceof ApiError ? error.problem : new ApiError('internal', { detail: String(error) }).problem
}
