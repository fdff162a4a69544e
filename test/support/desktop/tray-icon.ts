// Which of our pictures a tray icon shows: what the panel was given, pixel by pixel, beside the files of the app. Some desktops get
// the pixels, others the name of a file.
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../command.ts'
import type { TrayItem } from './panel.ts'

const run = promisify(execFile)

const ICONS = join(ROOT, 'assets', 'icons', 'tray')
/** Electron gives Linux the largest picture that there is. */
const LARGEST = '@3x.png'
/** Of 255, over all pixels: what multiplying by the opacity and back loses. */
const MOST_DIFFERENCE = 1

/**
 * The picture's name, such as `serving-colour-on-any`.
 *
 * @throws where it is none of ours
 */
export async function pictureOf(item: TrayItem): Promise<string> {
  const shown = await pixelsOf(item)
  const names = (await readdir(ICONS)).filter((name) => name.endsWith(LARGEST))
  const differences = await Promise.all(
    names.map(async (name) => ({ name, difference: differenceOf(shown, await pixels(join(ICONS, name))) })),
  )
  const [nearest] = differences.toSorted((a, b) => a.difference - b.difference)
  if (nearest && nearest.difference <= MOST_DIFFERENCE) return nearest.name.slice(0, -LARGEST.length)
  throw new Error(`the tray shows a picture that is none of ours; ${JSON.stringify(nearest)} is nearest`)
}

/** Red, green, blue, opacity of each pixel. */
async function pixelsOf({ properties }: TrayItem): Promise<Uint8Array> {
  const { IconThemePath: folder, IconName: name, IconPixmap: pictures } = properties
  if (typeof folder === 'string' && folder !== '') return pixels(join(folder, `${String(name)}.png`))
  const [first] = (pictures ?? []) as readonly (readonly [width: number, height: number, bytes: string])[]
  if (!first) throw new Error(`the tray icon has no picture: ${JSON.stringify(properties)}`)
  // opacity, red, green, blue (StatusNotifierItem specification, "Icons")
  const bytes = Buffer.from(first[2], 'base64')
  return Uint8Array.from(bytes, (_byte, at) => bytes[at % 4 === 3 ? at - 3 : at + 1] ?? 0)
}

async function pixels(file: string): Promise<Uint8Array> {
  const { stdout } = await run('convert', [file, '-depth', '8', 'rgba:-'], { encoding: 'buffer' })
  return stdout
}

function differenceOf(one: Uint8Array, other: Uint8Array): number {
  if (one.length !== other.length) return Infinity
  let sum = 0
  for (let at = 0; at < one.length; at += 4) {
    const [a = 0, b = 0] = [one[at + 3], other[at + 3]]
    sum += Math.abs(a - b)
    // colours under no paint say nothing
    for (let colour = 0; colour < 3; colour += 1)
      sum += Math.abs(((one[at + colour] ?? 0) * a - (other[at + colour] ?? 0) * b) / 255)
  }
  return sum / one.length
}
