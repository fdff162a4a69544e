// How large the page is shown: the keys that every browser has for it, and the steps between them. Where no menu brings these keys, which is
// everywhere but on macOS, Electron knows none of them. Pure functions.
import * as v from 'valibot'

/** What a person wants. */
export type ZoomStep = 'in' | 'out' | 'reset'

/** A key as it went down, in the words of the DOM. */
export interface PressedKey {
  readonly type: string
  readonly key: string
  readonly code: string
  readonly control: boolean
  readonly meta: boolean
  readonly alt: boolean
}

/** Chromium's own steps, as far as the page is laid out for them. */
const STEPS = [0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2] as const

/** What is kept from one start to the next; a step that is none any more is as if it were not there. */
export const ZoomSchema = v.picklist(STEPS)
export type Zoom = v.InferOutput<typeof ZoomSchema>

export const NO_ZOOM: Zoom = 1

/** What a key means; undefined where it is about something else. */
export function zoomKey(key: PressedKey, platform: NodeJS.Platform): ZoomStep | undefined {
  const [wanted, other] = platform === 'darwin' ? [key.meta, key.control] : [key.control, key.meta]
  if (key.type !== 'keyDown' || !wanted || other || key.alt) return undefined
  // the plus is behind Shift on some keyboards and not on others
  if (key.key === '+' || key.key === '=') return 'in'
  if (key.key === '-' || key.key === '_') return 'out'
  return key.key === '0' || key.code === 'Digit0' ? 'reset' : undefined
}

/** The next step; the last one stays. */
export function nextZoom(zoom: Zoom, step: ZoomStep): Zoom {
  if (step === 'reset') return NO_ZOOM
  const at = STEPS.indexOf(zoom) + (step === 'in' ? 1 : -1)
  return STEPS[at] ?? zoom
}
