/* The arithmetic of the convolution explorer: pure functions, no page.
 *
 * A classic script that sets `ConvMath`, so that it works from file://; in Node: require("./conv-math.js").
 * Shapes are the book's: x [C_in][H][W], weight [C_out][C_in][kH][kW], bias [C_out].
 */
(function (root) {
  "use strict";

  /** The numbers 0 .. n - 1. */
  const range = (n) => Array.from({ length: Math.max(0, n) }, (_, i) => i);
  /** A rows x columns array of f(i, j). */
  const table = (rows, columns, f) => range(rows).map((i) => range(columns).map((j) => f(i, j)));
  const total = (values) => values.reduce((sum, value) => sum + value, 0);
  /** A whole number with the true minus sign. */
  const show = (value) => (value < 0 ? "−" + -value : String(Math.abs(value)));
  /** The same behind an operator: negative numbers in brackets. */
  const term = (value) => (value < 0 ? `(${show(value)})` : show(value));

  /** Number of places along one side; 0 when the kernel fits nowhere. */
  function outputSize(size, kernel, padding = 0, stride = 1, dilation = 1) {
    const room = size + 2 * padding - (dilation * (kernel - 1) + 1);
    return room < 0 ? 0 : Math.floor(room / stride) + 1;
  }

  /** [H_out, W_out]; both 0 when the kernel fits nowhere. */
  function outputShape(s) {
    const rows = outputSize(s.height, s.kernelHeight, s.padding, s.stride, s.dilation);
    const columns = outputSize(s.width, s.kernelWidth, s.padding, s.stride, s.dilation);
    return rows && columns ? [rows, columns] : [0, 0];
  }

  /** All that makes one output number: for each channel patch, kernel, products and their sum. */
  function place(s, filter, row, column) {
    const channels = range(s.channels).map((c) => {
      const patch = table(s.kernelHeight, s.kernelWidth, (u, v) => {
        const i = row * s.stride + u * s.dilation - s.padding;
        const j = column * s.stride + v * s.dilation - s.padding;
        return s.x[c][i]?.[j] ?? 0; // 0 in the padding
      });
      const kernel = s.weight[filter][c];
      const products = table(s.kernelHeight, s.kernelWidth, (u, v) => patch[u][v] * kernel[u][v]);
      return { patch, kernel, products, sum: total(products.flat()) };
    });
    const bias = s.bias[filter];
    return { channels, bias, output: total(channels.map((channel) => channel.sum)) + bias };
  }

  /** The tint of a number: "0", or n or p with a step from 1 to 4, in quarters of `top`. */
  const tintOf = (value, top) =>
    (value ? (value < 0 ? "n" : "p") + Math.min(4, Math.ceil((4 * Math.abs(value)) / top)) : "0");

  /** All cells that are shown while one place is looked at. `meets` ("channel,u,v") names partners in a product. */
  function cells(s, maps, filter, row, column) {
    const { channels } = place(s, filter, row, column);
    const most = (array) => Math.max(...array.flat(3).map(Math.abs), 0);
    const list = [];
    const add = (at, value, top, meets) => list.push({ at, value, tint: tintOf(value, top), meets });
    // Small numbers keep a faint tint: a 1 among zeros is not a strong value.
    const tops = { patch: Math.max(4, most(s.x)), kernel: Math.max(3, most(s.weight[filter])) };
    tops.products = Math.max(4, most(channels.map((channel) => channel.products)));
    const outputTop = Math.max(4, most(maps));
    const partner = (position, at, size) => {
      const u = (position + s.padding - at * s.stride) / s.dilation;
      return Number.isInteger(u) && u >= 0 && u < size && maps[filter].length ? u : null;
    };
    for (const c of range(s.channels)) {
      table(s.height + 2 * s.padding, s.width + 2 * s.padding, (a, b) => {
        const [i, j] = [a - s.padding, b - s.padding];
        const [u, v] = [partner(i, row, s.kernelHeight), partner(j, column, s.kernelWidth)];
        add(["input", c, i, j], s.x[c][i]?.[j] ?? 0, tops.patch, u === null || v === null ? "" : `${c},${u},${v}`);
      });
      for (const [kind, top] of Object.entries(tops)) {
        channels[c][kind].forEach((line, u) =>
          line.forEach((value, v) => add([kind, c, u, v], value, top, `${c},${u},${v}`)));
      }
    }
    maps.forEach((map, f) => map.forEach((line, i) =>
      line.forEach((value, j) => add(["map", f, i, j], value, outputTop, ""))));
    return list;
  }

  /** [row, column] of the place that comes `by` places later; around at the end. */
  function placeAfter(s, by) {
    const [rows, columns] = outputShape(s);
    const next = (s.row * columns + s.column + by + rows * columns) % (rows * columns);
    return [Math.floor(next / columns), next % columns];
  }

  /** The activation maps, [filter][row][column]. */
  function correlate(s) {
    const [rows, columns] = outputShape(s);
    return range(s.filters).map((f) => table(rows, columns, (i, j) => place(s, f, i, j).output));
  }

  /** The sum at the selected place in words, for a screen reader; many terms are summed up channel by channel. */
  function sentence(s) {
    const { filter, row, column } = s;
    if (!outputShape(s)[0]) return misfit(s);
    const here = place(s, filter, row, column);
    const terms = here.channels.flatMap(({ patch, kernel, products }) =>
      products.flatMap((line, u) =>
        line.flatMap((product, v) => (product ? [`${show(patch[u][v])} times ${show(kernel[u][v])}`] : []))));
    const sums = here.channels.map((channel) => show(channel.sum));
    let words = terms.join(" plus ");
    if (!terms.length) words = "every product is 0";
    else if (terms.length > 9) words = (s.channels > 1 ? "channel sums " : "sum of products ") + sums.join(" plus ");
    const map = s.filters > 1 ? `Filter ${filter}, row` : "Row";
    return `${map} ${row}, column ${column}: ${words}, plus bias ${show(here.bias)} equals ${show(here.output)}.`;
  }

  /** Why there is no output. */
  function misfit(s) {
    const axis = (name, size, kernel) => {
      const spans = s.dilation * (kernel - 1) + 1;
      const has = size + 2 * s.padding;
      return spans > has ? [`The filter is ${spans} ${name}, but the input is only ${has} ${name}.`] : [];
    };
    const reasons = [...axis("high", s.height, s.kernelHeight), ...axis("wide", s.width, s.kernelWidth)];
    return `${reasons.join(" ")} It fits nowhere, so there is no output. Make the filter smaller or the input larger.`;
  }

  /** The shapes of the arrays, in the order of the book. */
  const shapes = (s) => ({
    x: [s.channels, s.height, s.width], weight: [s.filters, s.channels, s.kernelHeight, s.kernelWidth],
    bias: [s.filters], out: [s.filters, ...outputShape(s)],
  });

  /** Where the filter lies on the padded input, and how far it reaches. */
  const frame = (s, row, column) => ({
    row: row * s.stride, column: column * s.stride,
    high: s.dilation * (s.kernelHeight - 1) + 1, across: s.dilation * (s.kernelWidth - 1) + 1,
  });

  /** The size formula of one axis, with symbols and with numbers: it names what is in `known` or not as usual. */
  function sizeFormula(s, axis, known) {
    const uses = ["padding", "stride", "dilation"].filter((name) => known.has(name) || s[name] !== NUMBERS[name][4]);
    const write = (size, kernel, pad, stride, dilation) => {
      const top = size + (uses.includes("padding") ? ` + ${pad}` : "");
      const dilated = uses.includes("dilation");
      const room = `${top} − ${dilated ? `${dilation}(${kernel} − 1)` : kernel}`;
      if (uses.includes("stride")) return `⌊(${room}${dilated ? " − 1" : ""}) / ${stride}⌋ + 1`;
      return room + (dilated ? "" : " + 1");
    };
    const [size, kernel] = axis === "H" ? [s.height, s.kernelHeight] : [s.width, s.kernelWidth];
    return {
      symbols: write(axis, `k_${axis}`, "2P", "S", "D"),
      numbers: write(String(size), kernel, `2·${s.padding}`, s.stride, `${s.dilation}·`),
      result: outputSize(size, kernel, s.padding, s.stride, s.dilation),
    };
  }

  /** Pictures: f(i, j, H, W) of the first channel. The others are made from it, see `picture`. */
  const PICTURES = {
    "bright-square": ["Bright square", (i, j, H, W) => {
      const inside = (a, n) => a >= Math.max(1, n >> 2) && a < n - Math.max(1, n >> 2);
      return inside(i, H) && inside(j, W) ? 2 : 0;
    }],
    "vertical-edge": ["Vertical edge", (i, j, H, W) => (2 * j < W ? 0 : 2)],
    "diagonal": ["Diagonal", (i, j) => (i === j ? 2 : 0)],
    "letter": ["Letter T", (i, j, H, W) => {
      const bar = i === 1 && j > 0 && j < W - 1;
      return bar || (i > 1 && i < H - 1 && (j === (W - 1) >> 1 || j === W >> 1)) ? 2 : 0;
    }],
    "counting": ["Counting numbers", (i, j, H, W) => i * W + j + 1],
  };

  /** Kernels: f(u, v, kH, kW, c). Even sizes have their center between two cells. */
  const isCenter = (u, v, kH, kW) => u === (kH - 1) >> 1 && v === (kW - 1) >> 1;
  const KERNELS = {
    "vertical-edge": ["Vertical edge", (u, v, kH, kW) => Math.sign(2 * v - kW + 1)],
    "horizontal-edge": ["Horizontal edge", (u, v, kH) => Math.sign(2 * u - kH + 1)],
    "box": ["Box (adds up)", () => 1],
    "identity": ["Identity (copies)", (u, v, kH, kW, c) => (c === 0 && isCenter(u, v, kH, kW) ? 1 : 0)],
    "sharpen": ["Sharpen", (u, v, kH, kW) => {
      const [a, b] = [u - ((kH - 1) >> 1), v - ((kW - 1) >> 1)];
      return isCenter(u, v, kH, kW) ? 5 : Math.abs(a) + Math.abs(b) === 1 ? -1 : 0;
    }],
    "opposing-colors": ["Opposing colors", (u, v, kH, kW, c) => [1, -1, 0][c]],
  };

  /** A picture with 1 to 3 channels: the pattern, its opposite at half the strength, and faint stripes. */
  function picture(name, channels, H, W) {
    const pattern = table(H, W, (i, j) => PICTURES[name][1](i, j, H, W));
    const top = Math.max(...pattern.flat());
    const opposite = table(H, W, (i, j) => Math.floor((top - pattern[i][j]) / 2));
    return [pattern, opposite, table(H, W, (i) => i % 2)].slice(0, channels);
  }

  /** The weights of one filter, [C_in][kH][kW]. */
  const kernel = (name, channels, kH, kW) =>
    range(channels).map((c) => table(kH, kW, (u, v) => KERNELS[name][1](u, v, kH, kW, c) + 0));

  /** `old` cut or filled up with zeros to `shape`. */
  const resize = (old, [n, ...rest]) =>
    range(n).map((i) => (rest.length ? resize(old?.[i], rest) : old?.[i] ?? 0));

  /** The numbers that can be set: name -> [label, symbol, least, most, start, group]. */
  const NUMBERS = {
    height: ["Height", "H", 3, 8, 6, "Input"],
    width: ["Width", "W", 3, 8, 6, "Input"],
    channels: ["Channels", "C_in", 1, 3, 1, "Input"],
    kernelHeight: ["Height", "k_H", 1, 5, 3, "Filters"],
    kernelWidth: ["Width", "k_W", 1, 5, 3, "Filters"],
    filters: ["Filters", "C_out", 1, 3, 1, "Filters"],
    padding: ["Padding", "P", 0, 2, 0, "Sliding"],
    stride: ["Stride", "S", 1, 3, 1, "Sliding"],
    dilation: ["Dilation", "D", 1, 3, 1, "Sliding"],
  };
  /** The name of a picture or kernel that the reader has changed. */
  const OWN = "own";
  /** Cells and biases lie between -LIMIT and LIMIT. */
  const LIMIT = 99;
  /** Pixels between cells; --cx-gap in conv-explorer.css. */
  const GAP = 2;
  const kebab = (name) => name.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
  const clamp = (value, least, most) => Math.min(most, Math.max(least, Math.round(value) || 0));

  /** The state after a change, made consistent: sizes in range, arrays of the right shape, a place that exists. */
  function settle(old, change) {
    const s = { ...old, ...change };
    if (change.x) {
      Object.assign(s, { picture: OWN, channels: s.x.length, height: s.x[0].length, width: s.x[0][0].length });
    }
    if (change.weight) {
      const kernel0 = s.weight[0][0];
      Object.assign(s, { filters: s.weight.length, kernelHeight: kernel0.length, kernelWidth: kernel0[0].length });
      s.kernels = s.weight.map(() => OWN);
    }
    for (const [name, [, , least, most]] of Object.entries(NUMBERS)) s[name] = clamp(s[name], least, most);
    if (s.picture !== OWN && !PICTURES[s.picture]) s.picture = "bright-square";
    const { channels, height, width, kernelHeight, kernelWidth } = s;
    s.x = s.picture === OWN ? resize(s.x, [channels, height, width]) : picture(s.picture, channels, height, width);
    s.kernels = ["vertical-edge", "horizontal-edge", "box"].map((usual, f) => {
      const name = s.kernels[f] ?? usual;
      if (name === "opposing-colors" && channels < 2) return "box";
      return name === OWN || KERNELS[name] ? name : usual;
    });
    s.weight = range(s.filters).map((f) => (s.kernels[f] === OWN
      ? resize(s.weight?.[f], [channels, kernelHeight, kernelWidth])
      : kernel(s.kernels[f], channels, kernelHeight, kernelWidth)));
    s.bias = range(3).map((f) => clamp(s.bias[f] ?? 0, -LIMIT, LIMIT));
    const [rows, columns] = outputShape(s);
    s.filter = clamp(s.filter, 0, s.filters - 1);
    s.row = clamp(s.row, 0, Math.max(0, rows - 1));
    s.column = clamp(s.column, 0, Math.max(0, columns - 1));
    return s;
  }

  /** The state that the attributes of an element ask for; `get(name)` is null for one that is missing. */
  function initial(get) {
    const words = (name, usual) => (get(name) ?? usual).trim().split(/\s+/);
    const [height, width = height] = (get("size") ?? "").split("x");
    const [kernelHeight, kernelWidth = kernelHeight] = (get("kernel") ?? "").split("x");
    const both = { height, width, kernelHeight, kernelWidth };
    const number = ([name, [, , , , usual]]) => [name, Number(get(kebab(name)) ?? both[name]) || usual];
    return settle({
      ...Object.fromEntries(Object.entries(NUMBERS).map(number)), filter: 0, row: 0, column: 0,
      bias: words("bias", "0").map(Number), picture: words("picture", "bright-square")[0],
      kernels: words("weights", "vertical-edge"),
    }, {});
  }

  /** How large cells can be on `inner` pixels: a channel's grids in one line if they fit, else one under the other. */
  function cellSizes(s, inner) {
    const size = (cells, rest) => Math.min(38, Math.floor((inner - rest) / cells) - GAP);
    const columns = s.width + 2 * s.padding;
    const line = size(columns + 3 * s.kernelWidth, 168);
    if (line >= 26) return { stacked: false, input: line, work: line, map: line };
    const input = Math.max(24, size(columns, 6));
    const best = (...sizes) => sizes.find((cell) => cell >= 24);
    return {
      stacked: true, input,
      work: best(size(3 * s.kernelWidth, 48), size(2 * s.kernelWidth, 26)) ?? Math.min(input, 30),
      map: (s.filters > 1 && best(size(2 * outputShape(s)[1], 26))) || input,
    };
  }

  /** What a click makes of a number: one up (with Shift one down), around within what pictures or kernels need. */
  function clicked(value, [least, greatest], down) {
    if (down) return value <= least || value > greatest ? greatest : value - 1;
    return value >= greatest || value < least ? least : value + 1;
  }

  /** What a key makes of a number; null when the key means nothing there. */
  function typed(key, value, steps) {
    if (/^[0-9]$/.test(key)) return Number(key);
    if (key === "+" || key === "=") return Math.min(LIMIT, value + 1);
    if (key === "-" || key === "−") return Math.max(-LIMIT, value - 1);
    if (key === "Backspace" || key === "Delete") return 0;
    return key === "Enter" || key === " " ? clicked(value, steps) : null;
  }

  /** Where a key leads from (i, j) in a grid of rows x columns; null when it is no such key. */
  function moved(key, i, j, [rows, columns]) {
    const to = {
      ArrowUp: [i - 1, j], ArrowDown: [i + 1, j], ArrowLeft: [i, j - 1], ArrowRight: [i, j + 1],
      Home: [i, 0], End: [i, columns - 1], PageUp: [0, j], PageDown: [rows - 1, j],
    }[key];
    return to ? [clamp(to[0], 0, rows - 1), clamp(to[1], 0, columns - 1)] : null;
  }

  const ConvMath = {
    NUMBERS, OWN, LIMIT, clamp, kebab, settle, initial, cellSizes, clicked, typed, moved,
    PICTURES, KERNELS, range, table, total, tintOf, show, term, outputSize, outputShape, place, placeAfter, cells, correlate, sentence,
    misfit, shapes, frame, sizeFormula, picture, kernel, resize,
  };
  if (typeof module !== "undefined" && module.exports) module.exports = ConvMath;
  else root.ConvMath = ConvMath;
})(globalThis);
