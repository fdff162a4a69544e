// The committed icons are those of their sources, in every state, variant and size that the tray and the systems ask for.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { icns, ico, IconFileError, pngSize, readIcns, readIco } from '../../scripts/icons/containers.ts'
import { hashFiles, isMade, isSource, type Manifest } from '../../scripts/icons.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'assets', 'icons')
const STATES = ['idle', 'working-1', 'working-2', 'working-3', 'serving', 'attention', 'offline']
const VARIANTS = ['black', 'white', 'colour-on-light', 'colour-on-dark', 'colour-on-any']
const SCALES = [
  ['', 16],
  ['@1.25x', 20],
  ['@1.5x', 24],
  ['@2x', 32],
  ['@3x', 48],
] as const

const read = (path: string): Promise<Buffer> => readFile(join(FOLDER, path))
const widthOf = async (path: string): Promise<number> => {
  const { width, height } = pngSize(await read(path))
  assert.equal(width, height, path)
  return width
}

describe('icons', () => {
  it('are made from the sources as they are now', async () => {
    const manifest: Manifest = JSON.parse((await read('manifest.json')).toString('utf8'))
    assert.deepEqual(await hashFiles(isSource), manifest.sources, 'run scripts/icons.ts')
    assert.deepEqual(await hashFiles(isMade), manifest.made, 'run scripts/icons.ts')
  })

  it('of the tray are there for every state and variant, sharp on every screen', async () => {
    for (const state of STATES) {
      for (const variant of VARIANTS) {
        for (const [scale, size] of SCALES) assert.equal(await widthOf(`tray/${state}-${variant}${scale}.png`), size)
        assert.equal(await widthOf(`tray/large/${state}-${variant}.png`), 24)
        assert.equal(await widthOf(`tray/large/${state}-${variant}@2x.png`), 48)
      }
    }
  })

  it('of the app are there from 16 to 1024 pixels', async () => {
    for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024])
      assert.equal(await widthOf(`app/${size}x${size}.png`), size)
  })

  it('for Windows hold every size as it says', async () => {
    const images = readIco(await read('app/icon.ico'))
    assert.deepEqual(
      images.map(({ size }) => size),
      [16, 20, 24, 32, 40, 48, 64, 128, 256],
    )
    for (const { size, png } of images) assert.deepEqual(pngSize(png), { width: size, height: size })
  })

  it('for macOS hold every size, plain and at 2x', async () => {
    const images = readIcns(await read('app/icon.icns'))
    const sizes = Object.fromEntries(images.map(({ type, size }) => [type, size]))
    assert.deepEqual(sizes, {
      ...{ icp4: 16, icp5: 32, ic07: 128, ic08: 256, ic09: 512 },
      ...{ ic10: 1024, ic11: 32, ic12: 64, ic13: 256, ic14: 512 },
    })
  })

  it('refuses files that are cut, or no icons at all', async () => {
    const whole = await read('app/icon.icns')
    assert.throws(() => readIcns(whole.subarray(0, 100)), IconFileError)
    assert.throws(() => readIcns(Buffer.from('not an icon at all, but long enough')), IconFileError)
    assert.throws(() => readIco((whole.fill(0, 0, 4), whole)), IconFileError)
    assert.throws(() => readIco(ico([{ size: 16, png: Buffer.alloc(90) }]).subarray(0, 60)), IconFileError)
    assert.throws(() => pngSize(Buffer.from('GIF89a, which is no PNG, whatever its name says')), IconFileError)
    assert.throws(() => icns([]), IconFileError)
  })
})
