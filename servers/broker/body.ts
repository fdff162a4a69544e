// What a registration says: a challenge value, and the addresses where its sender can be found. Read as strictly as the public
// broker reads it, or a little more so, with the same words for what is wrong, because clients show them to people.

/** A registration that can be understood. */
export interface Registration {
  /** The unpadded base64url of a SHA-256 (RFC 8555 section 8.4). */
  readonly value: string
  /** Multiaddrs as they were sent. */
  readonly addresses: readonly string[]
}

/** A registration that is refused: with which status and words, and when asking again helps. */
export class RegistrationRefusedError extends Error {
  override readonly name = 'RegistrationRefusedError'
  readonly status: number
  readonly retryAfterMs: number | undefined

  constructor(status: number, body: string, options: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(body, options)
    this.status = status
    this.retryAfterMs = options.retryAfterMs
  }
}

/** A value and a hundred addresses; the largest that was seen had one kilobyte. */
export const MAX_BODY_BYTES = 16_384

/**
 * Reads the body of a registration. Keys count in any letter case (JavaScript's client begins them with capitals), a key that
 * is not known is a mistake.
 *
 * @throws RegistrationRefusedError 400
 */
export function readRegistration(body: Uint8Array): Registration {
  const { value, addresses } = readFields(body)
  if (!/^[A-Za-z0-9_-]*$/.test(value) || value.length % 4 === 1)
    throw new RegistrationRefusedError(400, 'error decoding value as base64url: expected the unpadded URL alphabet')
  if (value.length !== 43) throw new RegistrationRefusedError(400, 'value is not a base64url of a SHA256 digest')
  return { value, addresses }
}

function readFields(body: Uint8Array): Registration {
  let given: unknown
  try {
    given = JSON.parse(firstObject(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)))
  } catch {
    throw wrong(NO_JSON)
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw wrong('the body is no JSON object')
  const fields = new Map<string, unknown>()
  for (const [key, content] of Object.entries(given)) {
    const name = key.toLowerCase()
    if (name !== 'value' && name !== 'addresses') throw wrong('unknown field')
    if (fields.has(name)) throw wrong(`${name} is there twice`)
    fields.set(name, content)
  }
  const value = fields.get('value') ?? ''
  const addresses = fields.get('addresses') ?? []
  if (typeof value !== 'string') throw wrong('value is no text')
  if (!isTexts(addresses)) throw wrong('addresses is no list of texts')
  return { value, addresses }
}

/**
 * The JSON object that a text begins with. Go's decoder, which is the public broker's, reads as far and never looks at what follows. Letter
 * by letter: an expression for texts in quotes begins anew at each quote that has no other end, and takes a second for one body.
 *
 * @returns all of the text where it does not begin with an object, or that does not end
 */
function firstObject(text: string): string {
  if (!/^[ \t\r\n]*\{/.test(text)) return text
  let depth = 0
  let isText = false
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (isText && letter === '\\') at++
    else if (letter === '"') isText = !isText
    else if (!isText && letter === '{') depth++
    else if (!isText && letter === '}' && --depth === 0) return text.slice(0, at + 1)
  }
  return text
}

function isTexts(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every((one) => typeof one === 'string')
}

/** What a client hears that has said who it is and sent nothing to register; Go's does so and sends it next. */
export function nothingToRegister(): RegistrationRefusedError {
  return wrong(NO_JSON)
}

const NO_JSON = 'the body is no JSON'

function wrong(what: string): RegistrationRefusedError {
  return new RegistrationRefusedError(400, `error decoding body: ${what}`)
}
