// What Node 22 has of the language and this QuickJS has not: mends.ts has it loaded when it is used first.

export { fromAsync } from "./additions/arrays.ts";
export { iteratorFrom, iteratorMethods } from "./additions/iterators.ts";
export { localeCompare } from "./additions/order.ts";
export { setMethods } from "./additions/sets.ts";
