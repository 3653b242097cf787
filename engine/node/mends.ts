// What this QuickJS (2025.04.26) does differently from the standard and from V8, mended. Runs before every other module of this folder:
// their classes are built on what is mended here.

import { mendBigInt } from "./mends/big_int.ts";
import { mendErrors } from "./mends/errors.ts";
import { mendLate } from "./mends/late.ts";
import { mendSymbols } from "./mends/symbols.ts";
import { mendWeakMap } from "./mends/weak_map.ts";

mendErrors();
mendBigInt();
mendSymbols();
mendWeakMap();
mendLate();
