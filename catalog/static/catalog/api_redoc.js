// Redoc over our own description, in the fonts that the reader has.
"use strict";

const fonts = { fontFamily: "system-ui, sans-serif" };

Redoc.init(
  document.body.dataset.description,
  { theme: { typography: { ...fonts, headings: fonts } }, hideDownloadButton: true },
  document.getElementById("redoc"),
);
