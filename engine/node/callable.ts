// Classes that can be called as functions too: programs from before there were classes inherit with `Readable.call(this, options)`.

type Class = new (...args: never[]) => object;

/**
 * A function with the prototype and the members of a class.
 * @param setUp What the constructor does with a new object, for one that is there already
 */
export function callable<C extends Class>(of: C, setUp: (self: InstanceType<C>, ...args: ConstructorParameters<C>) => void): C {
  function Called(this: InstanceType<C>, ...args: ConstructorParameters<C>): object | undefined {
    if (new.target !== undefined) return Reflect.construct(of, args, new.target) as object;
    setUp(this, ...args);
    return undefined;
  }
  Object.defineProperty(Called, "name", { value: of.name, configurable: true });
  Object.defineProperty(Called, "prototype", { value: of.prototype as object, writable: false });
  Object.defineProperty(of.prototype, "constructor", { value: Called, writable: true, configurable: true });
  return Object.setPrototypeOf(Called, of) as C;
}
