// In which form the program runs and how it is called there: kept for the pages that are shown when there is no node to ask. Nothing
// secret, and nothing that is more than shown.
import * as v from 'valibot'
import type { State } from '../proto/api/index.ts'

const KEY = 'nodetrust.form'

const FormSchema = v.object({
  host: v.picklist(['desktop', 'headless']),
  own: v.pipe(v.string(), v.maxLength(2_048)),
  /** Undefined where it is started like any program of the desktop. */
  start: v.optional(v.pipe(v.string(), v.maxLength(2_048))),
})

/** The form, and the command lines that work in it. */
export type Form = Readonly<v.InferOutput<typeof FormSchema>>

const NAME = 'nodetrust'

/** What to type for `nodetrust` where the node was started. */
export const ownName = ({ typed }: Pick<State['app'], 'typed'>): string => typed?.own ?? NAME

/** Keeps it. A browser that keeps nothing shows the usual name. */
export function rememberForm({ host, typed }: State['app']): void {
  const form: Form = { host, own: ownName({ typed }), ...(typed?.start === undefined ? {} : { start: typed.start }) }
  try {
    localStorage.setItem(KEY, JSON.stringify(form))
  } catch {
    // it is not allowed to
  }
}

/** What is known of it; undefined where this browser has not seen it yet. */
export function knownForm(): Form | undefined {
  try {
    const parsed = v.safeParse(FormSchema, JSON.parse(localStorage.getItem(KEY) ?? ''))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

/** A command of ours as it can be typed. */
export const commandOf = (word: string, form = knownForm()): string => `${form?.own ?? NAME} ${word}`
