/* The arithmetic of <batch-norm-modes>: seeded draws, running averages, and one image's output in both modes.
 *
 * A classic script that sets `ModesMath`; no page.
 */
(function (root) {
  "use strict";
  const range = (n) => Array.from({ length: n }, (_, i) => i);
  const DATA = { mean: 3, std: 2 }; // what the images are drawn from
  const EPS = 1e-5;
  const COMPANIES = 30; // sets of companions that the image may come with

  /** Numbers from 0 to 1, the same for the same seed everywhere: the generator "mulberry32". */
  function uniforms(seed) {
    let state = seed | 0;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  /** `count` images of one number each. Twelve uniform numbers, less 6, have the mean 0 and the variance 1. */
  function draw(seed, count) {
    const next = uniforms(seed);
    return range(count).map(() => DATA.mean + DATA.std * (range(12).reduce((sum) => sum + next(), 0) - 6));
  }

  const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const varOf = (values) => {
    const mean = meanOf(values);
    return meanOf(values.map((value) => (value - mean) ** 2));
  };
  const training = (step, size) => draw(step, size); // batch number `step`, from 1
  const companions = (company, count) => draw(1000 + company, count);

  function compute({ size, momentum, steps, image, alone, company, gamma, beta }) {
    const m = Number(momentum);
    const batches = range(steps).map((t) => training(t + 1, size));
    const [means, vars] = [batches.map(meanOf), batches.map(varOf)];
    const remember = (start, values) =>
      values.reduce((path, value) => [...path, (1 - m) * path.at(-1) + m * value], [start]);
    const [runningMean, runningVar] = [remember(0, means), remember(1, vars)];
    const normalize = (mean, variance) => (gamma * (image - mean)) / Math.sqrt(variance + EPS) + beta;
    const together = (number) => [image, ...companions(number, alone ? 0 : size - 1)];
    const byBatch = (batch) => normalize(meanOf(batch), varOf(batch));
    const batch = together(company);
    return {
      batch: batches.at(-1) ?? [], means, vars, runningMean, runningVar,
      company: batch.slice(1), companyMean: meanOf(batch), companyVar: varOf(batch),
      training: byBatch(batch), spread: range(COMPANIES).map((number) => byBatch(together(number))),
      test: normalize(runningMean.at(-1), runningVar.at(-1)),
    };
  }

  root.ModesMath = { COMPANIES, DATA, compute };
})(globalThis);
