// Shows changes as they happen: fetches the page again and exchanges what differs.
"use strict";

const EVERY_MS = 2000;
let shown = null;

async function refresh() {
  if (document.hidden) {
    return;
  }
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) {
      return;
    }
    const text = await answer.text();
    if (text !== shown) {
      shown = text;
      exchange(new DOMParser().parseFromString(text, "text/html"));
    }
    document.body.classList.remove("offline");
  } catch {
    document.body.classList.add("offline");
  }
}

function exchange(page) {
  const focused = document.activeElement?.getAttribute("href");
  const closed = [...document.querySelectorAll("details:not([open])")].map((each) => each.id);
  for (const id of ["top", "content"]) {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (old && fresh && old.innerHTML !== fresh.innerHTML) {
      old.replaceChildren(...fresh.childNodes);
    }
  }
  for (const id of closed) {
    document.getElementById(id)?.removeAttribute("open");
  }
  if (focused) {
    document.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  }
}

// Links as Zammad's own pages have them lead to the ticket here.
function follow() {
  const ticket = /^#ticket\/zoom\/(\d+)/.exec(location.hash);
  if (ticket) {
    location.replace(`/tickets/${ticket[1]}`);
  }
}

addEventListener("hashchange", follow);
follow();
setInterval(refresh, EVERY_MS);
