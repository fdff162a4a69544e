// In a word, why an address may be believed.
import { useApp } from '../../app.ts'
import type { IconName } from '../../parts/icon.tsx'
import { Badge } from '../../parts/pieces.tsx'
import type { Trust } from '../../say/peers.ts'

const BADGES: Record<Trust, readonly ['good' | 'plain' | 'open', IconName]> = {
  certified: ['good', 'seal'],
  added: ['plain', 'person'],
  unverified: ['open', 'question'],
}

export function TrustBadge({ trust }: { trust: Trust }) {
  const { t } = useApp()
  const [tone, icon] = BADGES[trust]
  return (
    <Badge tone={tone} icon={icon}>
      {t(`peers.${trust}`)}
    </Badge>
  )
}
