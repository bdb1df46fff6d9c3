/* The arithmetic of <draw-digit>: strokes to pixels, pixels as MNIST's are, and LeNet's forward pass.
 *
 * A classic script that sets `DrawDigitMath`; pure functions, no page.
 * The pad is SIZE units wide and high; a stroke is a list of points [x, y]. Arrays are flat, row by row.
 */
(function () {
  "use strict";
  const SIZE = 28; // of the network's input, and of the pad
  const FINE = 4; // pixels to a unit where strokes are drawn
  const SIDE = SIZE * FINE;
  const RADIUS = 1.2; // of the pen, in units: about that of MNIST's digits
  const BOX = 20; // MNIST's digits fill a box of 20 x 20
  const CENTER = 14.5; // and have their center of mass in the middle of row 14 and column 14
  const MOST = 5000; // points that are kept
  /** The stages whose numbers are shown: [maps, rows and columns of each]. */
  const STAGES = { conv1: [20, 28], pool1: [20, 14], conv2: [50, 14], pool2: [50, 7], hidden: [500, 1] };

  const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

  const isPoint = (point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
  const inside = (value) => Math.min(SIZE, Math.max(0, value));
  /** Strokes of points on the pad, whatever came. */
  function strokesOf(strokes) {
    let left = MOST;
    const cut = (stroke) => {
      const points = stroke.filter(isPoint).slice(0, left).map((point) => point.map(inside));
      left -= points.length;
      return points;
    };
    return Array.isArray(strokes) ? strokes.filter(Array.isArray).map(cut).filter((stroke) => stroke.length) : [];
  }

  /** A drawing on SIDE x SIDE pixels, 0 paper and 1 ink: the image below, if any, and the strokes over it. */
  function draw(strokes, image) {
    const fine = new Float32Array(SIDE * SIDE);
    if (image) fine.forEach((_, p) => (fine[p] = image[((p / SIDE / FINE) | 0) * SIZE + (((p % SIDE) / FINE) | 0)]));
    const radius = RADIUS * FINE;
    const near = (value) => Math.min(SIDE - 1, Math.max(0, Math.floor(value)));
    for (const stroke of strokes) {
      stroke.forEach(([x, y], k) => {
        const [ax, ay] = (stroke[k - 1] ?? [x, y]).map((value) => value * FINE);
        const [bx, by] = [x * FINE, y * FINE];
        const square = (bx - ax) ** 2 + (by - ay) ** 2;
        for (let i = near(Math.min(ay, by) - radius - 1); i <= near(Math.max(ay, by) + radius + 1); i++) {
          for (let j = near(Math.min(ax, bx) - radius - 1); j <= near(Math.max(ax, bx) + radius + 1); j++) {
            const [px, py] = [j + 0.5 - ax, i + 0.5 - ay];
            const along = square && Math.min(1, Math.max(0, (px * (bx - ax) + py * (by - ay)) / square));
            const distance = Math.hypot(px - along * (bx - ax), py - along * (by - ay));
            const ink = Math.min(1, radius + 0.5 - distance); // soft at the edge, one pixel wide
            if (ink > fine[i * SIDE + j]) fine[i * SIDE + j] = ink;
          }
        }
      });
    }
    return fine;
  }

  /** What share of fine pixel p lies in each of the SIZE pixels, the first of which begins at `begin`, `step` wide. */
  function shares(begin, step) {
    const rows = [];
    for (let t = 0; t < SIZE; t++) {
      const [from, to] = [begin + t * step, begin + (t + 1) * step];
      const row = [];
      for (let p = Math.max(0, Math.floor(from)); p < Math.min(SIDE, to); p++) {
        row.push([p, (Math.min(p + 1, to) - Math.max(p, from)) / step]);
      }
      rows.push(row);
    }
    return rows;
  }

  /** Where the ink is: its box, and its center of mass; null where there is none. */
  function survey(fine) {
    let [top, bottom, left, right, mass, down, across] = [SIDE, -1, SIDE, -1, 0, 0, 0];
    for (let i = 0; i < SIDE; i++) {
      for (let j = 0; j < SIDE; j++) {
        const ink = fine[i * SIDE + j];
        mass += ink;
        down += ink * (i + 0.5);
        across += ink * (j + 0.5);
        if (ink < 0.5) continue;
        [top, bottom, left, right] = [Math.min(top, i), i, Math.min(left, j), Math.max(right, j)];
      }
    }
    return bottom < 0 ? null : { extent: Math.max(bottom - top, right - left) + 1, row: down / mass, column: across / mass };
  }

  /** The network's input, SIZE x SIZE means over fine pixels.
   *
   * With `fit` as MNIST was made: the drawing's longer side fills BOX pixels, its center of mass is where MNIST has it.
   */
  function shrink(fine, fit) {
    const ink = survey(fine);
    const out = new Float32Array(SIZE * SIZE);
    if (!ink) return out;
    const step = fit ? ink.extent / BOX : FINE;
    const rows = shares(fit ? ink.row - CENTER * step : 0, step);
    const columns = shares(fit ? ink.column - CENTER * step : 0, step);
    rows.forEach((row, i) => columns.forEach((column, j) => {
      let sum = 0;
      for (const [p, high] of row) for (const [q, wide] of column) sum += high * wide * fine[p * SIDE + q];
      out[i * SIZE + j] = sum;
    }));
    return out;
  }

  /** The parameters of LeNet from DrawDigitWeights, as Float32Arrays: {conv1: {weight, bias, shape}, ...}. */
  function decode(layers) {
    const floats = (lines) => new Float32Array(bytes(lines.join("")).buffer);
    return Object.fromEntries(Object.entries(layers).map(([name, { shape, bits, scales, bias, weight }]) => {
      const packed = bytes(weight.join(""));
      const size = shape.reduce((all, n) => all * n, 1);
      const whole = (k) => (bits === 8 ? (packed[k] << 24) >> 24 : (packed[k >> 1] << (k % 2 ? 24 : 28)) >> 28);
      const scale = floats(scales);
      const each = shape.length === 4 ? size / shape[0] : 1; // how many neighbors share a scale
      const values = new Float32Array(size);
      for (let k = 0; k < size; k++) values[k] = whole(k) * scale[Math.floor(k / each) % scale.length];
      return [name, { shape, weight: values, bias: floats(bias) }];
    }));
  }

  /** Convolution with 5 x 5 filters, padding 2 and stride 1, and ReLU; x is [C_in][size][size]. */
  function convolve(x, size, { shape: [filters, channels, K], weight, bias }) {
    const wide = size + K - 1;
    const padded = new Float32Array(channels * wide * wide);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < size; i++) {
        padded.set(x.subarray((c * size + i) * size, (c * size + i + 1) * size), (c * wide + i + 2) * wide + 2);
      }
    }
    const out = new Float32Array(filters * size * size);
    for (let f = 0; f < filters; f++) {
      const map = out.subarray(f * size * size, (f + 1) * size * size).fill(bias[f]);
      for (let k = 0; k < channels * K * K; k++) {
        const w = weight[f * channels * K * K + k];
        const first = (Math.floor(k / K / K) * wide + (Math.floor(k / K) % K)) * wide + (k % K);
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) map[i * size + j] += w * padded[first + i * wide + j];
        }
      }
    }
    return relu(out);
  }

  function relu(out) {
    for (let k = 0; k < out.length; k++) if (out[k] < 0) out[k] = 0;
    return out;
  }

  /** The largest of each 2 x 2. */
  function pool(x, channels, size) {
    const half = size / 2;
    const out = new Float32Array(channels * half * half);
    for (let k = 0; k < out.length; k++) {
      const at = 2 * Math.floor(k / half) * size + 2 * (k % half); // maps lie below each other, so rows go on
      out[k] = Math.max(x[at], x[at + 1], x[at + size], x[at + size + 1]);
    }
    return out;
  }

  function linear(x, { shape: [, wide], weight, bias }) {
    const out = Float32Array.from(bias);
    for (let d = 0; d < x.length; d++) {
      if (x[d]) for (let k = 0; k < wide; k++) out[k] += x[d] * weight[d * wide + k];
    }
    return out;
  }

  /** LeNet: what each stage gives, under the names of STAGES, and the logits. Flat arrays are flattened already. */
  function forward(input, network) {
    const conv1 = convolve(input, 28, network.conv1);
    const pool1 = pool(conv1, 20, 28);
    const conv2 = convolve(pool1, 14, network.conv2);
    const pool2 = pool(conv2, 50, 14);
    const hidden = relu(linear(pool2, network.linear1));
    return { maps: { conv1, pool1, conv2, pool2, hidden }, logits: [...linear(hidden, network.linear2)] };
  }

  function softmax(logits) {
    const top = Math.max(...logits);
    const exps = logits.map((logit) => Math.exp(logit - top));
    const sum = exps.reduce((all, value) => all + value, 0);
    return exps.map((value) => value / sum);
  }

  globalThis.DrawDigitMath = { RADIUS, SIZE, STAGES, bytes, decode, draw, forward, inside, isPoint, shrink, softmax, strokesOf };
})();
