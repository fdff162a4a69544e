// A part of a library with one member exchanged, for what it has no option for.

/** The same object with one member exchanged; methods keep their own object, which may have private parts. */
export function overlaid<Value extends object>(value: Value, exchanged: keyof Value & string, member: unknown): Value {
  return new Proxy(value, {
    get(target, name) {
      if (name === exchanged) return member
      const own: unknown = Reflect.get(target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}
