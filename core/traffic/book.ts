// All that was counted, as of now: what the state has by the hour, what the log says since, by the minute as far back as it is kept,
// and what is not in the log yet. Follows the log and writes nothing.

import type { NetworkEvent } from "../ledger/events.ts";
import {
  addedTo,
  type CountedHours,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  MOST_ROWS,
  rowsOf,
  spanOf,
  type TrafficHistory,
  type TrafficSpan,
} from "./history.ts";
import { summed, type TrafficRow } from "./rows.ts";

/** How far back minutes are told apart. */
const MINUTES_MS = 3 * HOUR_MS;

/** Rows, and from when on they count. */
export interface TrafficSince {
  /** Milliseconds since 1970; undefined: since the network began. It is the beginning of a minute, an hour or a day (UTC). */
  readonly since: number | undefined;
  readonly rows: readonly TrafficRow[];
}

/** What is left of a log. */
export interface KeptLog {
  readonly events: Iterable<NetworkEvent>;
  readonly seq: number;
  readonly now: number;
}

/** A projection of the log. */
export class TrafficBook {
  readonly #history: () => TrafficHistory;
  #minutes: readonly TrafficSpan[] = [];
  /** From when on the minutes are complete. */
  #minutesFrom: number;
  /** What the state does not have yet. */
  #hours: readonly TrafficSpan[] = [];
  #upTo = 0;

  /**
   * @param history What the state has.
   * @param log All events that are kept, the number of the last one, and the time in milliseconds since 1970.
   */
  constructor(history: () => TrafficHistory, { events, seq, now }: KeptLog) {
    this.#history = history;
    this.#minutesFrom = Number.NEGATIVE_INFINITY;
    let before = 0;
    for (const event of events) {
      // Some are not kept any more, and minutes before the gap may lack what they said.
      if (event.seq !== before + 1) this.#minutesFrom = spanOf(event.at, MINUTE_MS) + MINUTE_MS;
      before = event.seq;
      this.take(event);
    }
    if (before !== seq) this.#minutesFrom = spanOf(now, MINUTE_MS) + MINUTE_MS;
  }

  /** Follows the log. */
  take(event: NetworkEvent): void {
    if (event.type === "traffic.counted") {
      const { at, seq, rows } = event;
      this.#minutes = addedTo(this.#minutes, [{ at: spanOf(at, MINUTE_MS), rows }]);
      const oldest = spanOf(at, MINUTE_MS) - MINUTES_MS;
      if ((this.#minutes[0]?.at ?? oldest) < oldest) {
        this.#minutes = this.#minutes.filter((minute) => minute.at >= oldest).slice(-MINUTES_MS / MINUTE_MS - 1);
        this.#minutesFrom = Math.max(this.#minutesFrom, this.#minutes[0]?.at ?? oldest);
      }
      if (seq <= this.#history().upTo) return;
      this.#hours = addedTo(this.#hours, [{ at: spanOf(at, HOUR_MS), rows }]);
      this.#upTo = seq;
    } else if (event.type === "traffic.rolled" && event.upTo >= this.#upTo) this.#hours = [];
  }

  /** What is to be put into the state; undefined: nothing. */
  pending(): CountedHours | undefined {
    return this.#hours.length === 0 ? undefined : { upTo: this.#upTo, hours: this.#hours };
  }

  /**
   * What was counted since a time, which goes back to the beginning of a minute, an hour or a day, whichever is known.
   * @param since Milliseconds since 1970; undefined: since the network began.
   * @param uncounted What is not in the log yet.
   */
  since(since: number | undefined, uncounted: readonly TrafficRow[]): TrafficSince {
    const { hours: rolled, days, before } = this.#history();
    const hours = [...rolled, ...this.#hours];
    const from = (spans: readonly TrafficSpan[], at: number) => rowsOf(spans.filter((span) => span.at >= at));
    if (since !== undefined) {
      const [minute, hour, day] = [spanOf(since, MINUTE_MS), spanOf(since, HOUR_MS), spanOf(since, DAY_MS)];
      // What is before the first span may be in the sum of all that is older.
      const firstSpan = before.length === 0 ? Number.NEGATIVE_INFINITY : ((days[0] ?? hours[0])?.at ?? Number.POSITIVE_INFINITY);
      const lastDay = days.at(-1);
      const firstHour = lastDay ? lastDay.at + DAY_MS : firstSpan;
      if (minute >= this.#minutesFrom) return told(minute, [...from(this.#minutes, minute), ...uncounted]);
      if (hour >= firstHour) return told(hour, [...from(hours, hour), ...uncounted]);
      if (day >= firstSpan) return told(day, [...from(days, day), ...from(hours, day), ...uncounted]);
    }
    return told(undefined, [...before, ...rowsOf(days), ...rowsOf(hours), ...uncounted]);
  }
}

function told(since: number | undefined, rows: readonly TrafficRow[]): TrafficSince {
  return { since, rows: summed(rows, 4 * MOST_ROWS) };
}
