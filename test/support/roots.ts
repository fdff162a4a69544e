// Root certificates for links: real ones, since a link with anything else is refused. Nobody has their keys.
const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`

/** A CA's root. */
export const ROOT_PEM = pem(`MIIBfzCCASWgAwIBAgIUXWwiCyF16b1UggkKisK804zfTqAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJQ2x1YiByb290MCAXDTI2MTEyOTE2NDk1OVoYDzIxMjYxMTA1
MTY0OTU5WjAUMRIwEAYDVQQDDAlDbHViIHJvb3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARFoHxY6SLmA7RUbPvEyveApRBoAeroToJybiQU6Gxu6vxTXdCGLM4f
tlJRdQuldpN3v8xdWP3rd+X7ocQnHcwRo1MwUTAdBgNVHQ4EFgQUzyhktbPevv/l
47qpxywe6wGbkIowHwYDVR0jBBgwFoAUzyhktbPevv/l47qpxywe6wGbkIowDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBOzwA2dpgKnUHXbwY7b8et
fc8lZjpBb+aDzaDQjj1LEQIhAPIkwG0LcNK3zd+kk8CjHKrsrhS3OduVdCI0jUSI
fDO8`)

/** Another CA's root. */
export const OTHER_ROOT_PEM = pem(`MIIBjjCCATOgAwIBAgIUG7I/5XUwhVGnZNFet9WPUb529b4wCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQVGVzdCBDQSB3ZWIgcm9vdDAgFw0yNjExMjkxNjQ5NTlaGA8y
MTI2MTEwNTE2NDk1OVowGzEZMBcGA1UEAwwQVGVzdCBDQSB3ZWIgcm9vdDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABDwXe3f07CE42q/209ZTXgrVv5mX52pMcn+3
oUNZBZ08IVPpMm8R9nNOp8TDYQMoYekMhLsOTjgwPzR8GQsJ+OejUzBRMB0GA1Ud
DgQWBBRnzrl+Gr5lDIlRC4v02GH+BYIvCDAfBgNVHSMEGDAWgBRnzrl+Gr5lDIlR
C4v02GH+BYIvCDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCr
k6BjFRC1y0bqmhQAE5xyww8xiQ2nvDnxp6MxVurSTQIhAIpmUXgz7xceoPY9NlW6
8ci8yBOpmFKj+Sn1ma2bvHHI`)

/** A certificate that is not a CA's. */
export const SERVER_PEM = pem(`MIIBejCCASCgAwIBAgIUPNiRczUf4Xu+qMQ3qwfh7w5wL4YwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIYSBzZXJ2ZXIwIBcNMjYxMTI5MTY0OTU5WhgPMjEyNjExMDUx
NjQ5NTlaMBMxETAPBgNVBAMMCGEgc2VydmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEafXmVmRad/x0oG7M7GuJFZSI/2siCnU+Mc6WHnVV3SDvDplG3Dh4Vl9e
sUwIS8sS4GXPMFw1+y9UJBqf6nGkpqNQME4wHQYDVR0OBBYEFIaQd3SBRaa8DpR8
JknOaMvjWNbOMB8GA1UdIwQYMBaAFIaQd3SBRaa8DpR8JknOaMvjWNbOMAwGA1Ud
EwEB/wQCMAAwCgYIKoZIzj0EAwIDSAAwRQIhALKOr1Wtm/yecpjEuyZNZ1b2Y4bj
ev2namgi1rIxK8XiAiAemluED799q+aZe079yQKN73c6JOCGZwP7b9zanp2mhQ==`)

/** As it stands in a link. */
export function rootText(pemText: string): string {
  return pemText
    .replaceAll(/-----[A-Z ]+-----|\s/g, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
