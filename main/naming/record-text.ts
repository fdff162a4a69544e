// The value of a record as people read it in zone files.
import type { NameRecord } from '../../core/nostr/name-facts.ts'

export function recordValue(record: NameRecord): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.address.text
    case 'CNAME':
      return record.target
    case 'TXT':
      return record.text
    default:
      return `${record.priority} ${record.weight} ${record.port} ${record.target}`
  }
}
