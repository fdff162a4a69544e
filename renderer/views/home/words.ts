// The title, sentence and button of the present state.
import { lifeWords, type LifeWords } from '../../../proto/text/life.ts'
import { useApp, useSlices } from '../../app.ts'

/** The words of the present state. */
export function useLifeWords(): LifeWords {
  const { words, now } = useApp()
  const { app, identity, certificate, settings } = useSlices()
  return lifeWords(
    { app: app.value, identity: identity.value, certificate: certificate.value, settings: settings.value },
    words.value,
    now.value,
  )
}
