// What is changed in the copy of musl that is compiled, by the file.

import type { Mend } from "./mend.ts";

/** Files of musl's source. */
export const MUSL_MENDS: Readonly<Record<string, readonly Mend[]>> = {
  // The number of a DNS question comes from the clock. Whoever guesses it, and the port, can answer in a name server's place.
  "src/network/res_mkquery.c": [
    {
      wrong: "#include <time.h>",
      right: "#include <time.h>\n#include <sys/random.h>",
    },
    {
      wrong: `	/* Make a reasonably unpredictable id */
	clock_gettime(CLOCK_REALTIME, &ts);
	id = ts.tv_nsec + ts.tv_nsec/65536UL & 0xffff;
`,
      right: `	unsigned short drawn;
	if (getrandom(&drawn, sizeof drawn, GRND_NONBLOCK) == sizeof drawn)
		id = drawn;
	else {
		clock_gettime(CLOCK_REALTIME, &ts);
		id = ts.tv_nsec + ts.tv_nsec/65536UL & 0xffff;
	}
`,
    },
  ],
  // Names in /etc/hosts have no case (RFC 4343, section 2), but are compared with it.
  "src/network/lookup_name.c": [
    {
      wrong: "#include <string.h>",
      right: "#include <string.h>\nchar *strcasestr(const char *, const char *);",
    },
    { wrong: "(p=strstr(p, name))", right: "(p=strcasestr(p, name))" },
  ],
};
