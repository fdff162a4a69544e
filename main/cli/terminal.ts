// What a command sees of the terminal it was typed in.
import type { Clock } from '../../core/clock.ts'

/** The terminal. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** A result for people: standard output. Commands in it are shown as they can be typed here. */
  readonly print: (text: string) => void
  /** A result as it is: standard output, for a program. */
  readonly write: (text: string) => void
  /** What is said beside it: standard error. */
  readonly say: (text: string) => void
  /** Asks a person yes or no; undefined where nobody is there. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined
  /** All of standard input. */
  readonly readAll?: () => Promise<string>
  /** The same as bytes. */
  readonly readBytes?: () => Promise<Uint8Array>
  /** Empties the screen for what is printed next; undefined where standard output is no terminal. */
  readonly clear?: () => void
  /** Aborted by Ctrl-C, and when nobody reads standard output any more. */
  readonly signal: AbortSignal
}
