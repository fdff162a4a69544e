// When a window is on the screen and when something is drawn in it, from the frame buffer of the screen itself: Xvfb keeps it in a file
// (X Window Dump format, version 7), which can be read every few milliseconds without asking anybody.
import { open } from 'node:fs/promises'
import { systemClock } from '../../core/clock.ts'

/** Moments of a start, milliseconds of performance.now(). */
export interface Seen {
  /** A window is there. */
  readonly shown: number
  /** There is more in it than one colour. */
  readonly painted: number
}

const LOOK_MS = 5
const PATIENCE_MS = 60_000
/** Of the screen's dots: a window of 420 × 640 is more, a pointer is less. */
const SHARE_OF_A_WINDOW = 0.05
/** Frame and title that the window manager draws around it. */
const FRAME_DOTS = 48
/** Letters with smooth edges have more. */
const COLOURS_OF_TEXT = 8
/** Every so many dots of a line are looked at. */
const STEP = 2

/** Watches a screen that is empty until a window with text is there. @param file  as Xvfb -fbdir writes it */
export async function watchForWindow(file: string, signal?: AbortSignal): Promise<Seen> {
  const handle = await open(file)
  try {
    const shape = await readShape(handle)
    const dots = async () => {
      const buffer = Buffer.alloc(shape.lineBytes * shape.height)
      await handle.read(buffer, 0, buffer.length, shape.from)
      return new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4)
    }
    const before = await dots()
    const deadline = performance.now() + PATIENCE_MS
    let shown: number | undefined
    while (performance.now() < deadline) {
      const now = await dots()
      const at = performance.now()
      const box = changed(before, now, shape)
      if (box) {
        shown ??= at
        if (coloursIn(now, box, shape) >= COLOURS_OF_TEXT) return { shown, painted: at }
      }
      await systemClock.sleep(LOOK_MS, signal)
    }
    throw new Error(shown === undefined ? 'no window came' : 'the window stayed empty')
  } finally {
    await handle.close()
  }
}

interface Shape {
  readonly from: number
  readonly width: number
  readonly height: number
  readonly lineBytes: number
}

async function readShape(handle: Awaited<ReturnType<typeof open>>): Promise<Shape> {
  const header = Buffer.alloc(100)
  await handle.read(header, 0, header.length, 0)
  const at = (field: number) => header.readUInt32BE(field * 4)
  const [size, width, height, bits, lineBytes, colours] = [at(0), at(4), at(5), at(11), at(12), at(19)]
  if (bits !== 32) throw new Error(`a screen of ${bits} bits a dot cannot be read`)
  return { from: size + colours * 12, width, height, lineBytes }
}

interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Where it differs; undefined where that is less than a window. */
function changed(before: Uint32Array, now: Uint32Array, { width, height, lineBytes }: Shape): Box | undefined {
  let [left, top, right, bottom, count] = [width, height, 0, 0, 0]
  const line = lineBytes / 4
  for (let y = 0; y < height; y += STEP) {
    for (let x = 0; x < width; x += STEP) {
      if (before[y * line + x] === now[y * line + x]) continue
      count += 1
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = y
    }
  }
  return count * STEP * STEP >= width * height * SHARE_OF_A_WINDOW ? { left, top, right, bottom } : undefined
}

function coloursIn(dots: Uint32Array, box: Box, { lineBytes }: Shape): number {
  const colours = new Set<number>()
  const line = lineBytes / 4
  for (let y = box.top + FRAME_DOTS; y < box.bottom - FRAME_DOTS; y++)
    for (let x = box.left + FRAME_DOTS; x < box.right - FRAME_DOTS; x++) colours.add(dots[y * line + x] ?? 0)
  return colours.size
}
