// What `nodetrust init --json` gives to programs: one object on one line. Fields are added, never renamed.
import * as v from 'valibot'

export const WrittenSchema = v.object({
  /** The configuration. */
  path: v.string(),
  /** What --change changed, a line each; null where the configuration is new. */
  changed: v.nullable(v.array(v.string())),
  /** Role to peer id, of the keys that were made. */
  identities: v.record(v.string(), v.string()),
  /** What has to be filled in before the roles can be served. */
  missing: v.array(v.string()),
  /** What to do now. */
  next: v.string(),
})
export type Written = v.InferOutput<typeof WrittenSchema>
