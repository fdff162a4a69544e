// The messages in parts: scripts/build/texts.ts makes them.
type Messages = readonly (string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>)[]

declare module '*.ts?first' {
  /** In the order of their keys. */
  export const messages: Messages
}
declare module '*.ts?ask' {
  export const messages: Messages
}
declare module '*.ts?more' {
  export const messages: Messages
}
declare module '*.ts?first-keys' {
  export const keys: readonly string[]
}
declare module '*.ts?ask-keys' {
  export const keys: readonly string[]
}
declare module '*.ts?more-keys' {
  export const keys: readonly string[]
}
