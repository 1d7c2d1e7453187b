// The form of search and filters sends only what is filled in, so that addresses of lists can be read and shared.
"use strict";

(() => {
  const form = document.getElementById("changelist-search");
  if (!form) return;
  const fields = () => [...form.elements].filter((field) => field.name);
  form.addEventListener("submit", () => fields().forEach((field) => { field.disabled = field.value === ""; }));
  window.addEventListener("pageshow", () => fields().forEach((field) => { field.disabled = false; }));
})();
