// What the schemas of the slices are made of.
import * as v from 'valibot'

export const Time = v.number()
export const MaybeTime = v.nullable(v.number())
export const Text = v.pipe(v.string(), v.maxLength(2_048))
export const MaybeText = v.nullable(Text)
export const List = <Item extends v.GenericSchema>(item: Item, most: number) => v.pipe(v.array(item), v.maxLength(most))
