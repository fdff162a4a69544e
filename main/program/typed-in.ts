// What a person types or pastes into the window, read for what it is: an invitation.
import { type Invitation, parseInvitation } from '../../proto/invitation.ts'
import { toApiError } from './problems.ts'

/** Reads an invitation. @throws ApiError with what is wrong with it */
export function typedInvitation(text: string): Invitation {
  try {
    return parseInvitation(text)
  } catch (error) {
    throw toApiError(error)
  }
}
