// One after the other: what is looked up and what is changed after it must not be torn apart by somebody else's.

/** Does work when all earlier work of the same key is over, however it ended. */
export type Lanes = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>

/** Makes lanes; one without waiting work is forgotten. */
export function createLanes(): Lanes {
  const ends = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const result = (ends.get(key) ?? Promise.resolve()).then(work)
    const end = result
      .catch(() => undefined)
      .then(() => {
        if (ends.get(key) === end) ends.delete(key)
      })
    ends.set(key, end)
    return result
  }
}

/** Does work when all earlier work is over, however it ended. */
export type OneAtATime = <Result>(work: () => Promise<Result>) => Promise<Result>

/** Makes a single lane. */
export function oneAtATime(): OneAtATime {
  const lanes = createLanes()
  return (work) => lanes('', work)
}
