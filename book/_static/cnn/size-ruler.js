/* <size-ruler>: how an image shrinks from layer to layer, until the filter fits no more; and how padding stops it.
 *
 * uses: figure.js
 *
 * Attributes, all optional: size, kernel-size, padding, layer; controls (see figure.js).
 * output: {sizes: [image, after layer 1, ...], endless: true when the image never gets smaller than the filter}.
 */
(function () {
  "use strict";
  const { html, number, range, slider, svg } = CnnFigure;
  const { outputSize } = ConvMath;
  const MOST = 16; // rows that are drawn: all that a 3-wide filter leaves of the largest image

  const layers = (n) => (n === 1 ? "1 layer" : `${n} layers`);
  const pixels = (n) => (n === 1 ? "1 pixel" : `${n} pixels`);

  class SizeRuler extends CnnFigure {
    static title = "Sizes, layer by layer";
    static settings = {
      size: slider("Image, pixels in a row", 3, 32, 32),
      kernelSize: number("Kernel size K", 1, 9, 5),
      padding: number("Padding P", 0, 4, 0),
      layer: slider("Look at layer", 0, MOST, 1),
    };

    /** Padding of half a filter or more would make the map larger than the image: more than "same" is not offered. */
    static settle(state) {
      const padding = Math.min(state.padding, (state.kernelSize - 1) >> 1);
      const { sizes } = SizeRuler.compute({ ...state, padding });
      return { ...state, padding, layer: Math.min(state.layer, sizes.length - 1) };
    }

    static compute({ size, kernelSize, padding }) {
      const sizes = [size];
      while (sizes.length <= MOST && outputSize(sizes.at(-1), kernelSize, padding)) {
        sizes.push(outputSize(sizes.at(-1), kernelSize, padding));
      }
      return { sizes, endless: outputSize(sizes.at(-1), kernelSize, padding) > 0 };
    }

    static sentence({ size, kernelSize, padding, layer }, { sizes, endless }) {
      const loss = kernelSize - 1 - 2 * padding;
      const here = layer ? `After ${layers(layer)}: ${pixels(sizes[layer])} of ${size}.` : `The image: ${pixels(size)}.`;
      if (sizes.length === 1) return "The filter is wider than the image: not one layer fits.";
      if (loss === 0) return `${here} K − 1 = ${kernelSize - 1} pixels are lost in each layer, and 2P = ${2 * padding} added: the size stays.`;
      const fall = `Each layer takes K − 1 − 2P = ${loss} away.`;
      const padded = padding ? ` (${sizes.at(-1) + 2 * padding} with the padding)` : "";
      const last = sizes.at(-1) === 1 ? `1 pixel${padded} is` : `${pixels(sizes.at(-1))}${padded} are`;
      const end = endless ? "" : ` After ${layers(sizes.length - 1)} only ${last} left, and a filter of ${kernelSize} fits no more.`;
      return `${here} ${fall}${end}`;
    }

    draw({ size, kernelSize, padding, layer }, { sizes, endless }) {
      const [left, right, high] = [62, 44, 22];
      const width = Math.max(280, this.inner ?? 640);
      const pixel = Math.min(14, (width - left - right) / (size + 2 * padding));
      const middle = left + (width - left - right) / 2;
      const row = (value, l) => {
        const cell = (j, kind) => svg`<rect class=${kind} x=${middle + (j - value / 2) * pixel + 0.75} y=${l * high + 3}
          width=${pixel - 1.5} height=${high - 8} rx="2"></rect>`;
        const border = l === layer + 1 ? [] : range(padding).flatMap((p) => [-1 - p, value + p]);
        // Beside the layer that is looked at: what its filter reads for its first output.
        const read = l === layer - 1 ? range(kernelSize).map((k) => k - padding) : [];
        return svg`<g class=${l === layer ? "sr-here" : ""}>
          <text x="0" y=${l * high + high - 7} class=${l === layer ? "" : "cf-faint"}>${l ? `layer ${l}` : "image"}</text>
          ${l === layer - 1 || l === layer ? border.filter(() => l < layer).map((j) => cell(j, "sr-border")) : []}
          ${range(value).map((j) => cell(j, read.includes(j) ? "sr-read" : l === layer && j === 0 ? "sr-made" : "sr-pixel"))}
          ${read.filter((j) => j < 0).map((j) => cell(j, "sr-border sr-read-border"))}
          <text x=${width} y=${l * high + high - 7} text-anchor="end">${value}</text></g>`;
      };
      const more = endless && svg`<text x=${middle} y=${sizes.length * high + 14} text-anchor="middle"
        class="cf-faint">and so on</text>`;
      const height = (Math.max(8, sizes.length) + 1) * high; // a few rows more or less leave the rest in its place
      return html`<svg class="cf-drawing" viewBox="0 0 ${width} ${height}" style="height: ${height}px" aria-hidden="true">
        ${sizes.map(row)}${more || ""}</svg>`;
    }
  }

  customElements.define("size-ruler", SizeRuler);
})();
