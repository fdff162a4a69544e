// The common issuance tests against our own CA.
import { startOwnCa } from '../support/issuance.ts'
import { describeIssuance } from '../support/issuance-suite.ts'

describeIssuance('our own CA', startOwnCa, undefined)
