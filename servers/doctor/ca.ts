// The CA: whether it answers, whether we have an account there, and what it still takes of us; and the week of new certificates, which
// all roles of the zone share.
import { join } from 'node:path'
import { directoryOrigin, directoryUrl } from '../../core/acme/directories.ts'
import { fileAccountStore } from '../../core/acme/index.ts'
import { reasonOf } from '../../core/net/reason.ts'
import { createBudget } from '../issue/budget.ts'
import { accountPath } from '../issue/acme.ts'
import { createOrderLimits } from '../issue/order-limits.ts'
import { openWeek } from '../quota/week.ts'
import { inWords } from '../quota/words.ts'
import { openSqliteLedger } from '../store/sqlite-ledger.ts'
import { isThere, withCopies } from './copied.ts'
import { linesOf, type HostCheck } from './look.ts'

/** The part of what a CA takes that is worth a word. */
const NEARLY = 0.9

/** Whether it answers, and our account. */
export const checkCa: HostCheck = async ({ config, ca }) => {
  const line = linesOf('ca', 'CA')
  const { issue, dir } = config
  const answer = await ca
  if (!answer) return [line('unknown', 'No role of this configuration asks a CA.')]
  if (!answer.ok)
    return [
      line(
        'bad',
        `${answer.host} does not answer: ${answer.reason}.`,
        'Look whether this machine may go out by HTTPS, and at the CA’s page of its state.',
      ),
    ]
  if (!issue) return [line('good', `${answer.host} answers.`)]
  try {
    const account = await fileAccountStore(accountPath(dir, directoryUrl(issue.acme.directory))).load()
    if (account?.url === undefined)
      return [line('good', `${answer.host} answers; the account is made with the first order.`)]
    return [line('good', `${answer.host} answers; our account is ${account.url.replace(/^https:\/\/[^/]+/, '')}.`)]
  } catch (error) {
    return [
      line(
        'bad',
        reasonOf(error),
        'Restore it of a backup: renewals of this account cost nothing, those of a new one do.',
      ),
    ]
  }
}

/** What is left of the CA's limits for our account. */
export const checkLimits: HostCheck = async ({ config, clock }) => {
  const line = linesOf('limits', 'Limits')
  const { issue, dir, week: section } = config
  const path = join(dir, 'issue.sqlite')
  if (!issue) return [line('unknown', 'There is no issue server here.')]
  if (!(await isThere(path))) return [line('good', 'Nothing was ordered yet.')]
  return await withCopies(dir, ['issue.sqlite', 'week.sqlite'], async (copies) => {
    const { directory } = issue.acme
    const ledger = openSqliteLedger(join(copies, 'issue.sqlite'), directoryOrigin(directory))
    const week = openWeek({ dir: copies, section, directory, clock })
    try {
      const caWaitMs = await createBudget({ section: issue.budget, week, ledger, clock }).caWait()
      if (caWaitMs > 0)
        return [
          line(
            'bad',
            `The CA asked us to wait ${inWords(caWaitMs)}.`,
            'Nothing now: orders wait by themselves. See the operator’s page for what it said.',
          ),
        ]
      const { used, limit } = await createOrderLimits({ section: issue.budget, ledger, clock }).state()
      const say = `${used} of ${limit} orders in ${issue.budget.ordersHours} hours are used.`
      return [
        used >= limit * NEARLY ? line('warning', say, 'Renewals go on; new names wait some hours.') : line('good', say),
      ]
    } finally {
      await week.close()
      await ledger.close()
    }
  })
}

/** What is left of the week. */
export const checkWeek: HostCheck = async ({ config, clock }) => {
  const line = linesOf('week', 'Week')
  const { dir, week: section, issue } = config
  const { newCertificates, days } = section
  if (!(await isThere(join(dir, 'week.sqlite'))))
    return [line('good', `None of ${newCertificates} new certificates is used.`)]
  return await withCopies(dir, ['week.sqlite'], async (copies) => {
    const week = openWeek({ dir: copies, section, directory: issue?.acme.directory, clock })
    try {
      const used = await week.used()
      const say = `${used} of ${newCertificates} new certificates in ${days} days are used`
      const waitMs = await week.wait(week.newShare)
      if (waitMs === 0) return [line('good', `${say}.`)]
      return [
        line(
          'bad',
          `${say}: new names have to wait ${inWords(waitMs)}.`,
          'Known names renew as ever. If it happens often: have the zone put on the Public Suffix List, or ask the CA for more.',
        ),
      ]
    } finally {
      await week.close()
    }
  })
}
