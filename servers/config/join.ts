// What the web page of an invitation offers; the broker serves it at /join.
import * as v from 'valibot'

const MAX_URL_CHARS = 300

/** Where visitors get the app: an https address, in which `{system}` stands for `linux`, `mac` or `windows`. */
const download = v.pipe(
  v.string(),
  v.maxLength(MAX_URL_CHARS),
  v.check(
    (text) => URL.parse(text.replaceAll('{system}', 'linux'))?.protocol === 'https:',
    'expected an https address, for example https://example.net/nodetrust/{system}',
  ),
)

export const joinSection = v.strictObject({
  /** Where left out, the page says that whoever invites has it. */
  download: v.optional(download),
})
