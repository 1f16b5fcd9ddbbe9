// Filters the list of cases; without script all of them are shown.
(() => {
  const form = document.querySelector('.filter');
  if (!form) return;
  const cases = [...document.querySelectorAll('.cases > li')];
  const shown = form.querySelector('.shown');
  const filter = () => {
    const data = new FormData(form);
    const verdicts = new Set(data.getAll('verdict'));
    const chapter = data.get('chapter');
    const words = data.get('words').toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of cases) {
      const text = one.textContent.toLowerCase();
      const fits =
        verdicts.has(one.dataset.verdict) &&
        (!chapter || chapter === one.dataset.chapter) &&
        words.every((word) => text.includes(word));
      one.hidden = !fits;
      count += fits;
    }
    shown.textContent = `${count} of ${cases.length} cases`;
  };
  form.hidden = false;
  form.addEventListener('input', filter);
  form.addEventListener('submit', (event) => event.preventDefault());
  filter();
})();
