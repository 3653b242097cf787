// The globals of checks, see `globals.ts`.

declare const host: typeof import("engine:host");
declare const print: typeof import("./globals.ts").globals["print"];
declare const fail: typeof import("./globals.ts").globals["fail"];
declare const expect: typeof import("./globals.ts").globals["expect"];
declare const expectThrow: typeof import("./globals.ts").globals["expectThrow"];
declare const hook: typeof import("./globals.ts").globals["hook"];
declare const bytes: typeof import("./globals.ts").globals["bytes"];
declare const pause: typeof import("./globals.ts").globals["pause"];
declare const until: typeof import("./globals.ts").globals["until"];
