// Mutants for what signed records and their keys may be.
import type { Mutants } from './mutant.ts'

export const RECORDS: Mutants = {
  P27: [
    {
      file: 'core/records/envelope.ts',
      find: 'if (Buffer.compare(payloadType, use.payloadType) !== 0) {',
      replace: 'if (payloadType.length === 0) {',
    },
    {
      file: 'core/records/envelope.ts',
      find: "const name = Buffer.from(domain, 'utf8')",
      replace: "const name = Buffer.from(domain.slice(0, 0), 'utf8')",
    },
    { file: 'core/records/envelope.ts', find: 'if (next) throw', replace: 'if (next?.field === 1) throw' },
    {
      file: 'core/records/envelope.ts',
      find: 'new ProtobufReader(bytes, { shortest: true })',
      replace: 'new ProtobufReader(bytes)',
    },
    {
      file: 'core/records/peer-record.ts',
      find: 'if (before !== undefined) throw new ProtobufError(`it has',
      replace: "if (before !== undefined && what === '') throw new ProtobufError(`it has",
    },
    {
      file: 'core/records/peer-record.ts',
      find: 'if (!isBelievableSeq(record.seq, nowMs)) {',
      replace: 'if (!isBelievableSeq(record.seq, nowMs * 1_000_000)) {',
    },
  ],
  P28: [
    {
      file: 'core/records/signer-key.ts',
      find: "if (!key.export({ format: 'der', type: 'spki' }).equals(der)) {",
      replace: "if (key.export({ format: 'der', type: 'spki' }).length === 0) {",
    },
    {
      file: 'core/records/signer-key.ts',
      find: 'from + length !== bytes.length',
      replace: 'from + length > bytes.length',
    },
    {
      file: 'core/records/signer-key.ts',
      find: 'const MAX_RSA_EXPONENT = 2n ** 31n - 1n',
      replace: 'const MAX_RSA_EXPONENT = 2n ** 8192n',
    },
  ],
}
