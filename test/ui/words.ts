// Finds things on the page as a person does: by their words and roles. The words come from the catalogue, so that a sentence can
// be made better without touching a test.
import assert from 'node:assert/strict'
import axe from 'axe-core'
import { PATIENCE_MS } from './hosts/browser.ts'
import type { Locator, Page } from 'playwright-core'
import { de } from '../../proto/text/de.ts'
import { en } from '../../proto/text/en.ts'
import { createWords, type TextKey } from '../../proto/text/index.ts'
import { LAYOUT_FAULTS } from '../support/page-host/layout-faults.ts'

const english = createWords('en', en, 'en-GB')
const german = createWords('de', de)

/** The page's English. */
export const say = (key: TextKey, values: Record<string, string | number> = {}): string => english.text(key, values)

/** The page's German. */
export const sayGerman = (key: TextKey): string => german.text(key)

export const button = (page: Page, key: TextKey, values: Record<string, string | number> = {}): Locator =>
  page.getByRole('button', { name: say(key, values), exact: true })

/** Chooses an answer of the first question. */
export const choose = (page: Page, answer: 'public' | 'invited' | 'sandbox'): Promise<void> =>
  page.getByRole('radio', { name: say(`welcome.${answer}`) }).check()

/** Waits until an answer of the first question is chosen, whoever chose it. */
export const chosen = (page: Page, answer: 'public' | 'invited' | 'sandbox'): Promise<void> =>
  page.locator(`.radio[value="${answer}"]:checked`).waitFor()

/** Waits until the page's title is this. */
export async function titled(
  page: Page,
  key: TextKey,
  values: Record<string, string | number> = {},
  withinMs = PATIENCE_MS,
): Promise<void> {
  await page.getByRole('heading', { level: 1, name: say(key, values), exact: true }).waitFor({ timeout: withinMs })
}

/** Waits until a sentence is there. */
export async function reads(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor()
}

/** Goes to a view by its name in the navigation's addresses. */
export async function goTo(page: Page, view: string): Promise<void> {
  await page.evaluate(`void (location.hash = '${view}')`)
  if (view === 'home') await page.locator('[data-life]').waitFor()
  else await page.getByRole('heading', { level: 1, name: say(`nav.${view}` as TextKey), exact: true }).waitFor()
}

/** Waits until Home shows a state of the certificate's life. */
export const life = (page: Page, state: string): Promise<void> => page.locator(`[data-life="${state}"]`).waitFor()

/**
 * Looks for what keeps people with a screen reader, a keyboard or weak eyes out: axe-core's own rules, all of them, and whatever is cut,
 * covered or scrolls where it should not, in the host's own window.
 */
export async function accessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source)
  const found = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target + ' ' + failureSummary)))`,
  )) as string[]
  assert.deepEqual(found, [], what)
  assert.deepEqual(await page.evaluate(LAYOUT_FAULTS), [], what)
}
