// The key `http` of a host in the manifest.

import { proxyKey } from "../support/proxy_key.ts";

/** The HTTP proxy of a host. */
export const httpKey = proxyKey({
  name: "http",
  what: "HTTP proxy",
  example: "127.0.0.1:18080",
  more: {
    answerTimeout: {
      type: "whole number",
      least: 1,
      most: 86_400,
      description: "How many seconds a server may take to begin its answer: 120 unless set. Bodies may be quiet for longer.",
      examples: [600],
    },
  },
});
