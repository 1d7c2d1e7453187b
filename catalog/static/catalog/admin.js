// Small behaviours of our own admin pages. Everything works without them; they only save work and mistakes.
"use strict";

// A form that was sent is not sent again by a second click.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.dataset.sent) {
    if (event.target.dataset.sent) event.preventDefault();
    return;
  }
  if (event.target.method === "post") event.target.dataset.sent = "yes";
});

// Whoever is told of a mistake stands at the input where it is: inside the theme's frame Chromium leaves `autofocus` out.
document.addEventListener("DOMContentLoaded", () => {
  const wanted = document.querySelector(".rg-page [autofocus]");
  if (wanted && document.activeElement === document.body) wanted.focus();
});

// Back in the browser shows the page as it was: let its forms be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// Copies the text of the element that the button names; the button shows only where that can work.
document.addEventListener("DOMContentLoaded", () => {
  if (!navigator.clipboard) return;
  document.querySelectorAll("button[data-copy]").forEach((button) => {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  });
});

// Icons are words in a font of pictures: nobody should hear "storefront Providers" read out.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".material-symbols-outlined").forEach((icon) => {
    const control = icon.closest("a, button, summary, label");
    const isAlone = control && !control.getAttribute("aria-label") && control.textContent.trim() === icon.textContent.trim();
    if (!isAlone) icon.setAttribute("aria-hidden", "true");
    else if (control.title) control.setAttribute("aria-label", control.title);
  });
});

// Words in charts have the colour of other quiet words; a canvas does not follow the theme by itself.
document.addEventListener("DOMContentLoaded", () => {
  if (!window.Chart) return;
  const paint = () => {
    const color = getComputedStyle(document.documentElement).getPropertyValue("--rg-muted").trim();
    window.Chart.defaults.color = color;
    Object.values(window.Chart.instances).forEach((chart) => {
      Object.values(chart.options.scales).forEach((scale) => { scale.ticks.color = color; });
      chart.options.plugins.legend.labels.color = color;
      chart.update("none");
    });
  };
  paint();
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["class"] });
});

// On narrow screens a list's cells carry their column's title; that of a model's own field begins with a small letter.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("#result_list [data-label]").forEach((cell) => {
    cell.dataset.label = cell.dataset.label.charAt(0).toUpperCase() + cell.dataset.label.slice(1);
  });
});

// The theme writes the name of a chosen file into a text input of its own, and fails where there is none.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("input[type=file].rg-input").forEach((input) => { input.hasChangeListener = true; });
});
