// A language in two parts: scripts/build/texts.ts makes them.
type Messages = Readonly<
  Record<string, string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>>
>

declare module '*.ts?first' {
  export const messages: Messages
}
declare module '*.ts?more' {
  export const messages: Messages
}
