/* The arithmetic of the pooling figure: pure functions, no page.
 *
 * uses: conv-math.js
 *
 * A map is [row][column]. The border is P wide; a window's places are named as on the map, so that the border's are
 * below 0 or beyond the last.
 */
(function () {
  "use strict";
  const { outputSize, table, total } = ConvMath;

  /** [H_out, W_out]. */
  const shape = ({ x, kernelSize, stride, padding }) =>
    [x.length, x[0].length].map((size) => outputSize(size, kernelSize, padding, stride));

  /** The places of window (i, j), row by row; `value` is undefined in the border. */
  function places({ x, kernelSize, stride, padding }, i, j) {
    return table(kernelSize, kernelSize, (u, v) => {
      const [a, b] = [i * stride + u - padding, j * stride + v - padding];
      return { a, b, value: x[a]?.[b] };
    }).flat();
  }

  /** The first largest number of a window: minus infinity, in the border, never is. */
  const first = (window) =>
    window.filter(({ value }) => value !== undefined).reduce((best, other) => (other.value > best.value ? other : best));

  /** out, and for each window who gets how much of its gradient: [row, column, factor]. */
  function forward(s) {
    const [rows, columns] = shape(s);
    const area = s.kernelSize ** 2;
    const there = (i, j) => places(s, i, j).filter(({ value }) => value !== undefined);
    if (s.mode === "average") {
      return {
        out: table(rows, columns, (i, j) => total(there(i, j).map(({ value }) => value)) / area),
        to: table(rows, columns, (i, j) => there(i, j).map(({ a, b }) => [a, b, 1 / area])),
      };
    }
    const best = table(rows, columns, (i, j) => first(places(s, i, j)));
    return { out: best.map((line) => line.map(({ value }) => value)), to: best.map((line) => line.map(({ a, b }) => [[a, b, 1]])) };
  }

  /** What the first `count` windows, row by row, send back, added up. */
  function backward(s, to, count = Infinity) {
    const dx = s.x.map((line) => line.map(() => 0));
    const columns = to[0].length;
    to.forEach((line, i) => line.forEach((shares, j) => {
      if (i * columns + j >= count) return;
      for (const [a, b, factor] of shares) dx[a][b] += factor * s.dout[i][j];
    }));
    return dx;
  }

  /** How often each number of the map got something; 0: it won no window, or lies in none. */
  function gifts(s, to) {
    const count = s.x.map((line) => line.map(() => 0));
    for (const [a, b] of to.flat(2)) count[a][b] += 1;
    return count;
  }

  /** 1, 2, 3, ... so that one sees which window went where. */
  const counting = ([rows, columns]) => table(rows, columns, (i, j) => i * columns + j + 1);

  globalThis.PoolMath = { backward, counting, first, forward, gifts, shape, places };
})();
