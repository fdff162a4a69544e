// The product's version, told to CAs and peers; package.json is where it is decided.
import manifest from '../package.json' with { type: 'json' }

export const VERSION: string = manifest.version
