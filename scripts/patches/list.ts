// Changes to the source of packages that cannot wait for a release of theirs: each is one text of one file of one exact version,
// and what stands there instead. Nothing in node_modules is written to: preload.ts puts them in where sources run, and
// scripts/build/patches.ts where bundles are made. A patch that no longer fits stops both, so that none is lost in silence.
// Faults of libraries that this is a way around (docs/upstream.md): push-record, identify-addresses, length-prefix, unread-bytes,
// on-drain, pause-again, peer-id-length.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A change to one file of a package. */
export interface Patch {
  readonly package: string
  /** The one version it was made for. */
  readonly version: string
  /** Below the package's folder, with slashes. */
  readonly file: string
  /** What is there exactly once. */
  readonly find: string
  readonly replace: string
  /** Text of `replace` that a bundler keeps; a bundle that has it has the patch. */
  readonly mark: string
  /** What happens without it. */
  readonly why: string
  /** What the package's keepers have done about it, and when that was looked up. */
  readonly upstream: string
}

/** All of them. One is removed when its package has mended the matter: take it out here, nothing else knows it. */
export const PATCHES: readonly Patch[] = [
  {
    package: '@libp2p/utils',
    version: '7.4.1',
    file: 'dist/src/stream-utils.js',
    find: `                    if (err instanceof RangeError) {
                        continue;
                    }
`,
    // a length that has all the bytes it may have and still is none will not become one
    replace: `                    if (err instanceof RangeError) {
                        if (lengthBuffer.byteLength < (opts?.maxLengthLength ?? 8)) {
                            continue;
                        }
                        throw new InvalidDataLengthLengthError(\`Message length is none after \${lengthBuffer.byteLength} bytes\`);
                    }
`,
    mark: 'Message length is none after ',
    why: 'A length prefix that never ends is read for ever, byte by byte and with an exception for each: four megabytes of 0xff keep the process from everything else for ten seconds and more, before anybody has said who they are.',
    upstream: '7.4.1 is the newest release, and has it (November 2026).',
  },
  {
    package: '@libp2p/utils',
    version: '7.4.1',
    file: 'dist/src/stream-utils.js',
    find: `    const maxBufferSize = opts?.maxBufferSize ?? DEFAULT_MAX_BUFFER_SIZE;
`,
    // twice what a peer may send ahead in a new stream; the largest message of all that are read so has 100 KB
    replace: `    const maxBufferSize = opts?.maxBufferSize ?? 524_288;
    stream?.log?.trace?.('keeping half a MiB at most of what is not read');
`,
    mark: 'keeping half a MiB at most of what is not read',
    why: 'Each stream of a peer may have 4 MiB that nobody has read yet, also before it is known what the stream is for: a gigabyte for one connection.',
    upstream: 'It is an option of each reader; the readers of the library itself leave it out (November 2026).',
  },
  {
    package: '@libp2p/utils',
    version: '7.4.1',
    file: 'dist/src/abstract-message-stream.js',
    find: `        const continueSendingOnDrain = () => {
            if (this.writableNeedsDrain) {
                this.log.trace('drain event received, continue sending data');
                this.writableNeedsDrain = false;
                queueMicrotask(() => {
                    try {
                        this.processSendQueue();
                    }
                    catch (err) {
                        this.log.error('processSendQueue threw - %e', err);
                    }
                });
            }
            this.onDrainPromise?.resolve();
        };
`,
    // what waits is sent first, nobody is told before it has all gone, and whoever waits next waits for the next time
    replace: `        const continueSendingOnDrain = (evt) => {
            if (this.writableNeedsDrain) {
                this.log.trace('drain event received, continue sending data');
                this.writableNeedsDrain = false;
                try {
                    this.processSendQueue();
                }
                catch (err) {
                    this.log.error('processSendQueue threw - %e', err);
                }
                if (this.writableNeedsDrain) {
                    this.log.trace('telling nobody of the drain as there is more to send');
                    evt.stopImmediatePropagation();
                    return;
                }
            }
            const drained = this.onDrainPromise;
            this.onDrainPromise = undefined;
            drained?.resolve();
        };
`,
    mark: 'telling nobody of the drain as there is more to send',
    why: 'onDrain() waits only once in the life of a stream, and both it and the event come although nothing fits, so that a writer who waits as he ought to keeps a hundred megabytes in memory for a slow reader.',
    upstream: '7.4.1 is the newest release, and has it; so has the main branch (November 2026).',
  },
  {
    package: '@libp2p/utils',
    version: '7.4.1',
    file: 'dist/src/abstract-message-stream.js',
    find: `        this.dispatchReadBuffer();
        this.sendResume();
`,
    replace: `        this.dispatchReadBuffer();
        if (this.readStatus !== 'readable') {
            this.log.trace('asking for no more as the reader does not want it any longer');
            return;
        }
        this.sendResume();
`,
    mark: 'asking for no more as the reader does not want it any longer',
    why: 'A reader who pauses again while he is given what came in the pause is sent more nevertheless, until his buffer is too large and the stream is reset.',
    upstream: '7.4.1 is the newest release, and has it; so has the main branch (November 2026).',
  },
  {
    package: '@multiformats/multiaddr',
    version: '13.0.3',
    file: 'dist/src/registry.js',
    find: `        bytesToValue: bytesToString('base58btc'),
        valueToBytes: (val) => {
`,
    // the longest that there is, a SHA-512, has 66 bytes, which are some 90 letters
    replace: `        bytesToValue: (buf) => {
            if (buf.byteLength > 128) {
                throw new ValidationError(\`A peer id of \${buf.byteLength} bytes is none\`);
            }
            return bytesToString('base58btc')(buf);
        },
        valueToBytes: (val) => {
            if (val.length > 256) {
                throw new ValidationError(\`A peer id of \${val.length} letters is none\`);
            }
`,
    mark: ' letters is none',
    why: 'Base 58 takes the square of the length: an address that a stranger makes up, eight kilobytes of which are a peer id, keeps the process from everything else for half a second, ten of them in one message for five.',
    upstream: '13.0.3 is the newest release, and has it (November 2026).',
  },
  {
    package: '@libp2p/identify',
    version: '4.1.14',
    file: 'dist/src/utils.js',
    find: `    const peer = {};
    const listenAddrs = message.listenAddrs
`,
    // twice what the peer store keeps (core/net/peer-store-bounds.ts)
    replace: `    const peer = {};
    if (message.listenAddrs.length > 64) {
        log('reading no more than 64 addresses of a peer');
        message.listenAddrs = message.listenAddrs.slice(0, 64);
    }
    const listenAddrs = message.listenAddrs
`,
    mark: 'reading no more than 64 addresses of a peer',
    why: 'Ten messages may hold eight thousand addresses, each of which is read, written as text, sorted and compared with all that were there: a second for eighty kilobytes, as often as a peer likes.',
    upstream: '4.1.14 is the newest release, and has it (November 2026).',
  },
  {
    package: '@libp2p/identify',
    version: '4.1.14',
    file: 'dist/src/identify-push.js',
    find: `            const signedPeerRecord = await RecordEnvelope.seal(peerRecord, this.components.privateKey);
`,
    replace: `            const { peerRecordEnvelope: ownEnvelope } = await this.components.peerStore.get(this.components.peerId);
            if (ownEnvelope != null) {
                this.log.trace('pushing the very record that identify sends');
            }
            const signedPeerRecord = ownEnvelope != null
                ? { marshal: () => ownEnvelope }
                : await RecordEnvelope.seal(peerRecord, this.components.privateKey);
`,
    mark: 'pushing the very record that identify sends',
    why: 'Each push seals a record of its own, with the time as its number and all addresses in it, while identify sends the one in the peer store: peers hold two records of one node, and the numbers go back where the clock did.',
    upstream: '4.1.14 is the newest release, and has it (November 2026).',
  },
]

/** A patch does not fit what is installed; the message says which, why, and what to do. */
export class PatchError extends Error {
  override readonly name = 'PatchError'
}

/** The patches for a file. @param path  its path or URL, with slashes */
export function patchesFor(path: string, patches: readonly Patch[] = PATCHES): readonly Patch[] {
  return patches.filter((patch) => path.endsWith(`/node_modules/${patch.package}/${patch.file}`))
}

/**
 * Puts a patch into a source.
 *
 * @throws PatchError where the text is not there exactly once
 */
export function applyPatch(patch: Patch, source: string): string {
  const found = source.split(patch.find).length - 1
  if (found !== 1) throw misfit(patch, `its text is there ${found} times instead of once`)
  return source.replace(patch.find, () => patch.replace)
}

/**
 * Looks whether all patches fit the packages of a folder. A package that is not installed is no misfit: nobody can load it.
 *
 * @param root  the folder that has node_modules in it
 * @throws PatchError
 */
export function checkPatches(root: string, patches: readonly Patch[] = PATCHES): void {
  for (const patch of patches) {
    const folder = join(root, 'node_modules', patch.package)
    const manifest = readIfThere(join(folder, 'package.json'))
    if (manifest === undefined) continue
    const { version } = JSON.parse(manifest) as { readonly version?: unknown }
    if (version !== patch.version) throw misfit(patch, `version ${String(version)} is installed`)
    const source = readIfThere(join(folder, patch.file))
    if (source === undefined) throw misfit(patch, 'the file is not there')
    applyPatch(patch, source)
  }
}

function misfit(patch: Patch, what: string): PatchError {
  return new PatchError(
    `the patch for ${patch.file} of ${patch.package} ${patch.version} does not fit: ${what}. Without it: ${patch.why} ` +
      `See whether ${patch.package} has mended this by now; then remove the patch from scripts/patches/list.ts, else renew it for what is installed.`,
  )
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
