// The licence texts of the packages inside our bundles, as one file: most of them ask to be told along with every copy. A
// package under a licence that nobody has looked at yet is an error, not a line in a list.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'

/** A package whose licence is unknown or not one that we have accepted. */
export class LicenceError extends Error {
  override readonly name = 'LicenceError'
}

/** Licences that let anybody use, change and pass on; an expression counts when one of its sides does. */
const ACCEPTED: readonly string[] = [
  ...['MIT', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Unlicense', 'Zlib', 'BlueOak-1.0.0'],
]

const FILE_NAME = /^(?:licen[cs]e|copying|notice)(?:[-.].*)?$/i

const ManifestSchema = v.object({
  name: v.string(),
  version: v.string(),
  license: v.optional(v.union([v.string(), v.object({ type: v.string() })])),
  author: v.optional(v.union([v.string(), v.object({ name: v.string() })])),
})

interface Licence {
  readonly title: string
  readonly id: string
  readonly text: string
}

/**
 * Collects the texts; packages with the same text share it.
 *
 * @param root  the project's root
 * @param folders  of the packages, relative to it
 * @throws LicenceError
 */
export async function thirdPartyLicences(root: string, folders: readonly string[]): Promise<string> {
  // our own licence is MIT: the text below its copyright line is everybody's
  const mitText = (await readFile(join(root, 'LICENSE'), 'utf8'))
    .replace(/^[^]*?(?=Permission is hereby granted)/, '')
    .trim()
  const unique = [...new Set(folders)].sort()
  const licences = await Promise.all(unique.map((folder) => readLicence(join(root, folder), mitText)))
  const titlesByText = new Map<string, Set<string>>()
  for (const { title, id, text } of licences) {
    const titles = titlesByText.get(text) ?? new Set()
    titlesByText.set(text, titles.add(`${title} (${id})`))
  }
  const sections = [...titlesByText].map(([text, titles]) => `${[...titles].sort().join('\n')}\n\n${text}\n`)
  return ['Nodetrust contains the following packages, under their own licences.\n', ...sections.sort()].join(
    `\n${'-'.repeat(78)}\n\n`,
  )
}

async function readLicence(folder: string, mitText: string): Promise<Licence> {
  const manifest = v.parse(ManifestSchema, JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')))
  const title = `${manifest.name} ${manifest.version}`
  const id = typeof manifest.license === 'string' ? manifest.license : (manifest.license?.type ?? 'none given')
  if (!isAccepted(id))
    throw new LicenceError(
      `${title} is under "${id}": read it, and add it to scripts/package/licences.ts or do without`,
    )
  const names = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  const text = texts.map((one) => one.replaceAll('\r\n', '\n').trim()).join('\n\n')
  if (text !== '') return { title, id, text }
  const author = typeof manifest.author === 'string' ? manifest.author : manifest.author?.name
  const who = author ? `Copyright (c) ${author}` : 'Copyright (c) its authors'
  const body = /\bMIT\b/.test(id) ? mitText : `The text of ${id} stands beside other packages in this file.`
  return { title, id, text: `The package comes without a text of its licence. ${who}\n\n${body}` }
}

/** `MIT`, `(MIT OR Apache-2.0)`, `MIT AND ISC`: one of the sides of an OR, all sides of an AND. */
function isAccepted(expression: string): boolean {
  const plain = expression.replaceAll(/[()]/g, '')
  return plain.split(/\s+OR\s+/).some((side) => side.split(/\s+AND\s+/).every((id) => ACCEPTED.includes(id.trim())))
}
