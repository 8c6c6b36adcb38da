// Makes the pages live. Everything works without this file; nothing here decides anything.
//
// - countdowns tick in the product's time, which a demonstration moves
// - one event stream per browser, whatever the number of tabs, tells what changed; the page is asked
//   again and its marked parts are replaced, keeping focus, scroll and what stands open
// - what is being written is kept in this browser until it is sent
// - letters outside fields are shortcuts, which can be switched off
(() => {
  'use strict';
  const page = document.documentElement;
  const french = page.lang === 'fr';
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const editing = (node) => !!node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));

  // ---- time ---------------------------------------------------------------
  let skew = 0;
  const readNow = (root) => {
    const now = Date.parse(root.dataset.now || '');
    if (!Number.isNaN(now)) skew = now - Date.now();
  };
  readNow(page);
  const now = () => Date.now() + skew;

  const NB = '\u00a0';
  const duration = (milliseconds) => {
    const minutes = Math.floor(milliseconds / 60000);
    const hours = Math.floor(minutes / 60);
    if (hours === 0) return `${minutes}${NB}min`;
    const rest = String(minutes % 60).padStart(2, '0');
    return `${hours}${NB}h${NB}${rest}`;
  };
  // Only clocks whose whole remaining time is open carry this mark, so wall-clock time is exact.
  const tick = () => {
    for (const cell of all('[data-countdown]')) {
      const left = Date.parse(cell.dataset.countdown) - now();
      if (left <= 0) {
        cell.removeAttribute('data-countdown');
        refreshSoon(1500);
        continue;
      }
      if (left > 86400000) continue;
      const text = duration(left);
      if (cell.textContent !== text) cell.textContent = text;
    }
  };

  // Only what came from this site is read as a page, and only here: browsers with Trusted Types refuse it anywhere else.
  const pages = window.trustedTypes?.createPolicy('entente', { createHTML: (text) => text });
  const parsed = (text) => new DOMParser().parseFromString(pages ? pages.createHTML(text) : text, 'text/html');

  // ---- live parts -----------------------------------------------------------
  let timer = 0;
  let busy = false;
  const live = () => document.querySelector('[data-live]') !== null;
  const refreshSoon = (wait) => {
    if (!live() || timer) return;
    timer = setTimeout(refresh, wait);
  };
  const placeOf = (node, within) => {
    if (!node || !within.contains(node)) return null;
    if (node.id) return { id: node.id };
    const kin = all(node.tagName, within);
    return { tag: node.tagName, at: kin.indexOf(node), href: node.getAttribute('href') };
  };
  const find = (place, within) => {
    if (place.id) return document.getElementById(place.id);
    const kin = all(place.tag, within);
    return kin.find((node) => place.href && node.getAttribute('href') === place.href) || kin[place.at];
  };
  async function refresh() {
    timer = 0;
    if (busy || document.hidden) return;
    busy = true;
    try {
      const answer = await fetch(location.href, {
        credentials: 'same-origin', cache: 'no-store', headers: { 'x-entente-quiet': '1' },
      });
      if (!answer.ok || answer.redirected) return;
      const fresh = parsed(await answer.text());
      readNow(fresh.documentElement);
      for (const old of all('[data-live]')) {
        const next = fresh.querySelector(`[data-live="${CSS.escape(old.dataset.live)}"]`);
        if (!next || next.innerHTML === old.innerHTML) continue;
        // Never under somebody's hands.
        if (old.contains(document.activeElement) && editing(document.activeElement)) continue;
        if (all('textarea, input[type=text]', old).some((field) => field.value !== field.defaultValue)) continue;
        const focused = placeOf(document.activeElement, old);
        const opened = all('details', old).map((details) => details.open);
        const chosen = new Set(all('input:checked', old).map((input) => input.value));
        old.replaceWith(next);
        all('details', next).forEach((details, at) => {
          if (at < opened.length) details.open = opened[at];
        });
        all('input[type=checkbox]', next).forEach((input) => {
          input.checked = chosen.has(input.value);
        });
        if (focused) find(focused, next)?.focus({ preventScroll: true });
      }
      const title = fresh.querySelector('title');
      if (title && !document.querySelector('.errors')) document.title = title.textContent;
      tick();
    } catch {
      // The network is away; the next event or minute asks again.
    } finally {
      busy = false;
    }
  }
  const heed = (data) => {
    const mine = page.dataset.number;
    let change = {};
    try {
      change = JSON.parse(data);
    } catch {
      return;
    }
    if (!mine || !change.number || change.number === mine) refreshSoon(250);
  };

  const listen = () => {
    if (page.dataset.events === undefined || !window.EventSource) return;
    const follow = (done) => {
      const source = new EventSource('/evenements');
      source.onmessage = (event) => {
        channel?.postMessage(event.data);
        heed(event.data);
      };
      // Closed for good means signed out; another tab may try after a while.
      source.onerror = () => {
        if (source.readyState === EventSource.CLOSED) setTimeout(done, 30000);
      };
    };
    const channel = window.BroadcastChannel ? new BroadcastChannel('entente') : null;
    if (channel) channel.onmessage = (event) => heed(event.data);
    if (navigator.locks && channel) {
      navigator.locks.request('entente-events', () => new Promise(follow)).catch(() => {});
    } else {
      follow(() => {});
    }
  };

  // ---- drafts ----------
  const store = {
    get: (key) => {
      try {
        return JSON.parse(localStorage.getItem(key) || 'null');
      } catch {
        return null;
      }
    },
    set: (key, value) => {
      try {
        if (value === null) localStorage.removeItem(key);
        else localStorage.setItem(key, JSON.stringify(value));
        return true;
      } catch {
        return false;
      }
    },
  };
  // Whoever signs out takes them along.
  for (const form of all('form[action="/deconnexion"]')) form.onsubmit = () => localStorage.clear();
  const written = (form) => all('textarea[name], input[type=text][name]', form);
  const guardDraft = (form) => {
    const key = `entente-draft:${form.dataset.draft}`;
    const kept = store.get(key);
    const failed = document.querySelector('.errors') !== null;
    if (kept && kept.sent && !failed) {
      store.set(key, null);
    } else if (kept && !failed) {
      for (const field of written(form)) {
        const value = kept.values[field.name];
        if (value && !field.value) {
          field.value = value;
          field.closest('details')?.setAttribute('open', '');
        }
      }
    }
    let waiting = 0;
    const keep = (sent) => {
      const values = {};
      for (const field of written(form)) if (field.value.trim()) values[field.name] = field.value;
      if (Object.keys(values).length === 0) {
        store.set(key, null);
        return;
      }
      const done = store.set(key, { values, sent });
      const status = form.querySelector('[data-draft-status]');
      if (done && !sent && status) {
        const at = new Date(now());
        const clock = at.toLocaleTimeString(french ? 'fr' : 'en-GB', { hour: '2-digit', minute: '2-digit' });
        status.textContent = `${status.dataset.draftStatus} ${clock}`;
      }
    };
    // The desk keeps it too, so that it is found from another place and colleagues see that somebody writes.
    let later = 0;
    const there = form.dataset.keep;
    const keepThere = () => {
      const body = new URLSearchParams({ discret: 'oui' });
      body.set('forme', form.elements.namedItem('forme').value);
      body.set('corps', form.elements.namedItem('corps').value);
      fetch(there, { method: 'POST', credentials: 'same-origin', headers: { 'x-entente-quiet': '1' }, body }).catch(() => {});
    };
    form.addEventListener('input', () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => keep(false), 600);
      if (!there) return;
      clearTimeout(later);
      later = setTimeout(keepThere, 1500);
    });
    form.addEventListener('submit', () => {
      clearTimeout(waiting);
      clearTimeout(later);
      keep(true);
    });
  };

  // ---- keys ----------
  const open = (selector, field) => {
    const details = document.querySelector(selector);
    if (!details) return false;
    details.open = true;
    const target = details.querySelector(field);
    target?.focus();
    target?.scrollIntoView({ block: 'nearest' });
    return true;
  };
  const rows = () => all('.queue tbody th[scope=row] a');
  const step = (by) => {
    const links = rows();
    if (links.length === 0) return false;
    const at = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))].focus();
    return true;
  };
  const keys = {
    r: () => open('#repondre', 'textarea'),
    n: () => open('#noter', 'textarea'),
    f: () => {
      const field = document.getElementById('q');
      field?.focus();
      return !!field;
    },
    j: () => step(1),
    k: () => step(-1),
    o: () => {
      const here = document.activeElement;
      if (!rows().includes(here)) return false;
      here.click();
      return true;
    },
    '?': () => open('#touches', 'input'),
  };
  const off = 'entente-keys-off';
  document.addEventListener('keydown', (event) => {
    const field = editing(event.target);
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.tagName === 'TEXTAREA') {
      event.preventDefault();
      event.target.form?.requestSubmit();
      return;
    }
    if (field || event.ctrlKey || event.metaKey || event.altKey || store.get(off)) return;
    if (Object.hasOwn(keys, event.key) && keys[event.key]()) event.preventDefault();
  });

  // ---- canned replies: put where one writes; without this they are a page of their own ------
  document.addEventListener('click', async (event) => {
    const link = event.target.closest?.('a[data-insert]');
    const area = link?.closest('form')?.querySelector('textarea');
    if (!area || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.dataset.insert, { credentials: 'same-origin' });
      if (!answer.ok || answer.redirected) throw new Error('not given');
      area.setRangeText(await answer.text(), area.selectionStart, area.selectionEnd, 'end');
      area.dispatchEvent(new Event('input', { bubbles: true }));
      area.focus();
    } catch {
      location.href = link.href;
    }
  });

  // ---- passkeys ----------
  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  async function passkey(form) {
    const answer = await fetch(form.dataset.from, { method: 'POST', body: new URLSearchParams() });
    const asked = await answer.json();
    const publicKey = { challenge: toBytes(asked.challenge), timeout: 300000 };
    const type = 'public-key';
    let found;
    if (form.dataset.passkey === 'create') {
      publicKey.rp = { id: asked.rpId, name: asked.rpName };
      publicKey.user = { id: toBytes(asked.userId), name: asked.userName, displayName: asked.userDisplayName };
      publicKey.pubKeyCredParams = [-7, -8, -257].map((alg) => ({ type, alg }));
      publicKey.excludeCredentials = asked.exclude.map((id) => ({ type, id: toBytes(id) }));
      publicKey.authenticatorSelection = { residentKey: 'required', userVerification: 'required' };
      publicKey.attestation = 'none';
      found = await navigator.credentials.create({ publicKey });
      form.elements.attestation.value = toText(found.response.attestationObject);
    } else {
      publicKey.rpId = asked.rpId;
      publicKey.userVerification = 'required';
      found = await navigator.credentials.get({ publicKey });
      form.elements.namedItem('id').value = toText(found.rawId);
      form.elements.data.value = toText(found.response.authenticatorData);
      form.elements.signature.value = toText(found.response.signature);
      form.elements.user.value = toText(found.response.userHandle || new ArrayBuffer(0));
    }
    form.elements.client.value = toText(found.response.clientDataJSON);
    form.submit();
  }
  if (window.PublicKeyCredential) {
    for (const form of all('form[data-passkey]')) {
      form.hidden = false;
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        event.stopPropagation();
        passkey(form).catch(() => {
          form.querySelector('[role=status]').textContent = form.dataset.failed;
        });
      });
    }
  }

  // ---- time spent: since the request was first looked at in this tab ------------------
  const since = page.dataset.number && `entente-since:${page.dataset.number}`;
  if (since) {
    try {
      const begun = Number(sessionStorage.getItem(since)) || now();
      sessionStorage.setItem(since, String(begun));
      const field = document.querySelector('input[data-since]');
      if (field) {
        field.value = String(Math.min(1440, Math.max(1, Math.ceil((now() - begun) / 60000))));
        field.form.addEventListener('submit', () => sessionStorage.removeItem(since));
      }
    } catch {
      // Nothing is kept here: the time is written by hand.
    }
  }

  // ---- what the agreement counts of the time, shown before it is noted ------------
  const counts = document.querySelector('[data-counted]');
  counts?.closest('form').addEventListener('change', async ({ target: { form } }) => {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: 'POST', body: `${body}&apercu=oui` });
    const page = parsed(await answer.text());
    counts.textContent = page.querySelector('[data-counted]').textContent;
  });

  // ---- beginning ----------
  for (const form of all('form[data-draft]')) guardDraft(form);
  // A form is sent once, however often its button is pressed.
  document.addEventListener('submit', (event) => {
    if (event.target.dataset.sending) event.preventDefault();
    else if (event.target.method === 'post') {
      event.target.dataset.sending = 'yes';
      setTimeout(() => delete event.target.dataset.sending, 8000);
    }
  });
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) {
      for (const form of all('form[data-sending]')) delete form.dataset.sending;
      refreshSoon(0);
    }
  });
  const switchOff = document.getElementById('touches-coupees');
  if (switchOff) {
    switchOff.checked = !!store.get(off);
    switchOff.addEventListener('change', () => store.set(off, switchOff.checked ? true : null));
  }
  document.querySelector('.errors')?.focus();
  document.addEventListener('visibilitychange', () => document.hidden || refreshSoon(100));
  setInterval(tick, 1000);
  setInterval(() => refreshSoon(0), 60000);
  tick();
  listen();
})();
