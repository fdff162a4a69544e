// A QR code. What computes it is fetched when the first code is shown: no page waits for it, and its place is kept free.
import { useMemo } from 'preact/hooks'
import { later, useLater } from '../later.ts'

const CODE = later(async () => import('../../proto/qr.ts'))

/** Dark on white in both themes. Nothing where the text is too long for one. */
export function Qr({ text, label, large = false }: { text: string; label: string; large?: boolean }) {
  const fetched = useLater(CODE)
  const make = fetched?.is === 'there' ? fetched.what : undefined
  const code = useMemo(() => make?.qrPath(make.qrText(text)), [make, text])
  const names = large ? 'qr qr-large' : 'qr'
  if (make === undefined) return <svg class={names} viewBox="0 0 1 1" aria-hidden="true" />
  if (code === undefined) return null
  return (
    <svg class={names} viewBox={`0 0 ${code.size} ${code.size}`} role="img" aria-label={label} data-text={text}>
      <path d={code.path} />
    </svg>
  )
}
