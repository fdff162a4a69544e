// The one door to @peculiar/x509. The library's injector wants the Reflect polyfill loaded before it, so nobody imports
// it directly; its operations are always given `webCrypto`, never its process-wide crypto provider.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'

export {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate as PeculiarCertificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** The provider that every call of the library is given. */
export const webCrypto: webcrypto.Crypto = webcrypto
