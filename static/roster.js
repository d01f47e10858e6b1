/* What makes forms quicker where scripts run; every page works without it.
 *
 * Relations become comboboxes (the pattern of the WAI-ARIA Authoring Practices), a form is sent once, the error summary
 * takes the focus, passwords can be looked at, keys copied. */
'use strict';

(() => {
  const each = (selector, action) => document.querySelectorAll(selector).forEach(action);
  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    element.append(...children);
    return element;
  };

  const nameOf = field => field.querySelector('.label, legend').firstChild.textContent.trim();
  const formOf = field => field.closest('form');

  /* What must be chosen before this field can offer anything: a team before one of its members. */
  const missing = field => {
    const { same } = field.dataset;
    const other = same && formOf(field).elements[same];
    if (!other || other.value) return '';
    const label = formOf(field).querySelector(`[data-pick=one][data-name="${same}"]`);
    return label ? `Choose the ${nameOf(label).toLowerCase()} first` : '';
  };

  /* The options that match text: { options: [{ value, label, detail }], more: true }. */
  const ask = async (field, text, signal) => {
    const { options, same } = field.dataset;
    const address = new URL(options, location.href);
    address.searchParams.set('q', text);
    const other = same && formOf(field).elements[same];
    if (other) address.searchParams.set(same, other.value);
    const answer = await fetch(address, { signal, headers: { Accept: 'application/json' } });
    return answer.json();
  };

  /* Until a button that is being pressed was let go, nothing moves: it would go away from under the pointer. */
  let released = null, release = () => {};
  addEventListener('pointerdown', () => { released = new Promise(done => { release = done; }); }, true);
  for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => release(), true);

  /* take(option) is called with what was chosen; title() is what the box says when nothing is being typed. */
  const combobox = (field, before, take, title) => {
    const id = field.dataset.id;
    const name = nameOf(field);
    const input = make('input', {
      id, type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: false, 'aria-autocomplete': 'list',
      dir: 'auto', 'aria-expanded': false, 'aria-controls': id + '-list', 'aria-label': (before + ' ' + name).trim(),
    });
    const hints = field.getAttribute('aria-describedby');
    if (field.matches('.wrong')) input.setAttribute('aria-invalid', true);
    const list = make('ul', { id: id + '-list', role: 'listbox', 'aria-label': name, hidden: '' });
    const status = make('span', { class: 'unseen', role: 'status' });
    const box = make('div', { class: 'combo' }, input, list, status);
    const told = make('p', { id: id + '-told', class: 'told', role: 'status' });
    const tell = text => {
      told.textContent = text;
      const by = [hints, text && told.id].filter(Boolean).join(' ');
      if (by) input.setAttribute('aria-describedby', by);
      else input.removeAttribute('aria-describedby');
    };
    tell('');
    if (before) box.prepend(make('span', { class: 'add', 'aria-hidden': true }, before));
    /* The box takes the place, and the id, of the buttons that work without a script. */
    const plain = field.querySelector('.chosen');
    const button = plain.querySelector('button');
    let options = [], active = -1, timer = 0, request = null;

    const wanted = () => input.value === title() ? '' : input.value.trim();
    const mark = index => {
      list.children[active]?.setAttribute('aria-selected', false);
      active = index;
      const item = list.children[index];
      if (!item) return input.removeAttribute('aria-activedescendant');
      item.setAttribute('aria-selected', true);
      item.scrollIntoView({ block: 'nearest' });
      input.setAttribute('aria-activedescendant', item.id);
    };
    const show = (found, more) => {
      mark(-1);
      options = found;
      list.replaceChildren(...found.map((option, index) => {
        const item = make('li', { id: id + '-' + index, role: 'option', 'aria-selected': false }, make('bdi', {}, option.label));
        if (option.detail) item.append(' ', make('small', {}, option.detail));
        item.onclick = () => choose(option);
        return item;
      }));
      list.hidden = !found.length;
      input.setAttribute('aria-expanded', !list.hidden);
      say(found.length ? `Results: ${found.length}${more ? ', type to see others' : ''}` : 'Nothing matches', !found.length);
    };
    const say = (text, seen) => {
      status.textContent = text;
      status.className = seen ? 'nothing' : 'unseen';
    };
    const close = () => {
      clearTimeout(timer);
      request?.abort();
      request = null;
      show([]);
      say('');
    };
    const choose = option => {
      close();
      tell('');
      take(option);
      input.value = title();
    };
    /* What matches text; nothing when meanwhile something else was asked, or when no answer came: then the box gives way. */
    const find = async text => {
      request?.abort();
      const mine = request = new AbortController();
      try {
        const answer = await ask(field, text, mine.signal);
        return request === mine ? answer : null;
      } catch (error) {
        if (request !== mine) return null;
        box.remove();
        told.remove();
        plain.hidden = false;
        button.id = id;
        return null;
      }
    };
    const open = async () => {
      const first = missing(field);
      if (first) return say(first, true);
      const answer = await find(wanted());
      if (answer) show(answer.options, answer.more);
    };
    /* Whoever typed a whole title, or what fits only one, means that one. Other text stays, to be corrected. Whether
     * nothing is left that was typed and not chosen. */
    const settle = async () => {
      const text = wanted();
      close();
      tell('');
      if (!text) {
        if (!input.value.trim() && 'clearable' in field.dataset) take({ value: '', label: '' });
        input.value = title();
        return true;
      }
      const first = missing(field);
      const answer = first ? { options: [] } : await find(text);
      if (!answer || wanted() !== text) return false;
      const same = answer.options.filter(option => option.label.toLowerCase() === text.toLowerCase());
      const fits = same.length ? same : answer.options;
      if (fits.length === 1) {
        choose(fits[0]);
        return true;
      }
      tell(`${first || `${fits.length ? 'Several match' : 'Nothing matches'} “${text}”`}: nothing was chosen`
        + `${title() ? `, ${title()} stays` : ''}.`);
      return false;
    };

    input.oninput = () => {
      tell('');
      clearTimeout(timer);
      timer = setTimeout(open, 200);
    };
    input.onkeydown = event => {
      const typing = !list.hidden || input.value !== title();
      const last = options.length - 1;
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        if (list.hidden) open();
        else if (event.key === 'ArrowDown') mark(active < last ? active + 1 : 0);
        else mark(active > 0 ? active - 1 : last);
      } else if (event.key === 'Enter' && typing) {
        event.preventDefault();
        if (active >= 0) choose(options[active]);
        else settle();
      } else if (event.key === 'Escape' && typing) {
        event.preventDefault();
        if (list.hidden) input.value = title();
        tell('');
        close();
      } else if (event.key === 'Tab' && active >= 0) {
        choose(options[active]);
      }
    };
    input.onclick = () => list.hidden && open();
    input.onblur = async () => {
      await released;
      settle();
    };
    formOf(field).addEventListener('submit', async event => {
      if (event.defaultPrevented || !box.isConnected || !wanted()) return;
      event.preventDefault();
      if (await settle()) formOf(field).requestSubmit(event.submitter);
      else if (told.textContent || !box.isConnected) document.getElementById(id).focus();
    });
    list.onmousedown = () => false; /* the focus stays in the box */

    input.value = title();
    button.removeAttribute('id');
    plain.hidden = true;
    plain.before(box, told);
  };

  /* What was chosen stays with this place of the history, as what was typed does: there again when one comes back, and
   * not when the form is opened anew. */
  const [arrival] = performance.getEntriesByType('navigation');
  const picks = arrival?.type === 'back_forward' && history.state?.picks || {};
  const keep = (field, picked) => {
    picks[field.dataset.name] = picked;
    history.replaceState({ ...history.state, picks }, '');
  };

  each('[data-pick=one]', field => {
    const key = field.querySelector('input[type=hidden]');
    const shown = field.querySelector('.title');
    let current = key.value && shown.textContent.trim();
    const take = option => {
      key.value = option.value;
      shown.textContent = current = option.label;
    };
    if (picks[field.dataset.name]) take(picks[field.dataset.name]);
    combobox(field, '', option => {
      take(option);
      keep(field, option);
    }, () => current);
  });

  each('[data-pick=many]', field => {
    const chosen = field.querySelector('.options');
    const boxOf = value =>
      [...chosen.querySelectorAll('[type=checkbox]')].find(box => box.value === String(value));
    const added = picks[field.dataset.name] ?? []; /* those that the page did not come with */
    const add = option => {
      const id = `${field.dataset.id}-added-${chosen.children.length}`;
      const box = make('input', { id, name: field.dataset.name + '[]', type: 'checkbox', value: option.value });
      chosen.append(make('div', { class: 'tick' }, box, make('label', { for: id }, make('bdi', {}, option.label))));
      field.querySelector('p.empty')?.remove();
      return box;
    };
    const keepAdded = () => {
      for (const option of added) option.checked = boxOf(option.value).checked;
      keep(field, added);
    };
    for (const option of added) (boxOf(option.value) ?? add(option)).checked = option.checked;
    chosen.addEventListener('change', keepAdded);
    combobox(field, 'Add', option => {
      let box = boxOf(option.value);
      if (!box) {
        added.push({ value: option.value, label: option.label });
        box = add(option);
      }
      box.checked = true;
      keepAdded();
    }, () => '');
  });

  /* A second click while the first is under way saves nothing twice. Whoever stopped the first may send it again: the
   * server knows by the form's token what it has saved. */
  each('form[data-once]', form => {
    let sent = false;
    form.addEventListener('submit', event => {
      if (event.defaultPrevented) return;
      if (sent) event.preventDefault();
      else setTimeout(() => { sent = false; }, 5000);
      sent = true;
    });
    addEventListener('pageshow', () => { sent = false; });
  });

  each('[data-reveal]', input => {
    const button = make('button', { type: 'button', 'aria-pressed': false, 'aria-controls': input.id }, 'Show');
    const row = make('div', { class: 'reveal' });
    const type = shown => {
      input.type = shown ? 'text' : 'password';
      button.setAttribute('aria-pressed', shown);
    };
    button.append(make('span', { class: 'unseen' }, ' password'));
    input.before(row);
    row.append(input, button);
    button.onclick = () => type(input.type === 'password');
    input.form.addEventListener('submit', () => type(false)); /* so that it is not remembered as text */
  });

  each('[data-copy]', secret => {
    if (!navigator.clipboard) return;
    const button = make('button', { type: 'button' }, 'Copy');
    secret.after(' ', button);
    button.onclick = async () => {
      await navigator.clipboard.writeText(secret.textContent);
      button.textContent = 'Copied';
    };
  });

  /* What stands behind the # of a reset link goes into its field, and out of the address. */
  each('[data-fragment]', input => {
    const fragment = location.hash.slice(1);
    if (!/^[\w-]{20,}$/.test(fragment)) return;
    input.value = fragment;
    history.replaceState(null, '', location.pathname);
  });

  /* A job's log goes on where the page ends. While a restore swaps databases there is no answer for a moment. */
  each('[data-tail]', state => {
    const log = document.getElementById('log'), bar = state.querySelector('progress');
    const part = state.querySelector('.part-of-job');
    const pause = make('button', { type: 'button', 'aria-pressed': false }, 'Pause');
    let from = Number(state.dataset.from), paused = false;
    const most = 200000; /* characters of the log that stay on the page */

    const append = text => {
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
      log.append(text);
      if (log.textContent.length > most) log.textContent = log.textContent.slice(-most / 2).replace(/^.*\n/, '');
      if (atEnd) log.scrollTop = log.scrollHeight;
    };
    const look = async () => {
      const address = new URL(state.dataset.tail, location.href);
      address.searchParams.set('from', from);
      const answer = await fetch(address, { headers: { Accept: 'application/json' } });
      if (answer.status >= 500) return true;
      if (!answer.ok || answer.redirected) return false;
      const news = await answer.json();
      from = news.to;
      if (news.text) append(news.text);
      if (news.percent >= 0) bar.value = news.percent;
      if (news.part && news.part !== part.textContent) part.textContent = news.part;
      return news.running || news.more;
    };
    const next = async () => {
      if (paused) return;
      let going = true;
      try {
        going = await look();
      } catch { /* no answer: again */ }
      if (paused) return;
      if (going) setTimeout(next, 1000);
      else location.reload();
    };
    pause.onclick = () => {
      paused = !paused;
      pause.setAttribute('aria-pressed', paused);
      if (!paused) next();
    };
    state.querySelector('.buttons').append(pause);
    log.scrollTop = log.scrollHeight;
    setTimeout(next, 1000);
  });

  /* The way back to a list leads to it as it was last seen here: filtered, sorted, on its page. */
  try {
    if (document.querySelector('form.filters')) sessionStorage.setItem(location.pathname, location.search);
    each('.crumbs a', link => { link.search = sessionStorage.getItem(link.pathname) ?? link.search; });
  } catch { /* nothing is kept for this site */ }

  const problem = document.getElementById('problem');
  problem?.focus();
  problem?.addEventListener('click', event => {
    const target = event.target.hash && document.getElementById(event.target.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.focus();
  });
})();
