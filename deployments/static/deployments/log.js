// The lines of a log on the page: put there in batches, so that twenty thousand freeze nothing; the end is followed unless
// the reader has scrolled up. Knows nothing of where lines come from.
"use strict";

const rgLog = (() => {
  // Of what is being followed; who scrolls up sees the rest by "Show earlier lines".
  const MOST = 3000, KEPT = 2000, A_FRAME = 300;
  const ESCAPES = /\x1b\[[0-?]*[ -\/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?/g;
  const INVISIBLE = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
  const named = (found) => `⟨${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
  const frame = document.getElementById("log"), lines = document.getElementById("log-lines");
  const jump = document.getElementById("log-jump"), earlier = document.getElementById("log-earlier");
  const words = JSON.parse(document.getElementById("log-words").textContent);
  const waiting = [];
  let isFollowing = !location.hash && !document.getElementById("log-card").dataset.wanted, isPumping = false;

  const all = () => lines.querySelectorAll(".rg-log-line");
  const numberOf = (line) => Number(line.id.slice(1));
  const first = () => (lines.querySelector(".rg-log-line") ? numberOf(lines.querySelector(".rg-log-line")) : 0);
  const headingOf = (line) => `Attempt ${line.attempt}: ${words.steps[line.step] ?? line.step}`;
  let lastHeading = [...lines.querySelectorAll(".rg-log-heading")].pop()?.textContent ?? "";

  function make(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.textContent = text;
    return made;
  }

  function rowOf(line) {
    const row = make("div", "rg-log-line", ""), number = make("a", "", line.seq), time = make("time", "", line.at.slice(11, 19));
    if (words.cuts.some((cut) => line.text.startsWith(cut))) row.classList.add("rg-log-line--cut");
    row.id = `L${line.seq}`;
    number.href = `#L${line.seq}`;
    number.tabIndex = -1;
    number.setAttribute("aria-label", `Line ${line.seq}`);
    time.dateTime = line.at;
    row.append(number, time, make("bdi", "", line.text.replace(ESCAPES, "").replace(INVISIBLE, named)));
    return row;
  }

  // Rows of lines, with a heading wherever an attempt or a step begins.
  function rowsOf(some, before) {
    const rows = document.createDocumentFragment();
    some.forEach((line) => {
      if (headingOf(line) !== before) rows.append(make("p", "rg-log-heading", headingOf(line)));
      before = headingOf(line);
      rows.append(rowOf(line));
    });
    return rows;
  }

  function pump() {
    isPumping = false;
    const some = waiting.splice(0, A_FRAME);
    if (some.length) {
      lines.append(rowsOf(some, lastHeading));
      lastHeading = headingOf(some[some.length - 1]);
      document.getElementById("log-empty").hidden = true;
    }
    if (isFollowing) forgetOldest();
    show();
    if (waiting.length) start();
  }

  function start() {
    if (isPumping) return;
    isPumping = true;
    requestAnimationFrame(pump);
  }

  function forgetOldest() {
    const rows = all();
    if (rows.length <= MOST) return;
    const keep = rows[rows.length - KEPT];
    while (lines.firstChild !== keep) lines.firstChild.remove();
    offerEarlier();
  }

  function offerEarlier() {
    earlier.hidden = first() <= 1;
    earlier.querySelector("a").href = `?line=${Math.max(first() - 500, 1)}`;
  }

  function show() {
    if (isFollowing) frame.scrollTop = frame.scrollHeight;
    jump.hidden = isFollowing || frame.scrollHeight <= frame.clientHeight;
  }

  function follow() {
    isFollowing = true;
    show();
  }

  // Lines that come before those that are shown; what the reader looks at stays where it is.
  function prepend(some) {
    const heading = lines.firstElementChild, height = frame.scrollHeight;
    if (some.length && heading?.className === "rg-log-heading" && heading.textContent === headingOf(some[some.length - 1])) heading.remove();
    lines.prepend(rowsOf(some, ""));
    frame.scrollTop += frame.scrollHeight - height;
    offerEarlier();
  }

  frame.addEventListener("scroll", () => {
    isFollowing = frame.scrollTop + frame.clientHeight >= frame.scrollHeight - 30;
    jump.hidden = isFollowing;
  }, { passive: true });
  jump.addEventListener("click", () => {
    // The end of a part from the midst is not the end of the log.
    if (!("tail" in document.getElementById("log-card").dataset)) return location.assign(location.pathname);
    follow();
    frame.focus();
  });

  return {
    add: (some) => { waiting.push(...some); start(); },
    prepend, first, follow, start: show,
    stay: () => { isFollowing = false; },
    has: (number) => Boolean(document.getElementById(`L${number}`)),
  };
})();
