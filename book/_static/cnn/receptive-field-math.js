/* The arithmetic of the receptive field: pure functions, no page. A classic script that sets `FieldMath`.
 *
 * uses: conv-math.js
 *
 * A layer is {kernelSize, stride, dilation}; layers[0] is next to the image, and nothing is padded.
 * Row 0 of a stack is the image, row l the units of layer l. Half-open ranges are [start, stop].
 */
(function (root) {
  "use strict";
  const { clamp, outputSize, range } = root.ConvMath;

  const MOST = 6; // layers that are drawn unit by unit
  const PIXELS = 1000; // of the notes' example
  const KNOBS = { kernelSize: [1, 7, 3], stride: [1, 4, 1], dilation: [1, 8, 1] }; // least, greatest, usual
  const layer = (kernelSize, stride = 1, dilation = 1) => ({ kernelSize, stride, dilation });
  const copies = (count, layer) => range(count).map(() => ({ ...layer }));
  const STACKS = {
    five: copies(5, layer(3)), notes: copies(500, layer(3)), strided: copies(4, layer(3, 2)),
    dilated: [1, 2, 4, 8].map((dilation) => layer(3, 1, dilation)), holes: copies(3, layer(3, 1, 2)),
  };
  const nameOf = (layers) =>
    Object.keys(STACKS).find((name) => JSON.stringify(STACKS[name]) === JSON.stringify(layers)) ?? "own";

  /** Size and jump of every row's units, in pixels of the image. */
  function fields(layers) {
    const rows = [{ size: 1, jump: 1 }];
    for (const { kernelSize, stride, dilation } of layers) {
      const { size, jump } = rows.at(-1);
      rows.push({ size: size + (kernelSize - 1) * dilation * jump, jump: jump * stride });
    }
    return rows;
  }

  /** How many units each row is drawn with: a few on top, and all that these need. */
  function counts(layers) {
    const { size, jump } = fields(layers).at(-1);
    const fit = (pixels) => Math.floor((pixels - size) / jump) + 1;
    const top = Math.max(1, fit(15), Math.min(5, fit(63)));
    const rows = [size + (top - 1) * jump];
    for (const { kernelSize, stride, dilation } of layers) {
      rows.push(outputSize(rows.at(-1), kernelSize, 0, stride, dilation));
    }
    return rows;
  }

  /** The units that a unit reads in the row below. */
  const reads = ({ kernelSize, stride, dilation }, unit) => range(kernelSize).map((k) => unit * stride + k * dilation);

  /** Sorted numbers as half-open ranges. */
  function runs(numbers) {
    const found = [];
    for (const number of numbers) {
      if (found.length && found.at(-1)[1] === number) found.at(-1)[1] += 1;
      else found.push([number, number + 1]);
    }
    return found;
  }

  /** What a unit of layer `top` sees in every row from 0 to `top`, as ranges: followed path by path, not by the formula. */
  function seen(layers, top, unit) {
    const rows = [];
    let row = [unit];
    rows[top] = runs(row);
    for (let l = top - 1; l >= 0; l--) {
      row = [...new Set(row.flatMap((i) => reads(layers[l], i)))].sort((a, b) => a - b);
      rows[l] = runs(row);
    }
    return rows;
  }

  /** How many of these layers, one on the other, see `pixels` pixels in a row. */
  function layersToSee(pixels, { kernelSize, stride, dilation }) {
    let [layers, size, jump] = [0, 1, 1];
    while (size < pixels && kernelSize > 1) {
      size += (kernelSize - 1) * dilation * jump;
      jump *= stride;
      layers += 1;
    }
    return layers;
  }

  /** The state made consistent: a change of the stack, of the layers, or of one layer's numbers goes into the others. */
  function settle(state, change) {
    let { stack, layers, layer } = state;
    if (change.layers?.length) {
      const clean = (old) => Object.fromEntries(Object.entries(KNOBS).map(([name, ends]) => [name, clamp(old?.[name], ends[0], ends[1])]));
      layers = change.layers.slice(0, MOST).map(clean);
      stack = nameOf(layers);
    } else if (change.stack || !layers.length) {
      layers = [...(STACKS[stack] ?? (layers.length ? layers.slice(0, MOST) : STACKS.five))];
    }
    const deep = stack === "notes";
    if (layers !== state.layers && change.layer === undefined) layer = layers.length;
    layer = clamp(layer, 1, layers.length);
    for (const [name, [, , usual]] of Object.entries(KNOBS)) {
      // Beside a stack, a number at its usual value says nothing.
      if (change[name] === undefined || (change.stack && state[name] === usual)) continue;
      if (deep) {
        const each = { ...layers[0], [name]: name === "kernelSize" ? Math.max(2, state[name]) : state[name] };
        layers = copies(layersToSee(PIXELS, each), each); // a kernel of 1 would never see them all
        layer = layers.length;
      } else {
        layers = layers.map((old, l) => (l === layer - 1 ? { ...old, [name]: state[name] } : old));
        stack = nameOf(layers);
      }
    }
    const units = deep ? 1 : counts(layers)[layer];
    const stays = layer === state.layer && layers === state.layers && state.unit !== null;
    const unit = clamp(change.unit ?? (stays ? state.unit : (units - 1) >> 1), 0, units - 1);
    return { ...state, ...layers[layer - 1], stack, layers, layer, unit, hover: change.hover ?? null };
  }

  root.FieldMath = { KNOBS, MOST, PIXELS, counts, fields, reads, seen, settle };
})(globalThis);
