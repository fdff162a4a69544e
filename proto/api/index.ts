// The contract between the node and whoever shows it: calls, state, errors, frames. Everything here is data and schemas.
export * from './dial-report.ts'
export * from './errors.ts'
export * from './frames.ts'
export * from './links.ts'
export * from './methods.ts'
export {
  LOOK_UP_STATES,
  type LookedUpData,
  LookedUpSchema,
  NAME_STEPS,
  type VerificationData,
  VerificationSchema,
} from './name-methods.ts'
export * from './reunion.ts'
export * from './state.ts'
