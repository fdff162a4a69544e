// Whom a process talks to is checked by certificates, whatever its environment says: NODE_TLS_REJECT_UNAUTHORIZED=0 makes Node believe
// everybody, and stands in many a login file because some other program once needed it. Every entry file asks here before it does anything.

/** Node looks it up anew for each connection, so that taking it away is enough. */
const VARIABLE = 'NODE_TLS_REJECT_UNAUTHORIZED'

/**
 * Takes the variable away, for this process and those that it starts.
 *
 * @param tell  hears a sentence about it, where it was there and meant something
 * @param env  this process's own
 */
export function keepTlsChecks(tell: (text: string) => void, env: NodeJS.ProcessEnv = process.env): void {
  const given = env[VARIABLE]
  delete env[VARIABLE]
  if (given === '0')
    tell(`nodetrust: ${VARIABLE}=0 does not count here: whoever is in between could answer for everybody\n`)
}
