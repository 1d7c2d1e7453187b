// The config schema editor: what is typed is read as it is typed, and the form that it produces is shown below.
"use strict";

document.querySelectorAll("textarea[data-preview]").forEach((editor) => {
  const shown = document.getElementById(`${editor.id}_preview`);
  const said = document.getElementById(`${editor.id}_status`);
  let asked = 0;
  const update = async () => {
    const number = ++asked;
    const body = new URLSearchParams({ schema: editor.value });
    const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
    try {
      const answer = await fetch(editor.dataset.preview, { method: "POST", body, headers: { "X-CSRFToken": token } });
      if (number !== asked) return;
      if (!answer.ok) throw new Error(String(answer.status));
      shown.innerHTML = await answer.text();
      said.textContent = shown.querySelector("[role=alert]") ? "The schema is not right yet." : "The preview is up to date.";
    } catch {
      if (number === asked) said.textContent = "The preview could not be fetched; what you typed is still here.";
    }
  };
  if (!editor.readOnly) editor.addEventListener("input", window.registryLater(update, 400));
  // Typed before this was loaded, or brought back by the browser.
  if (editor.value !== editor.defaultValue) update();
});

// Inputs of the preview belong to a form that goes nowhere.
document.addEventListener("submit", (event) => {
  if (event.target.id === "config-preview") event.preventDefault();
});
