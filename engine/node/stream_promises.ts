// node:stream/promises.

import { type AnyStream, isStream } from "./stream/facts.ts";
import { type FinishedOptions, finished as wait } from "./stream/finished.ts";
import { type PipelineOptions, runPipeline } from "./stream/pipeline.ts";

/** Resolves once a stream is over. @throws the error that ended it */
export function finished(stream: AnyStream, options: FinishedOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = wait(stream, options, (error) => {
      if (options.cleanup) stop();
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Pipes streams, iterables and generator functions into one another. @throws the first error, with all of them destroyed */
export function pipeline(...given: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const last = given.at(-1);
    const hasOptions =
      typeof last === "object" &&
      last !== null &&
      !isStream(last) &&
      !(Symbol.asyncIterator in last) &&
      !(Symbol.iterator in last);
    const stages = hasOptions ? given.slice(0, -1) : given;
    const all = stages.length === 1 && Array.isArray(stages[0]) ? (stages[0] as unknown[]) : stages;
    runPipeline(all, hasOptions ? (last as PipelineOptions) : {}, (error, value) => (error ? reject(error) : resolve(value)));
  });
}

export default { finished, pipeline };
