/* The arithmetic of the family of convolutions: pure functions, no page.
 *
 * uses: conv-math.js
 *
 * All shapes have four axes, [C, D, H, W]; an axis that a layer does not have is 1 long. Padding is "same".
 */
(function () {
  "use strict";
  const { outputSize, range, total } = ConvMath;

  const [SIZE, DEPTH, K] = [7, 4, 3]; // of every input and kernel that is not 1 long
  const NAMES = {
    plain: "Plain", one: "1 × 1", dilated: "Dilated", depthwise: "Depthwise", transposed: "Transposed", row: "1D", volume: "3D",
  };
  const product = (sizes) => sizes.reduce((all, size) => all * size, 1);

  /** What a kind of layer is, with C_in, C_out, S and d of the state. */
  function layer({ channelsIn, channelsOut, stride, dilation }, kind) {
    const axes = { row: [0, 0, 1], volume: [1, 1, 1] }[kind] ?? [0, 1, 1];
    const apart = kind === "dilated" ? dilation : 1;
    const size = axes.map((axis, a) => (axis ? (a ? SIZE : DEPTH) : 1));
    const kernel = axes.map((axis) => (axis && kind !== "one" ? K : 1));
    const steps = axes.map((axis) => (axis ? stride : 1));
    const padding = kernel.map((k) => (apart * (k - 1)) / 2);
    const transposed = kind === "transposed";
    const outSize = size.map((n, a) => (transposed
      ? (n - 1) * steps[a] + kernel[a] - 2 * padding[a]
      : outputSize(n, kernel[a], padding[a], steps[a], apart)));
    const C_out = kind === "depthwise" ? channelsIn : channelsOut;
    const taps = kernel.filter((_, a) => axes[a]); // the axes that the weight has
    const weight = {
      one: [C_out, channelsIn], depthwise: [C_out, 1, ...taps], transposed: [channelsIn, C_out, ...taps],
    }[kind] ?? [C_out, channelsIn, ...taps];
    const input = [channelsIn, ...size];
    const output = [C_out, ...outSize];
    // Each of these numbers meets `each` weights.
    const each = product(weight) / (transposed ? channelsIn : C_out);
    const numbers = product(transposed ? input : output);
    return {
      kind, axes, apart, kernel, stride: steps, padding, input, output, weight, numbers, each,
      parameters: product(weight) + C_out, multiplyAdds: numbers * each,
    };
  }

  /** For each axis, the places under the taps of place `at`, also those in the border. */
  const taps = ({ kernel, stride, padding, apart }, at) =>
    kernel.map((k, a) => range(k).map((u) => at[a] * stride[a] + u * apart - padding[a]));

  /** The cells that a place [c, d, i, j] reads or, in the transposed layer, writes into; also those in the border. */
  function touched(layer, [c, ...at]) {
    const far = layer.kind === "transposed" ? layer.output : layer.input;
    const channels = layer.kind === "depthwise" ? [c] : range(far[0]);
    const [depths, rows, columns] = taps(layer, at);
    return channels.flatMap((k) => depths.flatMap((d) => rows.flatMap((i) => columns.map((j) => [k, d, i, j]))));
  }

  const inside = (shape) => (cell) => cell.every((place, axis) => place >= 0 && place < shape[axis]);

  /** How many places of a transposed layer's input write into place n along an axis. */
  const writers = ({ input, kernel, stride, padding }, axis, n) =>
    total(range(input[axis + 1]).map((i) => (n - i * stride[axis] + padding[axis] >= 0
      && n - i * stride[axis] + padding[axis] < kernel[axis] ? 1 : 0)));

  /** How many copies meet at each place of a transposed layer's map, [row][column]. */
  const copies = (layer) => range(layer.output[2]).map((i) =>
    range(layer.output[3]).map((j) => writers(layer, 1, i) * writers(layer, 2, j)));

  globalThis.FamilyMath = { NAMES, copies, inside, layer, touched };
})();
