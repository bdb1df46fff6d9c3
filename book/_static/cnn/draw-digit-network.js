/* The network of <draw-digit>, one for all figures of a page: its weights are fetched when load is first called.
 *
 * uses: draw-digit-math.js
 *
 * DrawDigitNetwork has status, "absent", "loading", "failed" or "ready"; layers, the parameters, once it is ready; and load(),
 * which gives a promise that is kept when the weights have come, or have failed to.
 */
(function () {
  "use strict";
  const WEIGHTS = new URL("draw-digit-weights.js", document.currentScript.src).href;
  let loading = null;

  /** A script element, as fetch may not read a file://. */
  const script = () => new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement("script"), { src: WEIGHTS, onload: resolve, onerror: reject }));
  });

  const net = {
    status: "absent",
    layers: null,
    load() {
      if (!loading) {
        net.status = "loading";
        loading = script().then(() => {
          net.layers = DrawDigitMath.decode(globalThis.DrawDigitWeights);
          delete globalThis.DrawDigitWeights; // the text is not needed any more
          net.status = "ready";
        }).catch(() => {
          net.status = "failed";
          loading = null; // the next call tries again
        });
      }
      return loading;
    },
  };
  globalThis.DrawDigitNetwork = net;
})();
