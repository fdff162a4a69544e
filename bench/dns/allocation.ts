// What the answering function costs by itself, in a process of its own: nanoseconds and bytes of heap for each query. The
// young generation is made so large (see run.ts) that nothing is collected meanwhile, so every object would be seen.
import { performance } from 'node:perf_hooks'
import { createZoneAnswerer } from '../../servers/dns/answer.ts'
import { benchZone, encodeQuestion, forgeQuestions, ip4Questions, mixQuestions, type Question } from './queries.ts'

const WARM_UP = 400_000
const COUNTED = 1_000_000

export interface FunctionCost {
  readonly questions: string
  readonly nanoseconds: number
  readonly heapBytes: number
}

function measure(questions: string, list: readonly Question[]): FunctionCost {
  const { config, challenges, clock } = benchZone()
  const { handle } = createZoneAnswerer(config, challenges, clock)
  const queries = list.map((question) => encodeQuestion(question))
  const out = Buffer.alloc(1232)
  const answer = (count: number) => {
    for (let at = 0; at < count; at++) {
      const query = queries[at % queries.length]
      if (query) handle(query, query.length, out, 'udp')
    }
  }
  answer(WARM_UP)
  globalThis.gc?.()
  const heap = process.memoryUsage().heapUsed
  const began = performance.now()
  answer(COUNTED)
  const took = performance.now() - began
  const heapBytes = Math.max(0, process.memoryUsage().heapUsed - heap) / COUNTED
  return { questions, nanoseconds: (took * 1e6) / COUNTED, heapBytes }
}

console.log(
  JSON.stringify([measure('ip4', ip4Questions()), measure('forge', forgeQuestions()), measure('mix', mixQuestions())]),
)
