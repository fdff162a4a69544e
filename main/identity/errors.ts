// What can be wrong with a call that changes the identity, one class for each thing a caller can do something about.
import type { NotReady } from './opened.ts'

/** The key cannot be read now, so it cannot be moved or exported. */
export class IdentityNotReadyError extends Error {
  override readonly name = 'IdentityNotReadyError'
  readonly opened: NotReady

  constructor(opened: NotReady) {
    super(`the key cannot be read now (${opened.state}): ${opened.message}`)
    this.opened = opened
  }
}

/** The folder belongs to another peer than the file that is to be imported. */
export class OtherIdentityError extends Error {
  override readonly name = 'OtherIdentityError'
  /** Whose the folder is; undefined where that is not known. */
  readonly present: string | undefined
  readonly imported: string

  constructor(present: string | undefined, imported: string) {
    super(
      `this folder belongs to ${present ?? 'a peer that is not known'}, the file to ${imported}: say that it is to be replaced`,
    )
    this.present = present
    this.imported = imported
  }
}
