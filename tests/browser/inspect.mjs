/* What is looked at inside a page, by the numbers of the conventions that conventions.test.mjs lists. This function runs
 * in the browser and answers with [convention, complaint] pairs. */
export function inspect() {
  const found = [];
  const say = (convention, element, text) =>
    found.push([convention, `${text}: ${element.outerHTML ? element.outerHTML.slice(0, 160) : element}`]);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = element => element.textContent.replace(/\s+/g, ' ').trim();
  const before = (one, other) => one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
  const box = element => element.getBoundingClientRect();
  const shown = element => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.unseen');
  const main = document.querySelector('main');
  const errors = all('.error');
  const message = error => words(error).replace(/^Error:\s*/, '');

  const summary = () => {
    const problem = document.getElementById('problem');
    if (!problem) {
      errors.forEach(error => say(1, error, 'an error without a summary'));
      if (document.title.startsWith('Error')) say(2, document.title, 'the title speaks of an error');
      return;
    }
    if (main.firstElementChild !== problem) say(1, problem, 'the summary is not first in main');
    if (!before(problem, document.querySelector('h1'))) say(1, problem, 'the summary stands below h1');
    if (words(problem.querySelector('h2')) !== 'There is a problem') say(1, problem, 'wrong heading');
    const lines = all('li', problem);
    for (const line of lines) {
      const link = line.querySelector('a'), target = link && document.getElementById(link.hash.slice(1));
      if (!target || target.tabIndex < 0 || !shown(target)) say(1, line, 'does not lead to a field');
      const field = target?.closest('.field');
      const told = field?.querySelector('.error') ?? document.getElementById(`${target?.id}-error`);
      if (!told || message(told) !== words(line)) say(2, line, 'the field says something else');
    }
    for (const error of errors)
      if (!lines.some(line => words(line) === message(error))) say(2, error, 'is not in the summary');
    if (!document.title.startsWith('Error: ')) say(2, document.title, 'the title does not begin with Error:');
    const alert = problem.querySelector('[role=alert]');
    if (problem.tabIndex !== -1 || !problem.hasAttribute('tabindex') || !problem.hasAttribute('autofocus'))
      say(3, problem, 'cannot take the focus by itself');
    if (problem.getAttribute('role') === 'alert') say(3, problem, 'the alert is outside');
    if (!alert || alert === problem) say(3, problem, 'nothing inside is an alert');
    if (document.activeElement !== problem) say(3, document.activeElement, 'the focus is elsewhere');
  };

  const order = field => {
    const label = field.querySelector('legend, .label') ?? field.querySelector('label');
    const hint = field.querySelector('.hint[id]'), error = field.querySelector('.error');
    const control = field.querySelector('input:not([type=hidden]), select, textarea, button');
    if (!label || !words(label)) return say(8, field, 'no label');
    if (!control) return;
    const tick = control.type === 'checkbox' && !field.matches('fieldset');
    const parts = (tick ? [error, control] : [label, hint, error, control]).filter(Boolean);
    for (let i = 1; i < parts.length; i++)
      if (!before(parts[i - 1], parts[i])) say(4, parts[i], 'stands in the wrong place');
    const wanted = [hint?.id, error?.id].filter(Boolean).join(' ');
    const told = field.getAttribute('aria-describedby') ?? control.getAttribute('aria-describedby') ?? '';
    if (told !== wanted) say(4, field, `is described by "${told}", not "${wanted}"`);
    if (error && words(error.querySelector('.unseen:first-child') ?? error) !== 'Error:')
      say(4, error, 'no hidden Error:');
    const typed = field.querySelector('[role=combobox], input:not([type=hidden], [type=radio]), select, textarea');
    const marked = typed?.getAttribute('aria-invalid') === 'true';
    const group = field.matches('fieldset') && !field.querySelector('[role=combobox]');
    if (typed && !group && marked !== Boolean(error))
      say(4, typed, error ? 'is not marked' : 'is marked without an error');
    if (shown(control) && !tick && box(label).bottom > box(control).top + 1) say(8, label, 'is not above its control');
    if (!shown(label)) say(8, label, 'cannot be seen');
    for (const text of all('.hint', field).map(words))
      if (/[.!?]\s+\p{Lu}/u.test(text) || text.length > 120) say(8, text, 'more than one sentence');
  };

  const control = input => {
    const { type } = input;
    if (input.hasAttribute('placeholder')) say(8, input, 'a placeholder');
    if (!input.labels?.length && !input.getAttribute('aria-label') && !input.getAttribute('aria-labelledby'))
      say(8, input, 'no label');
    if (type === 'number') say(9, input, 'type=number');
    const error = input.closest('.field')?.querySelector('.error');
    if (error && /\bnumber\b/.test(words(error)) && !['numeric', 'decimal'].includes(input.inputMode))
      say(9, input, 'no inputmode');
    const fill = input.getAttribute('autocomplete'), exact = input.getAttribute('spellcheck') === 'false';
    if (type === 'password' && !['current-password', 'new-password'].includes(fill)) say(10, input, 'autocomplete');
    if (type === 'password' && input.defaultValue) say(5, input, 'a password comes back');
    if (type === 'password' && input.maxLength > 0) say(12, input, 'a maximum');
    if (type === 'email' && (!['username', 'email', 'off'].includes(fill) || !exact))
      say(10, input, 'autocomplete, spellcheck');
    const hint = words(input.closest('.field')?.querySelector('.hint') ?? input);
    if ((input.matches('.code') || /digits/.test(hint)) && !exact) say(10, input, 'spellcheck');
    if (input.multiple && input.matches('select')) say(11, input, 'select multiple');
    if (type === 'radio' || (type === 'checkbox' && input.name.endsWith('[]'))) {
      const legend = input.closest('fieldset')?.querySelector('legend');
      if (!legend || !words(legend)) say(11, input, 'no fieldset with a legend');
    }
  };

  const form = one => {
    const submits = [...one.elements].filter(button => button.type === 'submit');
    if (one.method === 'post' && !one.noValidate && one.querySelector('input:not([type=hidden])'))
      say(5, one, 'the browser validates');
    if (one.matches('.record') && submits[0]?.name !== '_save') say(5, submits[0] ?? one, 'Enter does not save');
    if (one.matches('.record, .conflict') && !one.hasAttribute('data-once')) say(13, one, 'may be sent twice');
  };

  const table = one => {
    if (!one.caption || !words(one.caption)) say(14, one, 'no caption');
    for (const head of all('th', one))
      if (head.scope !== (head.closest('thead') ? 'col' : 'row')) say(14, head, 'scope');
    const sorts = all('thead a', one), sorted = all('[aria-sort]', one);
    const asked = sorts.length && /[?&]sort=/.test(location.search);
    if (sorted.length > 1 || (asked && !sorted.length))
      say(14, one.tHead, `${sorted.length} columns are marked as sorted`);
    if (sorted.some(head => !['ascending', 'descending'].includes(head.getAttribute('aria-sort'))))
      say(14, sorted[0], 'aria-sort');
    [...one.tHead.rows[0].cells].forEach((head, i) => {
      const cells = [...one.tBodies[0].rows].map(row => row.cells[i])
        .filter(cell => cell && !cell.querySelector('.none'));
      const numbers = cells.length && cells.every(cell => cell.matches('td') && /^\d[\d\s,]*(\.\d+)?$/.test(words(cell)));
      for (const cell of numbers ? [head, ...cells] : [])
        if (getComputedStyle(cell).textAlign !== 'right') say(14, cell, 'a number that is not on the right');
    });
  };

  /* Records may be named with any blanks, which a title and a page show alike but need not hold alike. */
  const squeezed = text => text.replace(/\s+/g, ' ');
  const pages = () => {
    for (const pager of all('nav.pager')) {
      const current = pager.querySelector('[aria-current=page]');
      if (!pager.getAttribute('aria-label')) say(15, pager, 'no name');
      if (location.pathname.endsWith('/history')) continue;
      if (!current || !words(current)) say(15, pager, 'does not say where this is');
      else if (/[?&](after|before|last)=/.test(location.search) && !squeezed(document.title).includes(squeezed(words(current))))
        say(15, document.title, `the title does not say "${words(current)}"`);
    }
    const again = all('.filters a, .chips a, thead a').map(link => link.search);
    const kept = all('.filters [type=hidden]').map(input => `?${input.name}=`);
    for (const query of [...again, ...kept])
      if (/[?&](after|before|last)=/.test(query)) say(15, query, 'a changed filter stays on a later page');
  };

  const targets = () => {
    for (const target of all('a[href], button, input:not([type=hidden]), select, textarea, summary, [role=option]')) {
      if (!shown(target) || target.matches('.skip')) continue;
      const labels = /radio|checkbox/.test(target.type) ? [...target.labels] : [];
      const boxes = [target, ...labels].map(box);
      const width = Math.max(...boxes.map(b => b.right)) - Math.min(...boxes.map(b => b.left));
      const height = Math.max(...boxes.map(b => b.bottom)) - Math.min(...boxes.map(b => b.top));
      const sentence = target.matches('a') && [...target.parentNode.childNodes]
        .some(node => node.nodeType === Node.TEXT_NODE && /\p{L}/u.test(node.data));
      if (!sentence && (width < 23.9 || height < 23.9)) say(16, target, `only ${width} by ${height} pixels`);
    }
  };

  const names = () => {
    for (const link of all('main a, main button')) {
      if (!words(link) && !link.getAttribute('aria-label')) say(14, link, 'no name');
      if (/^(view|change|choose|add|clear|remove|more|see all|here|show)\b[.…]?$/i.test(words(link)))
        say(14, link, 'says too little');
    }
  };

  const frame = () => {
    const stops = all('a[href], button, input, select, textarea, summary, [tabindex="0"]').filter(shown);
    const skip = document.querySelector('body a');
    if (!skip.matches('[href="#main"]') || stops[0] !== skip) say(16, stops[0], 'the skip link does not come first');
    if (main.id !== 'main' || main.tabIndex !== -1) say(16, main, 'the skip link does not lead here');
    if (all('h1').length !== 1 || !words(document.querySelector('h1'))) say(16, 'h1', `${all('h1').length} of them`);
    if (document.documentElement.lang !== 'en') say(16, document.documentElement.lang, 'lang');
    for (const [name, count] of [['main', 1], ['body > header', 1], ['body > footer', 1]])
      if (all(name).length !== count) say(16, name, `${all(name).length} of them`);
    const ids = all('[id]').map(element => element.id);
    for (const id of new Set(ids.filter((one, i) => ids.indexOf(one) !== i))) say(16, `#${id}`, 'is there twice');
    for (const name of ['for', 'aria-describedby', 'aria-labelledby', 'aria-controls'])
      for (const element of all(`[${name}]`))
        for (const id of element.getAttribute(name).split(/\s+/).filter(Boolean))
          if (!document.getElementById(id)) say(16, element, `${name} names what is not there`);
  };

  /* WCAG 2.2, 1.4.11: the edge of a control against what it stands on. */
  const contrast = () => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = colour => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
      .map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = element => {
      for (let one = element; one; one = one.parentElement) {
        const colour = rgba(getComputedStyle(one).backgroundColor);
        if (colour[3] === 255) return colour;
      }
      return [255, 255, 255];
    };
    const ratio = (one, other) => {
      const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
      return (bright + 0.05) / (dark + 0.05);
    };
    const edged = 'input:not([type=hidden], [type=radio], [type=checkbox]), select, textarea, button, .button';
    for (const element of all(edged)) {
      const style = getComputedStyle(element);
      if (!shown(element) || style.borderTopStyle === 'none' || !parseFloat(style.borderTopWidth)) continue;
      const edge = ratio(rgba(style.borderTopColor), behind(element.parentElement));
      if (edge < 3) say(17, element, `its edge has a contrast of ${edge.toFixed(2)}`);
    }
  };

  summary();
  all('form.record .field, .narrow .field').forEach(order);
  all('input:not([type=hidden], [type=submit]), select, textarea').filter(shown).forEach(control);
  all('form').forEach(form);
  all('table').forEach(table);
  pages();
  targets();
  names();
  frame();
  contrast();
  const todo = /\b(Enter|Choose|Change|Correct|Keep|Write|Use)\b/, blame = /invalid|required|illegal|\bmust\b|not valid/i;
  for (const text of errors.map(message))
    if (!todo.test(text) || blame.test(text)) say(6, text, 'does not say what to do');
  return found;
}
