// Figures in the text form that Prometheus reads (exposition format 0.0.4). Roles that count the same thing have one figure
// of it, whose lines stand together.

/** Labels of one value. */
export type Labels = Readonly<Record<string, string>>

/** One value of a figure. */
export interface FigureValue {
  readonly labels?: Labels
  readonly value: number
  /** What is added to the name, as histograms have it. */
  readonly suffix?: string
}

/** Something that is counted or measured. */
export interface Figure {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly values: readonly FigureValue[]
}

/** Counters with labels, from zero. */
export interface Counters<Name extends string> {
  count(name: Name, labels: Labels): void
  figures(): readonly Figure[]
}

/** Makes counters. @param help  what each counts */
export function createCounters<Name extends string>(help: Readonly<Record<Name, string>>): Counters<Name> {
  const counted = new Map<string, Map<string, { readonly labels: Labels; value: number }>>()
  return {
    count(name, labels) {
      const of = counted.get(name) ?? new Map()
      counted.set(name, of)
      const key = labelText(labels)
      const one = of.get(key) ?? { labels, value: 0 }
      of.set(key, one)
      one.value++
    },
    figures: () =>
      Object.entries<string>(help).map(([name, words]) => ({
        ...{ name, help: words, type: 'counter' },
        values: [...(counted.get(name)?.values() ?? [])],
      })),
  }
}

/** How long something took. */
export interface Histogram {
  /** @param seconds  one more */
  observe(seconds: number): void
  figure(): Figure
}

/** Makes one. @param bounds  upper bounds of its buckets, seconds, rising */
export function createHistogram(name: string, help: string, bounds: readonly number[]): Histogram {
  const buckets = bounds.map(() => 0)
  let sum = 0
  let count = 0
  return {
    observe(seconds) {
      sum += seconds
      count++
      for (const [index, bound] of bounds.entries()) if (seconds <= bound) buckets[index] = (buckets[index] ?? 0) + 1
    },
    figure: () => ({
      ...{ name, help, type: 'histogram' },
      values: [
        ...bounds.map((bound, index) => ({
          ...{ suffix: '_bucket', labels: { le: String(bound) }, value: buckets[index] ?? 0 },
        })),
        { suffix: '_bucket', labels: { le: '+Inf' }, value: count },
        { suffix: '_sum', value: sum },
        { suffix: '_count', value: count },
      ],
    }),
  }
}

/** Histograms of one thing, apart by a label whose values are known from the start. */
export interface Histograms<Value extends string> {
  /** @param seconds  one more of these */
  observe(value: Value, seconds: number): void
  figure(): Figure
}

/**
 * Makes them, each from zero, so that a rate is right from the first scrape on.
 *
 * @param of.buckets  upper bounds, seconds, rising
 */
export function createHistograms<Value extends string>(
  name: string,
  help: string,
  of: { readonly buckets: readonly number[]; readonly label: string; readonly values: readonly Value[] },
): Histograms<Value> {
  const all = new Map(of.values.map((value) => [value, createHistogram(name, help, of.buckets)]))
  return {
    observe: (value, seconds) => all.get(value)?.observe(seconds),
    figure: () => ({
      ...{ name, help, type: 'histogram' },
      values: [...all].flatMap(([value, one]) =>
        one.figure().values.map((each) => ({ ...each, labels: { [of.label]: value, ...each.labels } })),
      ),
    }),
  }
}

/** Something that is read when somebody asks. */
export function gauge(name: string, help: string, value: number | undefined | readonly FigureValue[]): Figure {
  const values = typeof value === 'number' ? [{ value }] : (value ?? [])
  return { name, help, type: 'gauge', values }
}

/** All of them as text. */
export function figuresText(figures: readonly Figure[]): string {
  const byName = new Map<string, Figure>()
  for (const figure of figures) {
    const earlier = byName.get(figure.name)
    byName.set(figure.name, { ...figure, values: [...(earlier?.values ?? []), ...figure.values] })
  }
  const lines = [...byName.values()].flatMap(({ name, help, type, values }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...values.map(({ suffix = '', labels = {}, value }) => `${name}${suffix}${labelText(labels)} ${value}`),
  ])
  return `${lines.join('\n')}\n`
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
