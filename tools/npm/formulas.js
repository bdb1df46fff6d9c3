// Draws formulas where no page is, when the book is built: MathJax's TeX input and its output of HTML
// and CSS, bundled by tools/vendor.py into one script that coursebook/formulas.py runs.
//
//   CnnFormulas.draw("x^2", false);  // '{"html": "<mjx-container ..."}', or '{"error": "..."}'
//   CnnFormulas.style();             // the style sheet of every formula

import { AssistiveMmlHandler } from "mathjax-full/js/a11y/assistive-mml.js";
import { liteAdaptor } from "mathjax-full/js/adaptors/liteAdaptor.js";
import { RegisterHTMLHandler } from "mathjax-full/js/handlers/html.js";
import { TeX } from "mathjax-full/js/input/tex.js";
import "mathjax-full/js/input/tex/ams/AmsConfiguration.js";
import "mathjax-full/js/input/tex/base/BaseConfiguration.js";
import "mathjax-full/js/input/tex/textmacros/TextMacrosConfiguration.js";
import { mathjax } from "mathjax-full/js/mathjax.js";
import { CHTML } from "mathjax-full/js/output/chtml.js";

const adaptor = liteAdaptor();
AssistiveMmlHandler(RegisterHTMLHandler(adaptor));

const output = new CHTML({
  adaptiveCSS: false, // all pages share one style sheet
  fontURL: "fonts", // beside the style sheet
});
const book = mathjax.document("", {
  InputJax: new TeX({
    packages: ["base", "ams", "textmacros"],
    formatError(input, error) {
      throw error; // MathJax would write it into the page
    },
  }),
  OutputJax: output,
});

function draw(tex, display) {
  try {
    return JSON.stringify({ html: adaptor.outerHTML(book.convert(tex, { display })) });
  } catch (error) {
    return JSON.stringify({ error: error.message });
  }
}

// One rule a line.
const style = () =>
  `${adaptor.textContent(output.styleSheet(book)).trim()}\n`
    .replace(/\n\s+/g, "\n")
    .replace(/([{;/])\n/g, "$1");

globalThis.CnnFormulas = { draw, style };
