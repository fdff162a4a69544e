// Keys, requests and certificates: the outside face of the folder.
export {
  type BundleNetwork,
  type CertificateBundle,
  BundleError,
  createBundle,
  parseBundle,
  type RenewalWindow,
} from './bundle.ts'
export { BUNDLE_VERSION, serialiseBundle } from './bundle.ts'
export { CertificateError, type CertificateFault } from './certificate-error.ts'
export { certId, certIdOf } from './certid.ts'
export {
  type CertificateFacts,
  type ChainCheck,
  readCertificate,
  readChain,
  usableChain,
  verifyChain,
} from './chain.ts'
export { checkCsrFor, createCsr, CsrError, type CsrFacts, type CsrFault, type NewCsr, readCsr } from './csr.ts'
export { MAX_CSR_BYTES, MAX_FOREIGN_CSR_BYTES, type ReadCsrOptions } from './csr.ts'
export { type AcceptedKeyAlgorithm, generateKeyPem, judgeKey, KEY_ALGORITHMS, type KeyAlgorithm } from './keys.ts'
export { KeyError, readPrivateKey, spkiOf, spkiSha256 } from './keys.ts'
export { platformRoots, trustJudge, type TrustJudge } from './platform-roots.ts'
export { normaliseNames, sameNames, whyNotCertificateName } from './names.ts'
export { type Validity, validityOf } from './validity.ts'
