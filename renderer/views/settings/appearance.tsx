// How the window looks and which language it speaks.
import { useId } from 'preact/hooks'
import { isPseudo } from '../../../proto/text/index.ts'
import { useApp } from '../../app.ts'
import { Segments } from '../../parts/fields.tsx'
import { Icon } from '../../parts/icon.tsx'
import { useChange } from './rows.tsx'

const THEMES = ['system', 'light', 'dark'] as const

export function Theme() {
  const { t } = useApp()
  const { set, values, isLocked, change } = useChange()
  return (
    <div class="setting">
      <span aria-hidden="true">{t('settings.theme')}</span>
      <Segments
        legend={t('settings.theme')}
        name="theme"
        value={values.theme}
        disabled={isLocked('theme') || !set.allowed}
        options={THEMES.map((value) => ({ value, text: t(`settings.theme.${value}`) }))}
        onChange={(theme) => void change({ theme })}
      />
    </div>
  )
}

const OFFERED_LANGUAGES = ['system', 'en', 'de'] as const

export function LanguageChoice() {
  const { t } = useApp()
  const { set, values, isLocked, change } = useChange()
  const id = useId()
  // a pseudo-locale is shown where it is set, never offered
  const offered = isPseudo(values.language) ? ([...OFFERED_LANGUAGES, values.language] as const) : OFFERED_LANGUAGES
  return (
    <div class="setting">
      <label for={id}>{t('settings.language')}</label>
      <span class="select">
        <select
          class="input"
          id={id}
          value={values.language}
          disabled={isLocked('language') || !set.allowed}
          onChange={({ currentTarget }) => void change({ language: currentTarget.value })}
        >
          {offered.map((language) => (
            <option key={language} value={language} lang={language === 'system' ? undefined : language}>
              {t(`settings.language.${language}`)}
            </option>
          ))}
        </select>
        <Icon name="down" small />
      </span>
    </div>
  )
}
