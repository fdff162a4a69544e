// What went wrong with a call about names: in words, and below them what exactly, where that says what to do.
import type { Problem } from '../../../proto/api/index.ts'
import { Trouble } from '../../parts/button.tsx'

export function Failure({ problem }: { problem: Problem | undefined }) {
  if (problem === undefined) return null
  return (
    <div class="stack">
      <Trouble problem={problem} />
      {problem.detail !== '' && (
        <p class="small" lang="en" translate={false} dir="ltr">
          {problem.detail}
        </p>
      )}
    </div>
  )
}
