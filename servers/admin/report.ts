// What a role tells its operator: whether it is well in one sentence, the rest as a part of the page, what it adds to the pictures at
// the top, and its figures.
import type { RoleName } from '../role-names.ts'
import type { Figure } from './figures.ts'
import type { Html } from './html.ts'
import type { DaySlot } from './day.ts'

/** A role was asked for its report before it ran. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError'

  constructor(role: RoleName) {
    super(`the role ${role} does not run: start it first`)
  }
}

/** What one role says now. */
export interface RoleReport {
  readonly role: RoleName
  /** Of its part of the page. */
  readonly title: string
  /** What an operator who looks for a second should see. */
  readonly state: { readonly attention: boolean; readonly sentence: string }
  readonly content: Html
  readonly pictures?: RolePictures
  readonly figures: readonly Figure[]
}

/** What a role adds to the pictures. */
export interface RolePictures {
  /** A few words for its place on the map. */
  readonly line?: string
  /** Ways of the map on which something fails. */
  readonly troubles?: readonly Trouble[]
  /** The CA it works with, where that is not one of its own process. */
  readonly ca?: string
  readonly week?: WeekPicture
  readonly day?: DayPicture
  readonly certificates?: CertificatesPicture
  /** How people come in: a link, or words where there is none for everybody. */
  readonly invitation?: { readonly link: string } | { readonly say: string }
}

/** A place of the map: a role, wherever it runs, or the peers of the network. */
export type MapPlace = RoleName | 'peers'

/** Something that fails between two places. */
export interface Trouble {
  readonly from: MapPlace
  readonly to: MapPlace
  /** The end of no sentence: "the CA refuses". */
  readonly why: string
}

/** The zone's new certificates. */
export interface WeekPicture {
  readonly used: number
  readonly limit: number
  readonly days: number
  /** The part that new names get, 0 to 1; the rest is kept for those that come back. */
  readonly newShare: number
}

/** What happened over the last day. */
export interface DayPicture {
  /** What was counted: "Orders". */
  readonly title: string
  /** Oldest first. */
  readonly slots: readonly DaySlot[]
}

/** Certificates that are good now. */
export interface CertificatesPicture {
  readonly valid: number
  /** How many begin to renew in the next days, today first. */
  readonly renewing: readonly number[]
}
