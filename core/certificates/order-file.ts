// The order under way at a CA, on the disk beside its pending key: whoever is killed, or loses the CA's answer, goes on with
// it and gets the certificate that exists already instead of a second one.
import { rm } from 'node:fs/promises'
import * as v from 'valibot'
import { FileError, readFileIfThere, writeFileAtomic } from '../files.ts'
import type { Clock } from '../clock.ts'

/** As long as a pending key is kept: after a day the CA may have forgotten the order. */
const MAX_AGE_MS = 24 * 3_600_000

const OrderSchema = v.object({
  /** The domain whose broker, or whose own DNS, answers the challenge. */
  forge: v.string(),
  directory: v.string(),
  orderUrl: v.string(),
  /** Hex SHA-256 of the public key that its CSR is for. */
  spki: v.string(),
  /** The CA has seen the value; from here on it costs nothing to finish, and much to begin anew. */
  validated: v.boolean(),
  at: v.number(),
})

/** An order under way. */
export type OrderUnderWay = Readonly<v.InferOutput<typeof OrderSchema>>

/** Keeps one order at most. */
export interface OrderFile {
  /** The kept one, where it is not too old. */
  find(): Promise<OrderUnderWay | undefined>
  /** @throws FileError */
  save(order: Omit<OrderUnderWay, 'at'>): Promise<void>
  /** @throws FileError */
  clear(): Promise<void>
}

/** Makes the place of the order: one file. */
export function createOrderFile({ path, clock }: { readonly path: string; readonly clock: Clock }): OrderFile {
  return {
    async find() {
      const text = await readFileIfThere(path)
      const order = text && parseOrder(text.toString('utf8'))
      return order && Math.abs(clock.now() - order.at) < MAX_AGE_MS ? order : undefined
    },
    save: (order) => writeFileAtomic(path, `${JSON.stringify({ ...order, at: clock.now() })}\n`),
    async clear() {
      await rm(path, { force: true }).catch((error: unknown) => {
        throw new FileError(path, 'remove', error)
      })
    },
  }
}

function parseOrder(text: string): OrderUnderWay | undefined {
  try {
    return v.parse(OrderSchema, JSON.parse(text))
  } catch {
    return undefined
  }
}
