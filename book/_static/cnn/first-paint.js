// What has to be so before a page is seen, so that nothing in it moves or changes color afterward. It is
// loaded in the page's head, after the style sheets.
(function () {
  "use strict";

  const page = document.documentElement;

  // The theme finds out at the page's end whether the system is dark.
  if (!["light", "dark"].includes(page.dataset.theme)) {
    page.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  // The page is shown when its fonts are here. If they take longer than this, it is shown in the fonts
  // that stand in for them; without JavaScript it is never hidden.
  const LONGEST = 3000; // milliseconds; as long as browsers themselves hide text for its font
  const FONTS = [
    "1em 'Inter'",
    "1em 'Source Serif 4'",
    "italic 1em 'Source Serif 4'",
    "1em 'JetBrains Mono'",
    "1em 'MJXZERO'", // the empty font that gives the letters of formulas their lines
  ];
  const show = () => page.removeAttribute("data-cnn-waits");

  page.setAttribute("data-cnn-waits", "");
  Promise.allSettled(FONTS.map((font) => document.fonts.load(font))).then(show);
  setTimeout(show, LONGEST);
})();
