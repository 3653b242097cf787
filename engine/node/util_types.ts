// node:util/types.

import * as types from "./util/types.ts";

export * from "./util/types.ts";
export default types;
