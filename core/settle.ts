// Waiting with a bound. Must not hide a rejection: what is waited for never rejects.

/** True when the promise settles within `ms` milliseconds; the timer is gone afterwards either way. */
export function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    const settled = () => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
