// The new certificates that a CA gives the zone's registered domain in a week, all accounts together. The issue server and the
// broker of a zone take from one bucket; what a peer of the broker orders at its CA is counted when it registers.
import { join } from 'node:path'
import * as v from 'valibot'
import {
  afterGivingBack,
  afterTaking,
  believable,
  type KeptMoment,
  type Limit,
  readMoment,
  usedOf,
  waitFor,
  wholeUsedOf,
} from './bucket.ts'
import { directoryOrigin } from '../../core/acme/directories.ts'
import { WeekSection } from '../config.ts'
import { openSqliteWeek } from '../store/sqlite-week.ts'
import type { WeekStore } from '../store/store.ts'
import type { Clock } from '../../core/clock.ts'

/** The week of one CA. */
export interface Week {
  readonly limit: Limit
  /** The part that names get which never had a certificate; the rest is for those that come back after months. */
  readonly newShare: number
  /** How long until there is room, milliseconds; 0 where there is. */
  wait(share?: number): Promise<number>
  /**
   * Takes a certificate where there is room. Who is killed before giving it back has taken one too many, which refills like the rest.
   *
   * @returns the wait, milliseconds; 0 where it was taken
   */
  take(share?: number): Promise<number>
  /** An order came to nothing. */
  giveBack(): Promise<void>
  /** How many are used now, rounded up. */
  used(): Promise<number>
}

const DAY_MS = 24 * 3_600_000

/**
 * Opens the week that the roles of one folder share.
 *
 * @param init.section    the schema's defaults where left out
 * @param init.directory  of the CA that counts (core/acme/directories.ts)
 * @throws StoreError, DirectoryError
 */
export function openWeek(init: {
  readonly dir: string
  readonly section: WeekSection | undefined
  readonly directory: string | undefined
  readonly clock: Clock
}): Week & { close(): Promise<void> } {
  const { dir, section = v.parse(WeekSection, {}), directory, clock } = init
  const ca = directoryOrigin(directory)
  const store = openSqliteWeek(join(dir, 'week.sqlite'))
  return { ...createWeek({ section, ca, store, clock }), close: () => store.close() }
}

/**
 * Makes the week.
 *
 * @param init.ca  which CA counts; each has a week of its own, so that a rehearsal at a test CA costs nothing
 */
export function createWeek(init: {
  readonly section: WeekSection
  readonly ca: string
  readonly store: WeekStore
  readonly clock: Clock
}): Week {
  const { section, ca, store, clock } = init
  const limit: Limit = { count: section.newCertificates, windowMs: section.days * DAY_MS }
  const kept: KeptMoment = {
    read: () => store.emptyAt(ca),
    write: () => store.change(ca, (emptyAt) => believable(limit, emptyAt, clock.now())),
  }
  const read = () => readMoment(kept, limit, clock.now())
  return {
    limit,
    newShare: section.newShare,
    wait: async (share) => waitFor(limit, await read(), clock.now(), share),
    async take(share) {
      let wait = 0
      await read()
      await store.change(ca, (emptyAt) => {
        wait = waitFor(limit, emptyAt, clock.now(), share)
        return wait > 0 ? undefined : afterTaking(limit, emptyAt, clock.now())
      })
      return wait
    },
    giveBack: () =>
      store.change(ca, (emptyAt) =>
        usedOf(limit, emptyAt, clock.now()) === 0 ? undefined : afterGivingBack(limit, emptyAt, clock.now()),
      ),
    used: async () => wholeUsedOf(limit, await read(), clock.now()),
  }
}
