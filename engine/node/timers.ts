// node:timers.

import { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from "./timers/timers.ts";
import promises from "./timers_promises.ts";

export { clearImmediate, clearInterval, clearTimeout, promises, setImmediate, setInterval, setTimeout };

const promisified = Symbol.for("nodejs.util.promisify.custom");
Object.defineProperty(setTimeout, promisified, { enumerable: true, value: promises.setTimeout });
Object.defineProperty(setImmediate, promisified, { enumerable: true, value: promises.setImmediate });

export default { clearImmediate, clearInterval, clearTimeout, promises, setImmediate, setInterval, setTimeout };
