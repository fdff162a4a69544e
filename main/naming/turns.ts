// One thing at a time, told while it goes on: whoever asks waits for what is under way.

/** Does work when all earlier work is over. `settled` resolves when nothing is under way any more. */
export interface Turns {
  <Result>(work: () => Promise<Result>): Promise<Result>
  settled(): Promise<void>
}

/** @param tell  called with whether something is under way */
export function createTurns(tell: (busy: boolean) => void): Turns {
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(async () => {
      tell(true)
      try {
        return await work()
      } finally {
        tell(false)
      }
    })
    turn = result.catch(() => undefined)
    return result
  }
  return Object.assign(inTurn, {
    async settled() {
      await turn
    },
  })
}

const DAY_MS = 24 * 3_600_000
/** Of a day, at random: a thousand machines do not write at once. */
const JITTER = 0.1
/** After an attempt without success. */
const RETRY_MS = [60_000, 10 * 60_000, 60 * 60_000] as const

/** How long until the name is published again, milliseconds. @param failures  in a row, this one among them */
export function untilNextMs({
  done,
  failures,
  random,
}: {
  readonly done: boolean
  readonly failures: number
  readonly random: () => number
}): number {
  if (done) return DAY_MS * (1 - JITTER * random())
  return RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? DAY_MS
}
