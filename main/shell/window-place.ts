// Where the window was when it was closed, and where it may come back: screens are taken away and turned while nobody looks, and a window
// that nobody can reach is worse than one that was moved. Pure functions of rectangles.
import * as v from 'valibot'

/** Pixels as the desktop counts them, apart from its scale. */
export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** No screen is further away, and a wrong number is no place. */
const FAR = 100_000

const coordinate = v.pipe(v.number(), v.integer(), v.minValue(-FAR), v.maxValue(FAR))
const extent = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(FAR))

/** A place as it is kept from one start to the next. */
export const WindowPlaceSchema = v.object({
  ...{ x: coordinate, y: coordinate, width: extent, height: extent },
  /** Over the whole screen; the rectangle is what it goes back to. */
  maximised: v.boolean(),
})
export type WindowPlace = Readonly<v.InferOutput<typeof WindowPlaceSchema>>

/** Where to open the window; without `x` and `y` the system chooses. */
export interface OpeningPlace {
  readonly x?: number
  readonly y?: number
  readonly width: number
  readonly height: number
  readonly maximised: boolean
}

/** Less than that of a window, and nobody finds or grips it. */
const SEEN = 80

/**
 * The place as the screens of today allow it: never larger than the screen it is on, all of it inside; where it is on none, only its size counts.
 *
 * @param screens  what programs may use of each, the main one first
 */
export function openingPlace(place: WindowPlace | undefined, screens: readonly Rectangle[]): OpeningPlace | undefined {
  const [first] = screens
  if (!place || !first) return undefined
  const { maximised } = place
  const sizeOn = (screen: Rectangle) => ({
    width: Math.min(place.width, screen.width),
    height: Math.min(place.height, screen.height),
  })
  const [seen] = screens
    .map((screen) => ({ screen, width: shared(place, screen, 'x'), height: shared(place, screen, 'y') }))
    .filter(({ width, height }) => width >= SEEN && height >= SEEN)
    .sort((a, b) => b.width * b.height - a.width * a.height)
  if (!seen) return { ...sizeOn(first), maximised }
  const { screen } = seen
  const { width, height } = sizeOn(screen)
  const x = clamp(place.x, screen.x, screen.x + screen.width - width)
  const y = clamp(place.y, screen.y, screen.y + screen.height - height)
  return { x, y, width, height, maximised }
}

/** How much of a direction two rectangles share. */
function shared(a: Rectangle, b: Rectangle, from: 'x' | 'y'): number {
  const length = from === 'x' ? 'width' : 'height'
  return Math.min(a[from] + a[length], b[from] + b[length]) - Math.max(a[from], b[from])
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most))
}
