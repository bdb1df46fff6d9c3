// What every page of the book needs beside the theme.
(function () {
  "use strict";

  // The search fetches the pages it has found, to show a few words of each. From a file it may not,
  // and it would report an error for each page.
  if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  }

  // A formula that is wider than the page scrolls in its own line. This makes it a stop of the Tab
  // key when it has to scroll, so that it scrolls by keyboard too; the theme does so for code.

  function update() {
    for (const formula of document.querySelectorAll('mjx-container[display="true"]')) {
      if (formula.scrollWidth > formula.clientWidth) {
        formula.tabIndex = 0;
        formula.setAttribute("role", "group");
        formula.setAttribute("aria-label", "Formula");
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) formula.removeAttribute(name);
      }
    }
  }

  update();
  document.fonts.ready.then(update); // a formula is as large as the text around it
  new ResizeObserver(update).observe(document.documentElement);
})();
