/* The arithmetic of <filter-gallery>: its photograph, its filters, and their answers. Pure functions, no page.
 *
 * uses: conv-math.js filter-gallery-photo.js
 *
 * Pixels are whole numbers from 0, black, to 255, white. A filter has weight [C_in][3][3], and a divisor.
 */
(function () {
  "use strict";
  const { table, total } = ConvMath;
  const { height, width, bytes } = FilterGalleryPhoto;
  const K = 3; // kernel_size

  const data = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
  const color = [0, 1, 2].map((c) => table(height, width, (i, j) => data[3 * (i * width + j) + c]));
  const [red, green, blue] = color;
  // The usual weights of brightness, in whole numbers: rounding is then the same everywhere.
  const gray = [table(height, width, (i, j) =>
    Math.floor((299 * red[i][j] + 587 * green[i][j] + 114 * blue[i][j] + 500) / 1000))];

  const even = (value) => table(K, K, () => value);
  /** name: [label, weight, divisor, what it does]. */
  const FILTERS = {
    "identity": ["Identity", [[[0, 0, 0], [0, 1, 0], [0, 0, 0]]], 1, "copies the middle pixel"],
    "box-blur": ["Box blur", [even(1)], 9, "takes the mean of nine pixels, and edges grow soft"],
    "gaussian-blur": ["Gaussian blur", [[[1, 2, 1], [2, 4, 2], [1, 2, 1]]], 16, "takes a mean in which the middle counts most"],
    "sharpen": ["Sharpen", [[[0, -1, 0], [-1, 5, -1], [0, -1, 0]]], 1,
      "adds to the middle pixel how it differs from its four neighbors, and edges grow harder"],
    "vertical-edge": ["Vertical edge", [[[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]], 1,
      "takes the right column minus the left one: positive where it gets brighter to the right"],
    "horizontal-edge": ["Horizontal edge", [[[-1, -1, -1], [0, 0, 0], [1, 1, 1]]], 1,
      "takes the lower row minus the upper one: positive where it gets brighter downward"],
    "laplacian": ["Laplacian", [[[0, 1, 0], [1, -4, 1], [0, 1, 0]]], 1,
      "takes the four neighbors minus four times the middle: positive on dark spots and lines, negative on bright ones"],
    "emboss": ["Emboss", [[[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]], 1,
      "adds to the middle pixel how much brighter it gets toward the lower right, like light from one side"],
    "opposing-colors": ["Opposing colors", [even(-1), even(0), even(1)], 9,
      "takes blue minus red: positive on blue, negative on red and orange"],
    "own": ["Your own", [[[2, -1, -1], [-1, 2, -1], [-1, -1, 2]]], 1],
  };

  /** The channels that a filter gets: one of gray, or three of color. */
  const channels = (weight) => (weight.length === 1 ? gray : color);

  /** The activation map. Plain loops, since it has some 18,000 places. */
  function correlate(weight, divisor) {
    const x = channels(weight);
    return table(height - K + 1, width - K + 1, (i, j) => {
      let sum = 0;
      for (let c = 0; c < x.length; c++) {
        for (let u = 0; u < K; u++) {
          for (let v = 0; v < K; v++) sum += x[c][i + u][j + v] * weight[c][u][v];
        }
      }
      return sum / divisor;
    });
  }

  /** The sum at one place, with all that makes it. */
  const place = (weight, row, column) => ConvMath.place({ x: channels(weight), channels: weight.length, weight: [weight],
    bias: [0], kernelHeight: K, kernelWidth: K, stride: 1, padding: 0, dilation: 1 }, 0, row, column);

  /** Where the map is highest and where lowest, and the size that only one answer in fifty exceeds. */
  function survey(map) {
    const flat = map.flat();
    const columns = map[0].length;
    const at = (index) => [Math.floor(index / columns), index % columns];
    const extreme = (better) => at(flat.reduce((best, value, n) => (better(value, flat[best]) ? n : best), 0));
    const sizes = Float64Array.from(flat, Math.abs).sort();
    const top = Math.ceil(sizes[Math.floor(0.98 * sizes.length)]) || Math.ceil(sizes.at(-1)) || 1;
    return { highest: extreme((a, b) => a > b), lowest: extreme((a, b) => a < b), top };
  }

  const weightTotal = (weight) => total(weight.flat(2));
  globalThis.FilterGalleryMath = { FILTERS, K, channels, correlate, height, place, survey, weightTotal, width };
})();
